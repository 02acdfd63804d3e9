"""Splitting: the points of one letter at several offices, by the judge or by a clerk."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.office import (
    CLERK,
    HANDLER,
    MANAGER,
    MONDAY,
    PARTS,
    REVIEWER,
    SIGNER,
    WRITER,
    at,
    limits,
    submission,
)
from support.split import FEES, LAMPS, SUBJECT, TEXT, of_two_matters

from minxin.consult import followup, handling, intake, replies, routing, splitting
from minxin.consult.decision import Deed
from minxin.consult.gate import check_reply
from minxin.consult.parts import parts_by, points_of, suggested_parts, text_of
from minxin.consult.records import (
    Assignment,
    Channel,
    Example,
    Letter,
    LetterState,
    OrderState,
    RoutedBy,
    Satisfaction,
    Share,
    WorkOrder,
)
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.reply_check import ReplyCheck, ReplyToCheck

FEE_HANDLER = Actor("fees", frozenset({Role.HANDLER}), "homes", "物业科")


def letter_of_two_matters() -> Letter:
    form = submission(subject=SUBJECT, text=TEXT)
    letter, _ = intake.from_form(Deed(WRITER, MONDAY), form, [], limits(), writer_id=WRITER.id, channel=Channel.WEB)
    return replace(letter, number="2026-000001")


class Split:
    """A letter with its work orders and turns; :meth:`take` applies what a decision wrote."""

    def __init__(self, **judged: object) -> None:
        self.letter = letter_of_two_matters()
        self.orders: dict[str, WorkOrder] = {}
        self.turns: dict[str, Assignment] = {}
        self.examples: list[Example] = []
        self.take(
            routing.judged(
                Deed(SYSTEM, MONDAY),
                self.letter,
                of_two_matters(self.letter, **judged),  # type: ignore[arg-type]
                limits(),
                "jiwei",
            )
        )

    def take(self, changes: Changes) -> Changes:
        for record in [*changes.inserts, *changes.puts]:
            if isinstance(record, Letter):
                self.letter = record
            elif isinstance(record, WorkOrder):
                self.orders[record.id] = record
            elif isinstance(record, Assignment):
                self.turns[record.order_id] = record
            elif isinstance(record, Example):
                self.examples.append(record)
        self.changes = changes
        return changes

    def of(self, office: str) -> WorkOrder:
        (found,) = [order for order in self.orders.values() if order.office_id == office]
        return found

    def others(self, order: WorkOrder) -> list[OrderState]:
        return [one.state for one in self.orders.values() if one.id != order.id]


def waiting(**judged: object) -> Split:
    """Return a letter of two matters in the tray."""
    return Split(sure=(True, False), **judged)


def split_by_clerk() -> Split:
    case = waiting()
    (order,) = case.orders.values()
    case.take(splitting.split(Deed(CLERK, at(hours=1)), case.letter, order, ["water", "homes"], "两件事", limits()))
    return case


def test_letter_is_split_up_by_itself_when_every_point_is_sure_and_the_offices_differ() -> None:
    case = Split()
    lead, support = case.of("water"), case.of("homes")
    assert (lead.number, support.number) == ("2026-000001-1", "2026-000001-2")
    assert (lead.points, support.points) == ((0,), (1,))
    assert (lead.share, support.share) == (Share.LEAD, Share.SUPPORT)
    assert (lead.point, support.point) == (LAMPS[:12], FEES[:12])
    assert case.letter.state is LetterState.ACCEPTED
    assert {turn.routed_by for turn in case.turns.values()} == {RoutedBy.JUDGE}
    assert {turn.probability for turn in case.turns.values()} == {0.96, 0.97}
    assert [event.kind for event in case.changes.events] == ["judged", "split", "routed", "routed"]


def test_each_part_has_limits_of_its_own() -> None:
    case = Split()
    for order in case.orders.values():
        assert order.state is OrderState.TO_SIGN
        assert order.answer_due == case.letter.answer_due
        assert order.sign_due == case.turns[order.id].sign_due


def test_points_of_one_office_stay_one_work_order() -> None:
    case = Split(second="water")
    (order,) = case.orders.values()
    assert (order.share, order.points, order.state) == (Share.WHOLE, (), OrderState.TO_DISPATCH)
    assert [part.points for part in parts_by(["a", "b", "a"])] == [(0, 2), (1,)]


def test_one_unsure_point_leaves_the_whole_letter_to_a_clerk() -> None:
    case = waiting()
    (order,) = case.orders.values()
    assert (order.state, case.letter.state) == (OrderState.TO_DISPATCH, LetterState.SUBMITTED)
    assert [part.office_id for part in suggested_parts(case.letter.judgement)] == ["water", "homes"]


def test_point_that_is_sure_of_another_office_holds_a_sure_letter_back() -> None:
    held = Split(sure=(False, True), confident=True)
    assert [order.state for order in held.orders.values()] == [OrderState.TO_DISPATCH]
    routed = Split(sure=(True, False), confident=True)
    assert routed.of("water").share is Share.WHOLE


def test_denunciation_is_never_split() -> None:
    case = Split(denounces=True)
    (order,) = case.orders.values()
    assert (order.office_id, order.share, order.sealed) == ("jiwei", Share.WHOLE, True)
    tray = waiting()
    (order,) = tray.orders.values()
    with pytest.raises(IllegalMoveError, match=r"routing\.split\.sealed"):
        splitting.split(
            Deed(CLERK, at(hours=1)), replace(tray.letter, sealed=True), order, ["water", "homes"], "", limits()
        )


def test_unreadable_letter_is_never_split() -> None:
    letter = replace(letter_of_two_matters(), readable=False)
    changes = routing.judged(Deed(SYSTEM, MONDAY), letter, of_two_matters(letter), limits(), "jiwei")
    (order,) = [one for one in changes.inserts if isinstance(one, WorkOrder)]
    assert order.state is OrderState.TO_DISPATCH


def test_clerk_splits_a_letter_and_teaches_each_office_its_own_point() -> None:
    case = split_by_clerk()
    assert case.letter.state is LetterState.ACCEPTED
    assert sorted(order.number for order in case.orders.values()) == ["2026-000001-1", "2026-000001-2"]
    assert [(one.office_id, one.text.strip()) for one in case.examples] == [("water", LAMPS), ("homes", FEES)]
    assert [entry.payload["step"] for entry in case.changes.outbox] == ["routed", "routed"]
    assert len({entry.key for entry in case.changes.outbox}) == 2


@pytest.mark.parametrize(
    ("offices", "reason"),
    [
        (["water"], "routing.split.points"),
        (["water", "homes", "roads"], "routing.split.points"),
        (["water", "water"], "routing.split.offices"),
    ],
)
def test_split_needs_one_office_for_each_point_and_two_of_them(offices: list[str], reason: str) -> None:
    case = waiting()
    (order,) = case.orders.values()
    with pytest.raises(InvalidInputError) as caught:
        splitting.split(Deed(CLERK, at(hours=1)), case.letter, order, offices, "", limits())
    assert caught.value.reason == reason


@pytest.mark.parametrize("actor", [HANDLER, SIGNER, WRITER])
def test_only_the_centre_splits_a_letter(actor: Actor) -> None:
    case = waiting()
    (order,) = case.orders.values()
    with pytest.raises(IllegalMoveError, match=r"moves\.actor"):
        splitting.split(Deed(actor, at(hours=1)), case.letter, order, ["water", "homes"], "", limits())


def test_routed_letter_is_not_split_any_more() -> None:
    case = split_by_clerk()
    with pytest.raises(IllegalMoveError, match=r"moves\.state"):
        splitting.split(Deed(CLERK, at(hours=2)), case.letter, case.of("water"), ["a", "b"], "", limits())


def test_return_of_one_part_teaches_its_own_words_and_leaves_the_other_alone() -> None:
    case = split_by_clerk()
    fees, before = case.of("homes"), case.of("water")
    case.take(
        routing.give_back(
            Deed(FEE_HANDLER, at(hours=2)), case.letter, fees, case.turns[fees.id], "价格归发改局管", "prices"
        )
    )
    assert [(one.text.strip(), one.right) for one in case.examples[2:] if not one.right] == [(FEES, False)]
    assert case.of("water") is before
    case.take(
        routing.rule(Deed(MANAGER, at(hours=3)), case.letter, case.orders[fees.id], "prices", "按职责裁定", limits())
    )
    moved = case.of("prices")
    assert (moved.points, moved.share, moved.number) == (fees.points, fees.share, fees.number)


def test_each_work_order_answers_its_own_points_only() -> None:
    case = split_by_clerk()
    assert [point.title for point in points_of(case.letter, case.of("homes"))] == [FEES[:12]]
    assert text_of(case.letter, case.of("homes")) == f"\n{FEES}"
    assert len(points_of(case.letter, replace(case.of("homes"), points=()))) == 2


def test_reply_gate_is_asked_about_the_points_of_its_work_order_only() -> None:
    asked: list[ReplyToCheck] = []

    class Gate:
        def check(self, reply: ReplyToCheck) -> ReplyCheck:
            asked.append(reply)
            return ReplyCheck()

    case = split_by_clerk()
    check_reply(Gate(), case.letter, case.of("homes"), PARTS, (), earlier=(), now=at(days=1))
    assert [point.title for point in asked[0].points] == [FEES[:12]]


def answered(case: Split, office: str) -> WorkOrder:
    order = case.of(office)
    handler, reviewer, signer = (replace(one, office_id=office) for one in (HANDLER, REVIEWER, SIGNER))
    case.take(handling.sign_for(Deed(handler, at(hours=5)), case.letter, order, case.turns[order.id]))
    case.take(replies.submit(Deed(handler, at(days=1)), case.letter, case.orders[order.id], PARTS, ()))
    case.take(replies.approve(Deed(reviewer, at(days=1)), case.letter, case.orders[order.id]))
    case.take(replies.sign_off(Deed(signer, at(days=1)), case.letter, case.orders[order.id], limits()))
    return case.orders[order.id]


def rated(case: Split, order: WorkOrder) -> None:
    case.take(
        followup.rate(
            Deed(WRITER, at(days=2)),
            case.letter,
            case.others(order),
            order,
            Satisfaction.SATISFIED,
            contacted=True,
            solved=True,
            reason="",
            limits=limits(),
        )
    )


def test_letter_is_closed_when_the_last_of_its_work_orders_is() -> None:
    case = split_by_clerk()
    rated(case, answered(case, "water"))
    assert case.letter.state is LetterState.ACCEPTED
    rated(case, answered(case, "homes"))
    assert case.letter.state is LetterState.CLOSED


def test_end_of_one_part_writes_the_letter_so_that_two_at_once_do_not_miss_each_other() -> None:
    case = split_by_clerk()
    rated(case, answered(case, "water"))
    assert any(isinstance(record, Letter) for record in case.changes.puts)


def refused(case: Split, office: str) -> None:
    order = case.of(office)
    handler = replace(FEE_HANDLER, office_id=office)
    case.take(
        routing.give_back(Deed(handler, at(hours=2)), case.letter, order, case.turns[order.id], "已进入诉讼", None)
    )
    case.take(
        routing.refuse(
            Deed(MANAGER, at(hours=3)),
            case.letter,
            case.orders[order.id],
            case.others(order),
            "in_court",
            "请向审理法院反映。",
        )
    )


def test_one_part_is_refused_while_the_other_goes_on() -> None:
    case = split_by_clerk()
    fees = case.of("homes")
    refused(case, "homes")
    assert (case.letter.state, case.letter.refusal) == (LetterState.ACCEPTED, None)
    refusal = case.orders[fees.id].refusal
    assert refusal is not None and refusal.ground == "in_court"
    rated(case, answered(case, "water"))
    assert case.letter.state is LetterState.CLOSED


def test_letter_whose_parts_are_all_refused_is_refused() -> None:
    case = split_by_clerk()
    refused(case, "homes")
    refused(case, "water")
    assert case.letter.state is LetterState.REFUSED
    assert case.letter.refusal is not None


def test_withdrawal_cancels_every_part_that_is_not_answered() -> None:
    case = split_by_clerk()
    case.take(routing.withdraw(Deed(WRITER, at(hours=3)), case.letter, tuple(case.orders.values())))
    assert {order.state for order in case.orders.values()} == {OrderState.CANCELLED}
    assert case.letter.state is LetterState.WITHDRAWN

    half = split_by_clerk()
    done = answered(half, "water")
    half.take(routing.withdraw(Deed(WRITER, at(days=2)), half.letter, tuple(half.orders.values())))
    assert (half.orders[done.id].state, half.letter.state) == (OrderState.ANSWERED, LetterState.ACCEPTED)
    rated(half, done)
    assert half.letter.state is LetterState.CLOSED
    with pytest.raises(IllegalMoveError):
        routing.withdraw(Deed(WRITER, at(days=3)), half.letter, tuple(half.orders.values()))
