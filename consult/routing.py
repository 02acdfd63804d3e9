"""Routing (派单): what becomes of a letter once it is judged, and every later change of office.

The judge gives advice. A confident judgement sends the letter on by itself, anything else waits in the "not sure" tray
for a clerk; a denunciation (举报公职人员) is sealed before anything else happens to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from minxin.consult.assigning import RouteTo, routed
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.ending import after_an_end
from minxin.consult.kept_judgement import NOT_JUDGED, as_kept
from minxin.consult.lessons import example_of
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.parts import contradicted, sure_parts
from minxin.consult.records import (
    OPEN_STATES,
    Assignment,
    ExampleSource,
    Letter,
    LetterState,
    OrderState,
    Refusal,
    ReturnRequest,
    RoutedBy,
    WorkOrder,
)
from minxin.consult.splitting import split_up
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.ids import new_id
from minxin.core.judgement import Ground, Judgement, Urgency

REASON_MIN = 5
HOPS_MAX = 2


def judged(deed: Deed, letter: Letter, judgement: Judgement, limits: Limits, discipline_office: str) -> Changes:
    """Return what the judgement leads to: a sealed letter, a routed one, one split up, or one for the tray.

    A letter is split up when every point is sure of its office and they are not the same; where a point is sure of
    another office than the whole letter, a clerk decides. An urgent letter gets the limits in clock hours, counted from
    its receipt. Judging again what was judged changes nothing (the job may run twice).
    """
    if letter.judged != NOT_JUDGED or letter.state is not LetterState.SUBMITTED:
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
    orders, sent = _sent_on(deed, letter, order, judgement, limits, discipline_office)
    changes.puts.append(replace(letter, state=LetterState.ACCEPTED) if sent.events else letter)
    changes.inserts += orders
    return changes + sent


def _sent_on(
    deed: Deed, letter: Letter, order: WorkOrder, judgement: Judgement, limits: Limits, discipline_office: str
) -> tuple[list[WorkOrder], Changes]:
    """Return the letter's work orders and what sending them to offices changes: nothing when a clerk must look."""
    whole = letter.sealed or not letter.readable or judgement.asks_a_person
    parts = () if whole else sure_parts(judgement)
    if parts:
        return split_up(deed, letter, order, parts, RoutedBy.JUDGE, "judge", limits)
    route = _route_of(letter, judgement, discipline_office)
    if route is None:
        return [order], Changes()
    order, sent = routed(deed, letter, order, route, limits)
    return [order], sent


def _route_of(letter: Letter, judgement: Judgement, discipline_office: str) -> RouteTo | None:
    if letter.sealed:
        return RouteTo(discipline_office, RoutedBy.JUDGE, "sealed", binding=True)
    if not (judgement.confident and judgement.candidates and letter.readable) or contradicted(judgement):
        return None
    if judgement.asks_a_person:
        return None
    best = judgement.candidates[0]
    return RouteTo(best.office_id, RoutedBy.JUDGE, "judge", probability=best.probability)


def dispatch(deed: Deed, letter: Letter, order: WorkOrder, office_id: str, reason: str, limits: Limits) -> Changes:
    """Return a clerk's choice of office from the tray (派单): it accepts the letter and teaches the judge."""
    target_of(order, Move.DISPATCH, deed.actor, letter.writer_id)
    order, sent = routed(deed, letter, order, RouteTo(office_id, RoutedBy.CLERK, reason), limits)
    letter = replace(letter, state=LetterState.ACCEPTED)
    example = example_of(deed, letter, order, office_id, ExampleSource.CLERK)
    return sent + Changes(puts=[letter, order], inserts=[example] if not letter.sealed else [])


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
    changes.inserts.append(example_of(deed, letter, order, office_id, ExampleSource.RETURN, right=False))
    if proposed_office_id:
        changes.inserts.append(example_of(deed, letter, order, proposed_office_id, ExampleSource.RETURN))
    return changes


def rule(deed: Deed, letter: Letter, order: WorkOrder, office_id: str, reason: str, limits: Limits) -> Changes:
    """Return the centre's ruling (裁定): it binds, so a third hop is impossible, and no limit moves."""
    target_of(order, Move.RULE, deed.actor, letter.writer_id)
    _need_reason(reason)
    route = RouteTo(office_id, RoutedBy.RULING, reason.strip(), binding=True)
    order, sent = routed(deed, letter, order, route, limits)
    example = example_of(deed, letter, order, office_id, ExampleSource.RULING)
    return sent + Changes(puts=[order], inserts=[example])


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


def refuse(
    deed: Deed, letter: Letter, order: WorkOrder, others: Iterable[OrderState], ground: str, advice: str
) -> Changes:
    """Return the refusal (不予受理): one of the grounds, and always where to go instead.

    ``others`` are the states of the letter's other work orders: while one of them goes on, or was answered, only this
    part of the letter is refused.
    """
    state = target_of(order, Move.REFUSE, deed.actor, letter.writer_id)
    if ground not in set(Ground):
        raise InvalidInputError("routing.refuse.ground", field="ground")
    if len(advice.strip()) < REASON_MIN:
        raise InvalidInputError("routing.refuse.advice", field="advice", least=REASON_MIN)
    refusal = Refusal(ground, advice.strip(), deed.actor.id, deed.at)
    after = after_an_end(letter, (*others, state), deed.at, LetterState.REFUSED)
    if after.state is LetterState.REFUSED:
        after = replace(after, refusal=refusal)
    order = replace(order, state=state, refusal=refusal, closed_at=deed.at)
    changes = write(deed, letter, "refused", order=order, tell=Notice.REFUSED, ground=ground)
    changes.puts += [after, order]
    return changes


def withdraw(deed: Deed, letter: Letter, orders: tuple[WorkOrder, ...]) -> Changes:
    """Return the writer's withdrawal (撤回) of a letter that is not answered yet, or of what of it is not."""
    if not orders or letter.state not in (LetterState.SUBMITTED, LetterState.ACCEPTED):
        raise IllegalMoveError("moves.state", move=Move.WITHDRAW, state=letter.state)
    under_way = [order for order in orders if order.state in OPEN_STATES] or orders[:1]
    cancelled = [
        replace(order, state=target_of(order, Move.WITHDRAW, deed.actor, letter.writer_id), closed_at=deed.at)
        for order in under_way
    ]
    ended = {order.id for order in cancelled}
    states = [*(one.state for one in cancelled), *(one.state for one in orders if one.id not in ended)]
    after = after_an_end(letter, states, deed.at, LetterState.WITHDRAWN)
    changes = write(deed, letter, "withdrawn", tell=Notice.WITHDRAWN, orders=[order.id for order in cancelled])
    changes.puts += [after, *cancelled]
    return changes


def _advised(letter: Letter, judgement: Judgement, limits: Limits) -> Letter:
    urgent = judgement.urgency is Urgency.URGENT
    letter = replace(letter, judged=as_kept(judgement), urgent=urgent, sealed=judgement.denounces)
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


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        raise InvalidInputError("routing.reason.too_short", field="reason", least=REASON_MIN)
