"""Health (健康状态): which parts of the service work, and whether letters can be taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Condition(StrEnum):
    """How a part is."""

    OK = "ok"
    DEGRADED = "degraded"  # something is slower, later or less; letters are taken
    FAILED = "failed"  # letters can't be taken while it is so


class Health(Struct, frozen=True):
    """The parts by name, each with its condition: no figures, which are nobody's business outside of the house."""

    parts: Mapping[str, Condition]

    @property
    def status(self) -> str:
        """``ready``, ``degraded`` or ``unready``."""
        found = set(self.parts.values())
        if Condition.FAILED in found:
            return "unready"
        return "degraded" if Condition.DEGRADED in found else "ready"

    @property
    def takes_letters(self) -> bool:
        """Say whether letters can be taken."""
        return Condition.FAILED not in self.parts.values()
