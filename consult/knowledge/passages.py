"""Entries of the knowledge base as passages (知识条目): what the assistant may show of them."""

from __future__ import annotations

from datetime import date
from typing import Final

from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry
from minxin.core.passages import Passage, Source, passage_id

PATH: Final = "/knowledge"


def shown_on(entry: KnowledgeEntry, day: date) -> EntryVersion | None:
    """Return the version that is shown on a day (Asia/Shanghai), None without one or after its ``valid_until``."""
    shown = entry.current
    if shown is None or (shown.valid_until is not None and shown.valid_until < day):
        return None
    return shown


def passage_of_entry(entry: KnowledgeEntry) -> Passage | None:
    """Return what is shown of the entry, None before it was published and after it was withdrawn.

    Whoever shows the passage holds its ``valid_until`` against the day.
    """
    shown = entry.current
    if shown is None:
        return None
    return Passage(
        id=passage_id(Source.KNOWLEDGE, entry.id),
        source=Source.KNOWLEDGE,
        title=shown.question,
        text=shown.answer,
        office_id=entry.office_id,
        path=f"{PATH}/{entry.id}",
        other_ways=shown.other_ways,
        conditions=shown.conditions,
        basis="；".join(part for part in (shown.basis, shown.document_number) if part),
        checked_on=shown.checked_on,
        valid_until=shown.valid_until,
    )
