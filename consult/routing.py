"""Routing (派单): what becomes of a letter once it is judged, and every later change of office.

The judge gives advice. A confident judgement sends the letter on by itself, anything else waits in the "not sure" tray
for a clerk; a denunciation (举报公职人员) is sealed before anything else happens to it.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.records import (
    Assignment,
    Example,
    ExampleSource,
    Letter,
    LetterState,
    OrderState,
    Refusal,
    ReturnRequest,
    RoutedBy,
    WorkOrder,
)
from minxin.consult.rulepack import Step
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.ids import new_id
from minxin.core.judgement import Judgement, Urgency, judged_text

REASON_MIN = 5
HOPS_MAX = 2
GROUNDS = (
    "in_court",  # 已进入诉讼、仲裁、复议
    "in_petition",  # 已在信访渠道办理
    "final",  # 信访复核已终结
    "not_government",  # 不属于政府职权
    "secret",  # 涉及国家秘密
    "emergency",  # 应拨打 110/119/120/122
    "no_contact",  # 联系方式不实
    "no_content",  # 没有具体内容
    "same_matter",  # 同一事项正在办理
    "advertising",  # 广告
)


class RouteTo(Struct, frozen=True):
    """Who chose an office and why: what every change of office has in common."""

    office_id: str
    by: RoutedBy
    reason: str
    probability: float | None = None
    binding: bool = False


def judged(deed: Deed, letter: Letter, judgement: Judgement, limits: Limits, discipline_office: str) -> Changes:
    """Return what the judgement leads to: a sealed letter, a routed one, or one for the tray.

    An urgent letter gets the limits in clock hours, counted from its receipt. Judging again what was judged changes
    nothing (the job may run twice).
    """
    if letter.judgement is not None or letter.state is not LetterState.SUBMITTED:
        return Changes()
    letter = _advised(letter, judgement, limits)
    order = _first_order(letter)
    changes = write(
        deed,
        letter,
        "judged",
        order=order,
        number=order.number,
        answer_due=instant_of(order.answer_due),
        model=judgement.model,
        confident=judgement.confident,
        urgent=letter.urgent,
        sealed=letter.sealed,
        offices=[[candidate.office_id, round(candidate.probability, 4)] for candidate in judgement.candidates[:3]],
    )
    if letter.sealed:
        route = RouteTo(discipline_office, RoutedBy.JUDGE, "sealed", binding=True)
    elif judgement.confident and judgement.candidates and letter.readable:
        best = judgement.candidates[0]
        route = RouteTo(best.office_id, RoutedBy.JUDGE, "judge", probability=best.probability)
    else:
        changes.puts.append(letter)
        changes.inserts.append(order)
        return changes
    letter = replace(letter, state=LetterState.ACCEPTED)
    order, routed = _routed(deed, letter, order, route, limits)
    changes.puts.append(letter)
    changes.inserts.append(order)
    return changes + routed


def dispatch(deed: Deed, letter: Letter, order: WorkOrder, office_id: str, reason: str, limits: Limits) -> Changes:
    """Return a clerk's choice of office from the tray (派单): it accepts the letter and teaches the judge."""
    target_of(order, Move.DISPATCH, deed.actor, letter.writer_id)
    order, routed = _routed(deed, letter, order, RouteTo(office_id, RoutedBy.CLERK, reason), limits)
    letter = replace(letter, state=LetterState.ACCEPTED)
    example = _example(deed, letter, office_id, ExampleSource.CLERK)
    return routed + Changes(puts=[letter, order], inserts=[example] if not letter.sealed else [])


def give_back(
    deed: Deed,
    letter: Letter,
    order: WorkOrder,
    assignment: Assignment,
    reason: str,
    proposed_office_id: str | None,
) -> Changes:
    """Return an office's return (退回) inside its window, with its reason and, better, the right office.

    Raises ``IllegalMoveError`` ``routing.return.binding`` after a ruling and ``routing.return.late`` after the window,
    ``InvalidInputError`` without a reason.
    """
    state = target_of(order, Move.RETURN, deed.actor, letter.writer_id)
    if order.binding or len(order.returns) >= HOPS_MAX:
        raise IllegalMoveError("routing.return.binding")
    if assignment.return_due.instant is not None and deed.at >= assignment.return_due.instant:
        raise IllegalMoveError("routing.return.late")
    _need_reason(reason)
    office_id = assignment.office_id
    request = ReturnRequest(office_id, reason.strip(), proposed_office_id, deed.actor.id, deed.at)
    order = replace(order, state=state, returns=(*order.returns, request))
    changes = write(
        deed,
        letter,
        "returned",
        order=order,
        tell=Notice.RETURNED,
        assignment=assignment.id,
        proposed=proposed_office_id,
    )
    changes.puts += [order, replace(assignment, returned_at=deed.at)]
    changes.inserts.append(_example(deed, letter, office_id, ExampleSource.RETURN, right=False))
    return changes


def rule(deed: Deed, letter: Letter, order: WorkOrder, office_id: str, reason: str, limits: Limits) -> Changes:
    """Return the centre's ruling (裁定): it binds, so a third hop is impossible, and no limit moves."""
    target_of(order, Move.RULE, deed.actor, letter.writer_id)
    _need_reason(reason)
    route = RouteTo(office_id, RoutedBy.RULING, reason.strip(), binding=True)
    order, routed = _routed(deed, letter, order, route, limits)
    example = _example(deed, letter, office_id, ExampleSource.RULING)
    return routed + Changes(puts=[order], inserts=[example])


def unseal(deed: Deed, letter: Letter, order: WorkOrder, reason: str) -> Changes:
    """Return the discipline desk's word that a letter denounces nobody (转一般件): it goes to the tray as any other.

    The machine seals when in doubt; this is the way back. The desk's own turn stays sealed and is in no figure.
    """
    state = target_of(order, Move.UNSEAL, deed.actor, letter.writer_id)
    if not letter.sealed:
        raise IllegalMoveError("moves.state", move=Move.UNSEAL, state=order.state)
    _need_reason(reason)
    letter = replace(letter, sealed=False, state=LetterState.SUBMITTED)
    order = replace(
        order,
        state=state,
        sealed=False,
        office_id=None,
        assignment_id=None,
        routed_at=None,
        signed_at=None,
        handler_id=None,
        handler_post="",
        binding=False,
        sign_due=None,
    )
    changes = write(deed, letter, "unsealed", order=order)
    changes.puts += [letter, order]
    return changes


def refuse(deed: Deed, letter: Letter, order: WorkOrder, ground: str, advice: str) -> Changes:
    """Return the refusal (不予受理): one of the grounds, and always where to go instead."""
    state = target_of(order, Move.REFUSE, deed.actor, letter.writer_id)
    if ground not in GROUNDS:
        raise InvalidInputError("routing.refuse.ground", field="ground")
    if len(advice.strip()) < REASON_MIN:
        raise InvalidInputError("routing.refuse.advice", field="advice", least=REASON_MIN)
    letter = replace(
        letter,
        state=LetterState.REFUSED,
        refusal=Refusal(ground, advice.strip(), deed.actor.id, deed.at),
        closed_at=deed.at,
    )
    order = replace(order, state=state, closed_at=deed.at)
    changes = write(deed, letter, "refused", order=order, tell=Notice.REFUSED, ground=ground)
    changes.puts += [letter, order]
    return changes


def withdraw(deed: Deed, letter: Letter, orders: tuple[WorkOrder, ...]) -> Changes:
    """Return the writer's withdrawal (撤回) of a letter that is not answered yet."""
    if not orders or letter.state not in (LetterState.SUBMITTED, LetterState.ACCEPTED):
        raise IllegalMoveError("moves.state", move=Move.WITHDRAW, state=letter.state)
    cancelled = [
        replace(order, state=target_of(order, Move.WITHDRAW, deed.actor, letter.writer_id), closed_at=deed.at)
        for order in orders
    ]
    letter = replace(letter, state=LetterState.WITHDRAWN, closed_at=deed.at)
    changes = write(deed, letter, "withdrawn", tell=Notice.WITHDRAWN, orders=[order.id for order in orders])
    changes.puts += [letter, *cancelled]
    return changes


def _advised(letter: Letter, judgement: Judgement, limits: Limits) -> Letter:
    urgent = judgement.urgency is Urgency.URGENT
    letter = replace(letter, judgement=judgement, urgent=urgent, sealed=judgement.denounces)
    return replace(letter, answer_due=limits.answer(letter, letter.received_at)) if urgent else letter


def _first_order(letter: Letter) -> WorkOrder:
    return WorkOrder(
        id=new_id(),
        letter_id=letter.id,
        number=f"{letter.number}-1",
        state=OrderState.TO_DISPATCH,
        point=letter.subject,
        received_at=letter.received_at,
        sealed=letter.sealed,
        urgent=letter.urgent,
        answer_due=letter.answer_due,
    )


def _routed(deed: Deed, letter: Letter, order: WorkOrder, route: RouteTo, limits: Limits) -> tuple[WorkOrder, Changes]:
    """Return the work order at its office, and the changes of the move without the work order itself."""
    assignment = Assignment(
        id=new_id(),
        letter_id=letter.id,
        order_id=order.id,
        office_id=route.office_id,
        at=deed.at,
        by=deed.actor.id,
        routed_by=route.by,
        reason=route.reason,
        probability=route.probability,
        sign_due=limits.set(Step.SIGN, letter, deed.at),
        return_due=limits.set(Step.RETURN, letter, deed.at),
        sealed=letter.sealed,
    )
    moved = order.routed_at is not None
    order = replace(
        order,
        state=OrderState.TO_SIGN,
        office_id=route.office_id,
        assignment_id=assignment.id,
        routed_at=order.routed_at or deed.at,
        signed_at=None,
        handler_id=None,
        handler_post="",
        binding=route.binding,
        sign_due=assignment.sign_due,
    )
    changes = write(
        deed,
        letter,
        "routed",
        order=order,
        tell=Notice.MOVED if moved else Notice.ROUTED,
        assignment=assignment.id,
        by=route.by.value,
        sign_due=instant_of(assignment.sign_due),
        answer_due=instant_of(order.answer_due),
    )
    changes.inserts.append(assignment)
    return order, changes


def _example(deed: Deed, letter: Letter, office_id: str, source: ExampleSource, *, right: bool = True) -> Example:
    return Example(
        id=new_id(),
        text=judged_text(letter.subject, letter.text),
        office_id=office_id,
        right=right,
        source=source,
        letter_id=letter.id,
        by=deed.actor.id,
        at=deed.at,
    )


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        raise InvalidInputError("routing.reason.too_short", field="reason", least=REASON_MIN)
