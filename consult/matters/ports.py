"""What the matters catalogue needs of the store."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.consult.matters.records import Matter


class MatterReads(Protocol):
    """Finds matters."""

    async def matters(self) -> list[Matter]:
        """Return all matters by code, withdrawn ones too: some hundreds of them."""
        ...

    async def matters_since(self, instant: datetime) -> list[Matter]:
        """Return the matters that were changed at the instant or later, oldest change first, withdrawn ones too."""
        ...
