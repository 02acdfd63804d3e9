"""Entries of the knowledge base as programs send and see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, field

from minxin.consult.knowledge.passages import PATH
from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.words import (
    ANSWER_MAX,
    BASIS_MAX,
    QUESTION_MAX,
    EntryWords,
)
from minxin.core.paging import MAX_PAGE
from minxin.core.passages import Condition, Facet
from minxin.webui.api.operations import Sent, Shown


class ConditionShown(Shown, frozen=True):
    """For which value of a facet an answer holds."""

    facet: Facet
    value: str


class ConditionSent(Sent, frozen=True):
    """For which value of a facet an answer holds."""

    facet: Facet
    value: str


class EntryShown(Shown, frozen=True):
    """An entry that everybody may read (知识条目): after `valid_until` it is not there any more."""

    id: str
    office_id: str
    office: str
    question: str
    other_ways: list[str]
    answer: str
    basis: str
    document_number: str
    checked_on: date
    valid_until: date | None
    conditions: list[ConditionShown]
    url: str


class EntryPage(Shown, frozen=True):
    """A page of entries, the last changed first."""

    items: list[EntryShown]
    next: str | None


class VersionShown(Shown, frozen=True):
    """One version of an entry's words. `comment` is what a reviewer wants put right."""

    question: str
    other_ways: list[str]
    answer: str
    basis: str
    document_number: str
    checked_on: date
    valid_until: date | None
    conditions: list[ConditionShown]
    written_at: datetime
    reviewed_at: datetime | None
    comment: str


class EntryInside(Shown, frozen=True):
    """An entry as the office sees it: what is shown (`current`), what is being written (`proposed`), and what was shown
    before, oldest first. `version` is to be sent back with a change or a decision.
    """

    id: str
    version: int
    office_id: str
    office: str
    state: EntryState
    changed_at: datetime
    current: VersionShown | None
    proposed: VersionShown | None
    versions: list[VersionShown]
    letter_id: str | None
    withdrawn_reason: str


class EntryInsidePage(Shown, frozen=True):
    """A page of entries as the office sees them, the last changed first."""

    items: list[EntryInside]
    next: str | None


class EntryQuery(Sent, frozen=True):
    """Which published entries: of an office, with words in them."""

    office_id: str | None = None
    q: Annotated[str, Meta(max_length=100)] = ""
    after: Annotated[str | None, Meta(description="The `next` of the page before.")] = None
    size: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="How many items the page may hold.")] = 30


class EntryInsideQuery(EntryQuery, frozen=True):
    """Which entries, in whatever state; an office sees its own."""

    state: EntryState | None = None


class EntrySent(Sent, frozen=True):
    """The words of an entry. `office_id` is for the centre, which writes for every office; an office writes its own.

    `version` is that of the entry that was changed; a change of another version is refused.
    """

    question: Annotated[str, Meta(extra_json_schema={"maxLength": QUESTION_MAX})]
    checked_on: date
    answer: Annotated[str, Meta(extra_json_schema={"maxLength": ANSWER_MAX})] = ""
    basis: Annotated[str, Meta(extra_json_schema={"maxLength": BASIS_MAX})] = ""
    document_number: str = ""
    valid_until: date | None = None
    other_ways: list[str] = field(default_factory=list)
    conditions: list[ConditionSent] = field(default_factory=list)
    office_id: str = ""
    version: int | None = None


class EntryDecision(Sent, frozen=True):
    """The second person's decision on what is in review; without `approve` the draft goes back with the comment.

    `version` is that of the entry that was read; another one is refused.
    """

    approve: bool
    version: int
    comment: str = ""


class WithdrawalSent(Sent, frozen=True):
    """Why an entry is withdrawn."""

    reason: str


def words_of(sent: EntrySent) -> EntryWords:
    """Return the words that were sent."""
    return EntryWords(
        question=sent.question,
        answer=sent.answer,
        basis=sent.basis,
        document_number=sent.document_number,
        checked_on=sent.checked_on,
        valid_until=sent.valid_until,
        other_ways=tuple(sent.other_ways),
        conditions=tuple(Condition(one.facet, one.value) for one in sent.conditions),
    )


def filter_of(query: EntryInsideQuery) -> EntryFilter:
    """Return the filter that a query asks for."""
    return EntryFilter(query.office_id, query.state, text=query.q)


def entry_shown(entry: KnowledgeEntry, shown: EntryVersion, names: dict[str, str]) -> EntryShown:
    """Return the version of an entry that everybody may read."""
    return EntryShown(
        id=entry.id,
        office_id=entry.office_id,
        office=names.get(entry.office_id, ""),
        question=shown.question,
        other_ways=list(shown.other_ways),
        answer=shown.answer,
        basis=shown.basis,
        document_number=shown.document_number,
        checked_on=shown.checked_on,
        valid_until=shown.valid_until,
        conditions=_conditions(shown),
        url=f"{PATH}/{entry.id}",
    )


def entry_inside(entry: KnowledgeEntry, names: dict[str, str]) -> EntryInside:
    """Return an entry as its office sees it."""
    return EntryInside(
        id=entry.id,
        version=entry.version,
        office_id=entry.office_id,
        office=names.get(entry.office_id, ""),
        state=entry.state,
        changed_at=entry.changed_at,
        current=_version(entry.current) if entry.current else None,
        proposed=_version(entry.proposed) if entry.proposed else None,
        versions=[_version(one) for one in entry.versions],
        letter_id=entry.letter_id,
        withdrawn_reason=entry.withdrawn_reason,
    )


def _version(one: EntryVersion) -> VersionShown:
    return VersionShown(
        question=one.question,
        other_ways=list(one.other_ways),
        answer=one.answer,
        basis=one.basis,
        document_number=one.document_number,
        checked_on=one.checked_on,
        valid_until=one.valid_until,
        conditions=_conditions(one),
        written_at=one.written_at,
        reviewed_at=one.reviewed_at,
        comment=one.comment,
    )


def _conditions(one: EntryVersion) -> list[ConditionShown]:
    return [ConditionShown(facet=condition.facet, value=condition.value) for condition in one.conditions]
