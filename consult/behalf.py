"""In whose name a letter is written (以企业名义): its writer's own, or that of a company of his."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Behalf(Struct, frozen=True):
    """The company in whose name a letter was written, as it stood in the register then; its writer stays a person."""

    company_id: str
    name: str
    code: str


class Principals(Protocol):
    """Knows in whose name somebody may write (被代表单位)."""

    async def behalf(self, writer_id: str, company_id: str) -> Behalf | None:
        """Return the company as it stands now, None unless it is active and the writer one of its people."""
        ...

    async def company_ids(self, account_id: str) -> list[str]:
        """Return the active companies that somebody is one of the people of."""
        ...
