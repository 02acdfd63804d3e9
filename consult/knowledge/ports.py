"""What the knowledge base needs of the store."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.core.paging import Page, PageRequest


class EntryFilter(Struct, frozen=True):
    """Which entries a list shows; None, and an empty ``text``, mean "any".

    ``shown_on`` asks for those that are shown on the day, ``ends_by`` for those whose shown version ends by it.
    ``text`` stands somewhere in the words of the shown or the proposed version, capitals or not.
    """

    office_id: str | None = None
    state: EntryState | None = None
    shown_on: date | None = None
    ends_by: date | None = None
    text: str = ""


class KnowledgeReads(Protocol):
    """Finds entries of the knowledge base."""

    async def knowledge_entries(self, wanted: EntryFilter, page: PageRequest) -> Page[KnowledgeEntry]:
        """Return entries, the last changed first."""
        ...

    async def knowledge_of_offices(self, office_ids: frozenset[str]) -> list[KnowledgeEntry]:
        """Return all entries of these offices, in whatever state, by id."""
        ...

    async def knowledge_since(self, instant: datetime) -> list[KnowledgeEntry]:
        """Return the entries that changed at the instant or later, oldest change first, withdrawn ones too."""
        ...

    async def knowledge_of_letter(self, letter_id: str) -> list[KnowledgeEntry]:
        """Return the entries that were drafted from the letter's answers, by id."""
        ...

    async def knowledge_for_gaps(self) -> list[KnowledgeEntry]:
        """Return the entries with a draft that was written for a gap (``gap_mark_ids``), by id."""
        ...

    async def knowledge_to_warn_of(self, day: date, limit: int) -> list[KnowledgeEntry]:
        """Return entries that are shown until the day or earlier and whose office was not told of that, by end."""
        ...

    async def has_knowledge(self) -> bool:
        """Say whether there is any entry at all."""
        ...
