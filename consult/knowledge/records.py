"""The knowledge base (知识库): entries with a pedigree, and what becomes of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from minxin.core.changes import Record
from minxin.core.passages import Condition


class EntryState(StrEnum):
    """What may happen to an entry next; what citizens are shown is ``current`` whatever is being written."""

    DRAFT = "draft"  # 草稿: being written by the owning office
    IN_REVIEW = "in_review"  # 待审核
    PUBLISHED = "published"  # 已发布, nothing newer waits
    WITHDRAWN = "withdrawn"  # 已撤下: never shown again until a new version is published


class EntryVersion(Struct, frozen=True, kw_only=True):
    """One version of an entry's words, with where they come from.

    ``basis`` names law and clause, ``document_number`` the document (文号). ``checked_on`` is when somebody last held
    it against them; after ``valid_until`` it is not shown. ``gap_mark_ids`` are marks of the gaps that it was written
    for, which its publication closes.
    """

    question: str
    answer: str
    basis: str
    document_number: str
    checked_on: date
    valid_until: date | None
    written_by: str
    written_at: datetime
    other_ways: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    comment: str = ""
    gap_mark_ids: tuple[str, ...] = ()


class KnowledgeEntry(Record, frozen=True, kw_only=True):
    """A question that people ask, with the answer of the office that owns it (知识条目).

    ``current`` is what is shown, ``proposed`` what is being written or reviewed, ``versions`` what was shown before,
    oldest first. ``warned_for`` is the ``valid_until`` that the office was last warned of.
    """

    office_id: str
    state: EntryState
    changed_at: datetime
    current: EntryVersion | None = None
    proposed: EntryVersion | None = None
    versions: tuple[EntryVersion, ...] = ()
    letter_id: str | None = None
    withdrawn_reason: str = ""
    warned_for: date | None = None
