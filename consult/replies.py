"""The answer (答复): drafted by the handler, approved by the reviewer, signed by a second person, then sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from minxin.consult.contents import reply_digest
from minxin.consult.decision import Deed, write
from minxin.consult.gate import blank_parts, missing_parts, overruling
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.records import DraftVersion, Letter, Promise, Reply, ReplyParts, WorkOrder
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError
from minxin.core.reply_check import ReplyCheck

PART_MAX = 3_000
COMMENT_MIN = 2
_UNCHECKED = ReplyCheck()
PROMISES_MAX = 10


def save_draft(deed: Deed, letter: Letter, order: WorkOrder, parts: ReplyParts, promises: Sequence[Promise]) -> Changes:
    """Return the handler's draft as a new version, complete or not; the work order stays where it is."""
    target_of(order, Move.SUBMIT, deed.actor, letter.writer_id)
    _check_lengths(parts, promises)
    return Changes(puts=[_with_version(deed, order, parts, promises)])


def submit(deed: Deed, letter: Letter, order: WorkOrder, parts: ReplyParts, promises: Sequence[Promise]) -> Changes:
    """Return the draft on its way to the reviewer (送审).

    Raises ``InvalidFormError`` with ``reply.part.missing`` beside each required part that is not there, and with
    ``reply.part.blank`` beside one that still has a blank of its skeleton.
    """
    state = target_of(order, Move.SUBMIT, deed.actor, letter.writer_id)
    _check_lengths(parts, promises)
    errors = [InvalidInputError("reply.part.missing", field=name, part=name) for name in missing_parts(parts)]
    errors += [InvalidInputError("reply.part.blank", field=name, part=name) for name in blank_parts(parts)]
    if errors:
        raise InvalidFormError(errors)
    order = replace(_with_version(deed, order, parts, promises), state=state)
    changes = write(deed, letter, "submitted", order=order)
    changes.puts.append(order)
    return changes


def send_back(deed: Deed, letter: Letter, order: WorkOrder, comment: str) -> Changes:
    """Return the draft sent back to the handler (退回修改) with the reviewer's or signer's comment."""
    state = target_of(order, Move.SEND_BACK, deed.actor, letter.writer_id)
    if len(comment.strip()) < COMMENT_MIN:
        raise InvalidInputError("reply.comment.missing", field="comment", least=COMMENT_MIN)
    commented = replace(order.drafts[-1], comment=comment.strip(), comment_by=deed.actor.post)
    order = replace(order, state=state, drafts=(*order.drafts[:-1], commented))
    changes = write(deed, letter, "sent_back", order=order)
    changes.puts.append(order)
    return changes


def approve(deed: Deed, letter: Letter, order: WorkOrder) -> Changes:
    """Return the reviewer's approval (审核通过); he may not approve his own draft."""
    state = target_of(order, Move.APPROVE, deed.actor, letter.writer_id)
    _second_person(deed, order)
    approved = replace(order.drafts[-1], reviewed_by=deed.actor.id)
    order = replace(order, state=state, drafts=(*order.drafts[:-1], approved))
    changes = write(deed, letter, "approved", order=order)
    changes.puts.append(order)
    return changes


def sign_off(
    deed: Deed, letter: Letter, order: WorkOrder, limits: Limits, check: ReplyCheck = _UNCHECKED, reason: str = ""
) -> Changes:
    """Return the signature (签发) that sends the answer out; the signer did not draft it.

    An answer that is given a second time (重办) is signed one level higher: by another than the first signer. In spite
    of the gate's warnings it is signed with a ``reason``: raises as :func:`consult.gate.overruling` does without one.
    """
    state = target_of(order, Move.SIGN_OFF, deed.actor, letter.writer_id)
    _second_person(deed, order)
    if order.redo is not None and order.redo.first_reply.signed_by == deed.actor.id:
        raise IllegalMoveError("reply.redo.higher")
    in_spite_of = overruling(check, reason)
    draft = order.drafts[-1]
    reply = Reply(draft.parts, draft.promises, draft.by, draft.reviewed_by, deed.actor.id, deed.at)
    started = order.redo.at if order.redo else order.routed_at or order.received_at
    hours = round(limits.hours_worked(started, deed.at, order.pauses), 4)
    order = replace(order, state=state, reply=reply, answered_at=deed.at, working_hours=hours)
    changes = write(
        deed,
        letter,
        "answered",
        order=order,
        tell=Notice.ANSWERED,
        reply=reply_digest(letter.id, reply),
        working_hours=hours,
        promises=[[promise.text, promise.until.isoformat()] for promise in reply.promises],
        **in_spite_of,
    )
    changes.puts.append(order)
    return changes


def parse_promises(lines: str, today: date) -> tuple[Promise, ...]:
    """Read promises typed one a line as ``2026-06-30 text``; raises ``InvalidInputError`` that names the line."""
    promises = []
    for number, line in enumerate((line.strip() for line in lines.splitlines() if line.strip()), start=1):
        day, _, text = line.partition(" ")
        try:
            until = date.fromisoformat(day)
        except ValueError as error:
            raise InvalidInputError("reply.promise.format", field="promises", line=number) from error
        if until < today or not text.strip():
            raise InvalidInputError("reply.promise.format", field="promises", line=number)
        promises.append(Promise(text.strip(), until))
    return tuple(promises)


def _with_version(deed: Deed, order: WorkOrder, parts: ReplyParts, promises: Sequence[Promise]) -> WorkOrder:
    version = DraftVersion(deed.at, deed.actor.id, deed.actor.post, parts, tuple(promises))
    return replace(order, drafts=(*order.drafts, version))


def _second_person(deed: Deed, order: WorkOrder) -> None:
    if order.drafts[-1].by == deed.actor.id:
        raise IllegalMoveError("reply.second_person")


def _check_lengths(parts: ReplyParts, promises: Sequence[Promise]) -> None:
    errors = [
        InvalidInputError("reply.part.too_long", field=name, most=PART_MAX)
        for name in parts.__struct_fields__
        if len(getattr(parts, name)) > PART_MAX
    ]
    if len(promises) > PROMISES_MAX:
        errors.append(InvalidInputError("reply.promises.too_many", field="promises", most=PROMISES_MAX))
    if errors:
        raise InvalidFormError(errors)
