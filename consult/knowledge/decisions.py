"""What becomes of an entry (知识条目流转): written, reviewed by a second person, shown, replaced, taken off.

Each decision is pure and says the same three times: in the record, as an event in the entry's own stream, and as an
audit entry. What is shown stays shown while a new version is written; the version that it replaces is kept.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from minxin.consult.decision import Deed
from minxin.consult.knowledge.access import may_review
from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.words import EntryWords, faults, gaps, tidy, words_of
from minxin.core.actor import SYSTEM
from minxin.core.changes import AuditEntry, Changes, Event
from minxin.core.clock import SHANGHAI
from minxin.core.errors import (
    ConflictError,
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    NotFoundError,
)
from minxin.core.ids import new_id
from minxin.core.personal import Personal

REASON_MIN: Final = 2
REASON_MAX: Final = 500
PersonalIn = dict[str, tuple[Personal, ...]]


def stream_of(entry_id: str) -> str:
    """Return the name of the entry's event stream."""
    return f"knowledge:{entry_id}"


def day_of(at: datetime) -> date:
    """Return the day in Asia/Shanghai, on which entries begin and end."""
    return at.astimezone(SHANGHAI).date()


def must_be(entry: KnowledgeEntry, seen: int | None) -> None:
    """Raise ``ConflictError`` when the entry is not the one that was seen: nobody decides on words he did not read."""
    if seen is not None and entry.version != seen:
        raise ConflictError


def drafted(
    deed: Deed,
    office_id: str,
    words: EntryWords,
    *,
    letter_id: str | None = None,
    gap_mark_ids: tuple[str, ...] = (),
) -> Changes:
    """Return a new entry as a draft (起草), of a solved letter or for a gap when one is named.

    Raises ``InvalidFormError`` for words that can't be kept.
    """
    entry = KnowledgeEntry(
        id=new_id(),
        office_id=office_id,
        state=EntryState.DRAFT,
        changed_at=deed.at,
        proposed=replace(_version(deed, _kept(deed, words)), gap_mark_ids=gap_mark_ids),
        letter_id=letter_id,
    )
    changes = _written(deed, entry, "drafted", letter=letter_id)
    changes.inserts.append(entry)
    return changes


def changed(deed: Deed, entry: KnowledgeEntry, words: EntryWords, *, gap_mark_ids: tuple[str, ...] = ()) -> Changes:
    """Return the entry with a new draft (修改); what is shown stays. Raises as :func:`drafted`, and :func:`_free`."""
    _free(entry)
    comment = entry.proposed.comment if entry.proposed else ""
    marks = tuple(dict.fromkeys((*_gap_marks(entry), *gap_mark_ids)))
    proposed = replace(_version(deed, _kept(deed, words)), comment=comment, gap_mark_ids=marks)
    return _put(deed, replace(entry, state=EntryState.DRAFT, proposed=proposed), "changed")


def submitted(deed: Deed, entry: KnowledgeEntry, personal: PersonalIn) -> Changes:
    """Return the draft as one that waits for a second person (送审).

    Raises ``IllegalMoveError`` ``knowledge.no_draft``, and ``InvalidFormError`` beside each field that is empty, out of
    date, or names somebody: ``personal`` holds by field what was found.
    """
    if entry.state is not EntryState.DRAFT or entry.proposed is None:
        raise IllegalMoveError("knowledge.no_draft")
    _must_be_fit(deed, words_of(entry.proposed), personal)
    waiting = replace(entry, state=EntryState.IN_REVIEW, proposed=replace(entry.proposed, comment=""))
    return _put(deed, waiting, "submitted")


def sent_back(deed: Deed, entry: KnowledgeEntry, comment: str) -> Changes:
    """Return the draft to whoever writes it, with what is to be put right (退回修改).

    Raises ``IllegalMoveError`` as :func:`published`, and ``InvalidInputError`` without a comment.
    """
    proposed = _in_review(deed, entry)
    said = _reason(comment, "comment")
    return _put(deed, replace(entry, state=EntryState.DRAFT, proposed=replace(proposed, comment=said)), "sent_back")


def published(deed: Deed, entry: KnowledgeEntry, personal: PersonalIn) -> Changes:
    """Return what was reviewed as the version that is shown (审核发布); the one before is kept.

    Raises ``IllegalMoveError`` ``knowledge.not_in_review``, ``.actor`` or ``.second_person``, and ``InvalidFormError``
    as :func:`submitted`.
    """
    proposed = _in_review(deed, entry)
    if proposed.written_by == deed.actor.id:
        raise IllegalMoveError("knowledge.second_person")
    _must_be_fit(deed, words_of(proposed), personal)
    return _put(deed, shown_from_now(deed, entry, proposed), "published")


def shown_from_now(deed: Deed, entry: KnowledgeEntry, version: EntryVersion) -> KnowledgeEntry:
    """Return the entry with the version as the one that is shown, and the one before among those that were."""
    before = (entry.current,) if entry.current else ()
    return replace(
        entry,
        state=EntryState.PUBLISHED,
        current=replace(version, reviewed_by=deed.actor.id, reviewed_at=deed.at, comment=""),
        proposed=None,
        versions=(*entry.versions, *before),
        withdrawn_reason="",
        warned_for=None,
    )


def published_at_once(
    deed: Deed, entry: KnowledgeEntry | None, office_id: str, words: EntryWords, personal: PersonalIn
) -> Changes:
    """Return words that a reviewer brings from elsewhere as the version that is shown (导入发布), of a new entry too.

    Raises ``IllegalMoveError`` ``knowledge.actor`` or ``knowledge.in_review``, and ``InvalidFormError``.
    """
    if deed.actor.id != SYSTEM.id and not may_review(deed.actor, office_id):
        raise IllegalMoveError("knowledge.actor")
    kept = _kept(deed, words)
    _must_be_fit(deed, kept, personal)
    if entry is not None:
        _free(entry)
        version = replace(_version(deed, kept), gap_mark_ids=_gap_marks(entry))
        return _put(deed, shown_from_now(deed, entry, version), "imported")
    begun = KnowledgeEntry(id=new_id(), office_id=office_id, state=EntryState.DRAFT, changed_at=deed.at)
    changes = _written(deed, begun, "imported")
    changes.inserts.append(shown_from_now(deed, begun, _version(deed, kept)))
    return changes


def withdrawn(deed: Deed, entry: KnowledgeEntry, reason: str) -> Changes:
    """Return the entry as one that nobody is shown any more (撤下); a draft that is being written is kept.

    Raises ``IllegalMoveError`` ``knowledge.not_shown``, and ``InvalidInputError`` without a reason.
    """
    if entry.current is None:
        raise IllegalMoveError("knowledge.not_shown")
    gone = replace(
        entry,
        state=EntryState.WITHDRAWN,
        current=None,
        versions=(*entry.versions, entry.current),
        withdrawn_reason=_reason(reason, "reason"),
        warned_for=None,
    )
    return _put(deed, gone, "withdrawn")


def dropped(deed: Deed, entry: KnowledgeEntry) -> Changes:
    """Return the entry without its draft (放弃草稿); one that never was anything else is deleted.

    Raises ``IllegalMoveError`` ``knowledge.in_review`` or ``knowledge.no_draft``.
    """
    _free(entry)
    if entry.proposed is None:
        raise IllegalMoveError("knowledge.no_draft")
    if entry.current is None and not entry.versions:
        changes = _written(deed, entry, "dropped")
        changes.deletes.append(entry)
        return changes
    state = EntryState.PUBLISHED if entry.current else EntryState.WITHDRAWN
    return _put(deed, replace(entry, state=state, proposed=None), "dropped")


def taken_over(deed: Deed, entry: KnowledgeEntry, number: int) -> Changes:
    """Return the words of an old version, counted from 1, as a new draft (沿用旧版本).

    Raises ``IllegalMoveError`` ``knowledge.in_review``, and ``NotFoundError`` for a version that there is not.
    """
    _free(entry)
    if not 1 <= number <= len(entry.versions):
        raise NotFoundError
    proposed = _version(deed, words_of(entry.versions[number - 1]))
    return _put(deed, replace(entry, state=EntryState.DRAFT, proposed=proposed), "taken_over", number=number)


def _gap_marks(entry: KnowledgeEntry) -> tuple[str, ...]:
    """Return the marks that the draft is written for; who writes it anew still writes it for them."""
    return entry.proposed.gap_mark_ids if entry.proposed else ()


def _version(deed: Deed, words: EntryWords) -> EntryVersion:
    fields = {name: getattr(words, name) for name in EntryWords.__struct_fields__}
    return EntryVersion(**fields, written_by=deed.actor.id, written_at=deed.at)


def _kept(deed: Deed, words: EntryWords) -> EntryWords:
    tidied = tidy(words)
    errors = faults(tidied, day_of(deed.at))
    if errors:
        raise InvalidFormError(errors)
    return tidied


def _must_be_fit(deed: Deed, words: EntryWords, personal: PersonalIn) -> None:
    """Raise ``InvalidFormError`` for words that nobody may be shown."""
    errors = gaps(words, day_of(deed.at))
    for field, kinds in personal.items():
        errors += [InvalidInputError("knowledge.personal", field=field, personal=kind) for kind in kinds[:1]]
    if errors:
        raise InvalidFormError(errors)


def _free(entry: KnowledgeEntry) -> None:
    """Raise ``IllegalMoveError`` ``knowledge.in_review`` while a second person reads what was written."""
    if entry.state is EntryState.IN_REVIEW:
        raise IllegalMoveError("knowledge.in_review")


def _in_review(deed: Deed, entry: KnowledgeEntry) -> EntryVersion:
    if entry.state is not EntryState.IN_REVIEW or entry.proposed is None:
        raise IllegalMoveError("knowledge.not_in_review")
    if not may_review(deed.actor, entry.office_id):
        raise IllegalMoveError("knowledge.actor")
    return entry.proposed


def _reason(text: str, field: str) -> str:
    said = text.strip()
    if not REASON_MIN <= len(said) <= REASON_MAX:
        raise InvalidInputError("knowledge.reason", field=field, least=REASON_MIN, most=REASON_MAX)
    return said


def _put(deed: Deed, entry: KnowledgeEntry, step: str, **data: Any) -> Changes:
    changes = _written(deed, entry, step, **data)
    changes.puts.append(replace(entry, changed_at=deed.at))
    return changes


def _written(deed: Deed, entry: KnowledgeEntry, step: str, **data: Any) -> Changes:
    said = {name: value for name, value in data.items() if value is not None}
    by, office_id = deed.actor, deed.actor.office_id
    return Changes(
        events=[Event(stream_of(entry.id), step, deed.at, by.id, entry.office_id, said)],
        audit=[AuditEntry(deed.at, by.id, f"knowledge.{step}", entry.id, "ok", office_id, deed.origin, said)],
    )
