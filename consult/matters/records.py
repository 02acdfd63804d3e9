"""The matters catalogue (事项库): what a citizen may have to get done, and what he needs for it."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Record
from minxin.core.passages import Condition


class Matter(Record, frozen=True, kw_only=True):
    """One matter (事项). ``id`` is its code; ``also_called`` are the words that people use for it."""

    name: str
    office_id: str
    changed_at: datetime
    also_called: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
