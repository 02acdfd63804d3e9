"""Handling (办理): what the office does between signing for a letter and drafting its answer."""

from __future__ import annotations

from msgspec.structs import replace

from minxin.consult.contents import papers_digest
from minxin.consult.deadlines import Pause
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.records import (
    Assignment,
    Attachment,
    Extension,
    Letter,
    PapersRequest,
    WorkOrder,
)
from minxin.core.changes import Blob, Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError

TEXT_MIN = 5
TEXT_MAX = 1_000


def sign_for(deed: Deed, letter: Letter, order: WorkOrder, assignment: Assignment) -> Changes:
    """Return the office's signature (签收): from now on it is this handler's, and the writer knows whose."""
    state = target_of(order, Move.SIGN_FOR, deed.actor, letter.writer_id)
    order = replace(order, state=state, signed_at=deed.at, handler_id=deed.actor.id, handler_post=deed.actor.post)
    changes = write(
        deed, letter, "signed_for", order=order, tell=Notice.SIGNED_FOR, assignment=assignment.id, post=deed.actor.post
    )
    changes.puts += [order, replace(assignment, signed_at=deed.at)]
    return changes


def ask_papers(deed: Deed, letter: Letter, order: WorkOrder, text: str, limits: Limits) -> Changes:
    """Return the request for papers (补充材料): the clock stands still until they come."""
    state = target_of(order, Move.ASK_PAPERS, deed.actor, letter.writer_id)
    _need_text(text)
    papers = PapersRequest(text.strip(), deed.actor.id, deed.at)
    pauses = (*order.pauses, Pause(deed.at, None, "papers"))
    order = replace(
        order,
        state=state,
        pauses=pauses,
        papers=(*order.papers, papers),
        answer_due=order.answer_due and limits.redate(order.answer_due, pauses),
    )
    changes = write(
        deed,
        letter,
        "papers_asked",
        order=order,
        tell=Notice.PAPERS_ASKED,
        papers=papers_digest(letter.id, papers),
        answer_due=instant_of(order.answer_due),
    )
    changes.puts.append(order)
    return changes


def supply_papers(
    deed: Deed,
    letter: Letter,
    order: WorkOrder,
    answer: str,
    attachments: tuple[Attachment, ...],
    files: list[Blob],
    limits: Limits,
) -> Changes:
    """Return what the writer sent in: the clock runs again, moved by the pause."""
    state = target_of(order, Move.SUPPLY_PAPERS, deed.actor, letter.writer_id)
    if not attachments:
        _need_text(answer, least=1)
    pauses = (*order.pauses[:-1], replace(order.pauses[-1], until=deed.at))
    papers = replace(order.papers[-1], supplied_at=deed.at, answer=answer.strip(), attachments=attachments)
    order = replace(
        order,
        state=state,
        pauses=pauses,
        papers=(*order.papers[:-1], papers),
        answer_due=order.answer_due and limits.redate(order.answer_due, pauses),
    )
    changes = write(
        deed,
        letter,
        "papers_supplied",
        order=order,
        tell=Notice.PAPERS_SUPPLIED,
        papers=papers_digest(letter.id, papers),
        answer_due=instant_of(order.answer_due),
    )
    changes.puts.append(order)
    changes.blobs += files
    return changes


def ask_extension(
    deed: Deed, letter: Letter, order: WorkOrder, working_days: int, reason: str, limits: Limits
) -> Changes:
    """Return the office's request for more time (延期申请), once and before the limit lapses."""
    target_of(order, Move.ASK_EXTENSION, deed.actor, letter.writer_id)
    if order.extension is not None or order.answer_due is None:
        raise IllegalMoveError("deadline.extension.once")
    _need_text(reason, field="reason")
    most = limits.longest_extension(order.answer_due)
    if working_days < 1 or most is None or working_days > most.amount:
        raise InvalidInputError("handling.extension.days", field="working_days", most=most.amount if most else 0)
    limits.extend(order.answer_due, working_days, order.pauses, deed.at)  # raises when it has lapsed
    order = replace(order, extension=Extension(working_days, reason.strip(), deed.actor.id, deed.at))
    changes = write(deed, letter, "extension_asked", order=order, working_days=working_days)
    changes.puts.append(order)
    return changes


def decide_extension(deed: Deed, letter: Letter, order: WorkOrder, approve: bool, limits: Limits) -> Changes:
    """Return the centre's decision on an extension (延期审批); the writer is told of a longer limit and why."""
    target_of(order, Move.DECIDE_EXTENSION, deed.actor, letter.writer_id)
    asked = order.extension
    if asked is None or asked.approved is not None or order.answer_due is None:
        raise IllegalMoveError("handling.extension.none")
    decided = replace(asked, approved=approve, decided_by=deed.actor.id, decided_at=deed.at)
    due = order.answer_due
    if approve:
        due = limits.extend(due, asked.working_days, order.pauses, asked.at)
    order = replace(order, extension=decided, answer_due=due)
    changes = write(
        deed,
        letter,
        "extension_decided",
        order=order,
        tell=Notice.EXTENDED if approve else None,
        approved=approve,
        answer_due=instant_of(due),
    )
    changes.puts.append(order)
    return changes


def remind(deed: Deed, letter: Letter, order: WorkOrder) -> Changes:
    """Return a reminder (催办): kept in the letter's events and shown at the work order."""
    target_of(order, Move.REMIND, deed.actor, letter.writer_id)
    return write(deed, letter, "reminded", order=order)


def _need_text(text: str, *, field: str = "text", least: int = TEXT_MIN) -> None:
    if len(text.strip()) < least:
        raise InvalidInputError("handling.text.too_short", field=field, least=least)
    if len(text) > TEXT_MAX:
        raise InvalidInputError("handling.text.too_long", field=field, most=TEXT_MAX)
