from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace
from support.facts import AFTER, DUE, HOUR, NOON, F, S, answered, closed, order, turn
from support.whole_lists import is_in

from minxin.consult.behind import PartFilter, Span
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.figures import Figure, Reason, Standing, by_office, figures_of, orders_standing, turns_standing
from minxin.consult.formulas import Counted, FormulaId, formulas
from minxin.consult.openings import Part, order_items, part_filter, size_of, turn_items
from minxin.consult.periods import Period
from minxin.consult.records import Satisfaction
from minxin.consult.table import table_of
from minxin.consult.traits import FigureSums, OrderTrait, TurnTrait, order_traits, sums_of, turn_traits

NOTHING = FigureSums([], [], [])
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


class Seen(Struct):
    """A figure, and the items that stand behind it, each with its standing."""

    figure: Figure
    numerator: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    excluded: tuple[tuple[str, Reason], ...] = ()
    apart: tuple[str, ...] = ()


def figure(formula: FormulaId, facts: list[Any], now: datetime = AFTER) -> Seen:
    """Return a figure, held against the lists of its items."""
    of_turns = [fact for fact in facts if isinstance(fact, AssignmentFacts)]
    of_orders = [fact for fact in facts if isinstance(fact, OrderFacts)]
    found = figures_of(sums_of(of_orders, of_turns, now))[formula]
    standings: list[tuple[str, Standing]] = (
        [(order.order_id, standing) for order, standing in orders_standing(formula, of_orders, now)]
        if formulas()[formula].of is Counted.ORDERS
        else [(turn.assignment_id, standing) for turn, standing in turns_standing(formula, of_turns, now)]
    )
    counted = [(item, standing) for item, standing in standings if standing.reason is None]
    seen = Seen(
        found,
        numerator=tuple(item for item, standing in counted if standing.met),
        missed=tuple(item for item, standing in counted if not standing.met),
        excluded=tuple((item, standing.reason) for item, standing in standings if standing.reason is not None),
        apart=tuple(item for item, standing in counted if standing.met and standing.apart),
    )
    assert (found.numerator, found.denominator) == (len(seen.numerator), len(counted))
    assert (found.excluded, found.apart) == (Counter(reason for _, reason in seen.excluded), len(seen.apart))
    return seen


def test_a_figure_without_a_denominator_has_no_value() -> None:
    for found in figures_of(NOTHING).values():
        assert found.value is None
        assert found.raw is None
        assert found.denominator == 0


def test_every_figure_has_a_formula_in_both_languages_and_keeps_its_order() -> None:
    assert list(formulas()) == list(FormulaId) == list(figures_of(NOTHING))
    for formula in formulas().values():
        assert formula.version >= 1
        assert all((formula.name("zh"), formula.name("en"), formula.text("zh"), formula.text("en")))


def test_fewer_than_ten_items_are_flagged() -> None:
    nine = [answered(f"{number}") for number in range(9)]

    assert figure(F.CLOSING, nine).figure.small
    assert not figure(F.CLOSING, [*nine, answered("10")]).figure.small


def test_an_answer_at_the_instant_of_the_limit_is_late() -> None:
    found = figure(F.TIMELY_CLOSING, [answered("on", answered_at=DUE), answered("in", answered_at=DUE - HOUR)])

    assert found.numerator == ("in",)
    assert found.missed == ("on",)


def test_an_open_item_is_late_from_its_limit_on_and_left_out_before() -> None:
    facts = [order("open"), answered("done")]

    before = figure(F.TIMELY_CLOSING, facts, DUE - HOUR)
    at = figure(F.TIMELY_CLOSING, facts, DUE)

    assert (before.figure.value, before.excluded) == (1.0, (("open", Reason.NOT_DUE),))
    assert (at.figure.value, at.missed, at.excluded) == (0.5, ("open",), ())


def test_a_late_answer_is_completed_but_not_in_time() -> None:
    facts = [answered("late", answered_at=DUE + HOUR)]

    assert figure(F.CLOSING, facts).figure.value == 1.0
    assert figure(F.TIMELY_CLOSING, facts).figure.value == 0.0


def test_withdrawn_and_refused_items_leave_the_denominator_and_are_listed_but_stay_in_the_raw_value() -> None:
    found = figure(F.TIMELY_CLOSING, [answered("a"), order("gone", state=S.CANCELLED)])

    assert found.figure.value == 1.0
    assert found.figure.raw == 0.5
    assert found.excluded == (("gone", Reason.CANCELLED),)


def test_an_approved_extension_counts_and_is_shown_apart() -> None:
    late = answered("late", extended=True, answered_at=DUE + HOUR)

    found = figure(F.TIMELY_CLOSING, [answered("plain"), answered("longer", extended=True), late])

    assert found.numerator == ("plain", "longer")
    assert found.apart == ("longer",)


def test_hours_are_the_median_and_the_mean_of_what_was_answered() -> None:
    hours = [answered("a", working_hours=1.0), answered("b", working_hours=2.0), closed("c", working_hours=9.0)]

    found = figure(F.HANDLING_HOURS, [*hours, order("open")])

    assert (found.figure.value, found.figure.mean) == (2.0, 4.0)
    assert found.numerator == ("a", "b", "c")


def test_satisfaction_counts_the_three_good_levels_of_what_was_rated() -> None:
    levels = list(Satisfaction)
    facts = [closed(level, level=level) for level in levels]

    found = figure(F.SATISFACTION, [*facts, closed("unrated")])

    assert found.figure.value == 0.6
    assert set(found.missed) == {Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED}


def test_the_rated_share_waits_for_the_follow_up_to_end() -> None:
    facts = [
        closed("rated", level=Satisfaction.SATISFIED),
        closed("silent"),
        answered("waiting"),
        order("again", redone=True, level=Satisfaction.DISSATISFIED),
        order("open"),
    ]

    found = figure(F.RATED, facts)

    assert found.numerator == ("rated", "again")
    assert found.missed == ("silent",)
    assert found.excluded == (("waiting", Reason.IN_FOLLOW_UP),)


def test_what_is_done_again_counts_once_its_first_answer_was_rated() -> None:
    again = order("again", redone=True, level=Satisfaction.DISSATISFIED)

    found = figure(F.REDOS, [again, closed("fine"), answered("waiting"), order("open")])

    assert found.figure.value == 0.5
    assert found.numerator == ("again",)
    assert found.excluded == (("waiting", Reason.IN_FOLLOW_UP),)


@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        ({"signed_at": DUE - HOUR}, AFTER, "met"),
        ({"signed_at": DUE}, AFTER, "missed"),
        ({}, DUE, "missed"),
        ({}, DUE - HOUR, Reason.NOT_DUE),
        ({"returned_at": DUE - HOUR}, AFTER, Reason.RETURNED),
        ({"returned_at": DUE + HOUR}, AFTER, "missed"),
        ({"signed_at": NOON + HOUR, "returned_at": NOON + 2 * HOUR}, AFTER, "met"),
        ({"signed_at": NOON + HOUR, "cancelled": True}, AFTER, Reason.CANCELLED),
    ],
)
def test_signing_counts_by_its_limit(fields: dict[str, Any], now: datetime, expected: str) -> None:
    found = figure(F.TIMELY_SIGNING, [turn(**fields)], now)

    standing = "met" if found.numerator else "missed" if found.missed else found.excluded[0][1]
    assert standing == expected


def test_returns_are_counted_of_all_turns_that_were_not_cancelled() -> None:
    returned = turn("back", returned_at=NOON + HOUR)

    found = figure(F.RETURNS, [returned, turn("kept"), turn("gone", cancelled=True)])

    assert (found.figure.value, found.numerator, found.excluded) == (0.5, ("back",), (("gone", Reason.CANCELLED),))


def test_each_office_has_its_own_items_and_what_nobody_has_comes_last() -> None:
    orders = [answered("a"), answered("b", office_id="parks"), order("c", office_id=None)]

    rows = by_office(sums_of(orders, [turn("t", office_id="parks")], AFTER))

    assert [row.office_id for row in rows] == ["lamps", "parks", None]
    assert rows[1].figures[F.CLOSING].numerator == 1
    signing = rows[1].figures[F.TIMELY_SIGNING]
    assert (signing.numerator, signing.denominator) == (0, 1)


def test_the_row_of_all_offices_is_what_all_facts_give_together() -> None:
    facts = [
        answered("a"),
        closed("b", office_id="parks", extended=True),
        order("c", office_id=None, state=S.CANCELLED),
    ]
    sums = sums_of(facts, [turn("t"), turn("u", office_id="parks", signed_at=NOON)], AFTER)
    alone = sums_of([replace(fact, office_id="lamps") for fact in facts], [turn("t"), turn("u", signed_at=NOON)], AFTER)

    total = table_of(MARCH, sums, AFTER).total

    assert total.figures == figures_of(alone)
    assert total.of_all


def test_items_of_a_figure_say_how_they_stand_in_it() -> None:
    facts = [answered("b", answer_due=DUE + HOUR), answered("a"), order("late"), order("gone", state=S.CANCELLED)]

    items = order_items(F.TIMELY_CLOSING, facts, AFTER)

    assert [(item.item_id, item.met) for item in items if item.reason is None] == [
        ("b", True),
        ("a", True),
        ("late", False),
    ]
    (gone,) = [item for item in items if item.reason is not None]
    assert (gone.item_id, gone.reason, gone.letter_id) == ("gone", Reason.CANCELLED, "letter of gone")
    (missed,) = turn_items(F.TIMELY_SIGNING, [turn()], AFTER)
    assert (missed.item_id, missed.due, missed.done_at, missed.met) == ("t", DUE, None, False)


def test_a_period_that_still_runs_is_provisional() -> None:
    assert table_of(MARCH, NOTHING, MARCH.end - HOUR).provisional
    assert not table_of(MARCH, NOTHING, MARCH.end).provisional


@pytest.mark.parametrize("formula", list(F))
@pytest.mark.parametrize("part", list(Part))
def test_a_part_wants_just_the_traits_of_what_it_counts(formula: FormulaId, part: Part) -> None:
    orders = [answered("a"), closed("b", level=Satisfaction.SATISFIED), order("c"), order("d", state=S.CANCELLED)]
    orders += [answered("e", answered_at=DUE), answered("f", extended=True), order("g", redone=True)]
    turns = [turn("t"), turn("u", signed_at=NOON), turn("v", returned_at=NOON), turn("w", cancelled=True)]
    of_orders = formulas()[formula].of is Counted.ORDERS
    for now in (NOON, DUE, AFTER):
        table = table_of(MARCH, sums_of(orders, turns, now), now)
        wanted = part_filter(formula, part, table, table.total)
        spans = [span for span in wanted.spans if span.start <= DUE < span.end]
        standings: list[tuple[Any, Standing]] = [
            *(orders_standing(formula, orders, now) if of_orders else turns_standing(formula, turns, now))
        ]
        expected = {fact for fact, standing in standings if is_in(standing, part)}
        facts: list[Any] = [*(orders if of_orders else turns)]
        kept = {fact: _kept_of(fact, now) for fact in facts}
        counted = {fact for fact in facts if not wanted.with_hours or fact.working_hours is not None}
        assert {fact for fact in counted if any(kept[fact] in span.traits for span in spans)} == expected
        assert len(expected) == size_of(table.total.figures[formula], part)


def _kept_of(fact: OrderFacts | AssignmentFacts, now: datetime) -> int:
    if isinstance(fact, OrderFacts):
        return order_traits(fact, now) & ~OrderTrait.NOT_DUE
    return turn_traits(fact, now) & ~TurnTrait.NOT_DUE


def test_a_part_looks_for_what_is_ahead_after_its_instant_alone() -> None:
    wanted = PartFilter(NOON, AFTER, DUE, traits=(2, 6), traits_ahead=(0,))
    least = timedelta(microseconds=1)

    assert wanted.spans == (Span(NOON, DUE + least, (2, 6)), Span(DUE + least, AFTER, (0,)))
    assert replace(wanted, now=AFTER).spans == (Span(NOON, AFTER, (2, 6)),)
    assert replace(wanted, now=NOON - HOUR).spans == (Span(NOON, AFTER, (0,)),)
    assert replace(wanted, traits_ahead=()).spans == (Span(NOON, DUE + least, (2, 6)),)
    assert replace(wanted, traits_ahead=(2, 6)).spans == (Span(NOON, AFTER, (2, 6)),)
