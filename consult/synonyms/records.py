"""The words that people use for what offices call otherwise (同义词)."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Record


class Synonym(Record, frozen=True, kw_only=True):
    """A word that people say, and the offices' word for it; its id is made of both.

    ``by`` and ``at`` tell the last word on it; one that was ``removed`` is none any more.
    """

    said: str
    meant: str
    by: str
    at: datetime
    removed: bool = False
