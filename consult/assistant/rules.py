"""What a city sets for the assistant's gap list (缺口清单规则), in ``city.json`` under ``assistant``."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from minxin.consult.deadlines import Limit, Unit


class AssistantRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a question that nobody could answer must become an entry.

    A gap counts from the ``asked_by``-th conversation on; from then the office has ``write_working_days``. Marks older
    than ``looked_back_days`` are no gap any more.
    """

    asked_by: int = 3
    write_working_days: int = 5
    looked_back_days: int = 90

    @property
    def write_limit(self) -> Limit:
        """How long the office has for the entry."""
        return Limit(self.write_working_days, Unit.WORKING_DAYS)

    @property
    def looked_back(self) -> timedelta:
        """How far back marks are looked at."""
        return timedelta(days=self.looked_back_days)
