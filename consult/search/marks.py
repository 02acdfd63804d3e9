"""Which letters a set of changes marks for the index (索引待办): decided from the records alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from minxin.consult.records import Letter, PublicCopy, WorkOrder
from minxin.core.changes import Changes


class Marked(Struct, frozen=True):
    """A letter whose entry is to be made anew; ``at`` is when it changed. Tokens never come twice."""

    letter_id: str
    token: int
    at: datetime
    sealed: bool


def marked_by(changes: Changes) -> list[Marked]:
    """Return what a set of changes marks, once for each letter."""
    found: dict[str, tuple[datetime, bool]] = {}
    for letter_id, at, sealed in _touched(changes):
        before = found.get(letter_id)
        found[letter_id] = (at, sealed or (before is not None and before[1]))
    moment = changes.events[0].at if changes.events else None
    return [Marked(one, secrets.randbits(62), moment or at, sealed) for one, (at, sealed) in found.items()]


def _touched(changes: Changes) -> Iterator[tuple[str, datetime, bool]]:
    for record in (*changes.inserts, *changes.ensures, *changes.puts, *changes.deletes):
        if isinstance(record, Letter):
            yield record.id, record.received_at, record.sealed
        elif isinstance(record, WorkOrder):
            yield record.letter_id, record.received_at, record.sealed
        elif isinstance(record, PublicCopy):
            yield record.id, record.decided_at or record.proposed_at, False
