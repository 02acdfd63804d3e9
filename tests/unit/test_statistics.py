from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from support.facts import AFTER, DUE, HOUR, NOON, F, S, answered, closed, order, turn

from minxin.consult.figures import Figure, Reason, by_office, figures_of
from minxin.consult.formulas import FormulaId, formulas
from minxin.consult.openings import Item, Part, figure_items, page_of
from minxin.consult.periods import Period
from minxin.consult.ports import AssignmentFacts, OrderFacts
from minxin.consult.records import Satisfaction
from minxin.consult.table import table_of
from minxin.core.paging import PageRequest


def figure(formula: FormulaId, facts: list[Any], now: datetime = AFTER) -> Figure:
    of_turns = [fact for fact in facts if isinstance(fact, AssignmentFacts)]
    of_orders = [fact for fact in facts if isinstance(fact, OrderFacts)]
    return figures_of(of_orders, of_turns, now)[formula]


def reasons(found: Figure) -> list[tuple[str, Reason]]:
    return [(exclusion.item_id, exclusion.reason) for exclusion in found.excluded]


def test_a_figure_without_a_denominator_has_no_value() -> None:
    for found in figures_of([], [], AFTER).values():
        assert found.value is None
        assert found.raw is None
        assert found.denominator == ()


def test_every_figure_has_a_formula_in_both_languages_and_keeps_its_order() -> None:
    assert list(formulas()) == list(FormulaId) == list(figures_of([], [], AFTER))
    for formula in formulas().values():
        assert formula.version >= 1
        assert all((formula.name("zh"), formula.name("en"), formula.text("zh"), formula.text("en")))


def test_fewer_than_ten_items_are_flagged() -> None:
    nine = [answered(f"{number}") for number in range(9)]

    assert figure(F.CLOSING, nine).small
    assert not figure(F.CLOSING, [*nine, answered("10")]).small


def test_an_answer_at_the_instant_of_the_limit_is_late() -> None:
    found = figure(F.TIMELY_CLOSING, [answered("on", answered_at=DUE), answered("in", answered_at=DUE - HOUR)])

    assert found.numerator == ("in",)
    assert found.missed == ("on",)


def test_an_open_item_is_late_from_its_limit_on_and_left_out_before() -> None:
    facts = [order("open"), answered("done")]

    before = figure(F.TIMELY_CLOSING, facts, DUE - HOUR)
    at = figure(F.TIMELY_CLOSING, facts, DUE)

    assert (before.value, reasons(before)) == (1.0, [("open", Reason.NOT_DUE)])
    assert (at.value, at.missed, at.excluded) == (0.5, ("open",), ())


def test_a_late_answer_is_completed_but_not_in_time() -> None:
    facts = [answered("late", answered_at=DUE + HOUR)]

    assert figure(F.CLOSING, facts).value == 1.0
    assert figure(F.TIMELY_CLOSING, facts).value == 0.0


def test_withdrawn_and_refused_items_leave_the_denominator_and_are_listed_but_stay_in_the_raw_value() -> None:
    found = figure(F.TIMELY_CLOSING, [answered("a"), order("gone", state=S.CANCELLED)])

    assert found.value == 1.0
    assert found.raw == 0.5
    assert reasons(found) == [("gone", Reason.CANCELLED)]


def test_an_approved_extension_counts_and_is_shown_apart() -> None:
    late = answered("late", extended=True, answered_at=DUE + HOUR)

    found = figure(F.TIMELY_CLOSING, [answered("plain"), answered("longer", extended=True), late])

    assert found.numerator == ("plain", "longer")
    assert found.apart == ("longer",)


def test_hours_are_the_median_and_the_mean_of_what_was_answered() -> None:
    hours = [answered("a", working_hours=1.0), answered("b", working_hours=2.0), closed("c", working_hours=9.0)]

    found = figure(F.HANDLING_HOURS, [*hours, order("open")])

    assert (found.value, found.mean) == (2.0, 4.0)
    assert found.denominator == ("a", "b", "c")


def test_satisfaction_counts_the_three_good_levels_of_what_was_rated() -> None:
    levels = list(Satisfaction)
    facts = [closed(level, level=level) for level in levels]

    found = figure(F.SATISFACTION, [*facts, closed("unrated")])

    assert found.value == 0.6
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
    assert found.denominator == ("rated", "silent", "again")
    assert reasons(found) == [("waiting", Reason.IN_FOLLOW_UP)]


def test_what_is_done_again_counts_once_its_first_answer_was_rated() -> None:
    again = order("again", redone=True, level=Satisfaction.DISSATISFIED)

    found = figure(F.REDOS, [again, closed("fine"), answered("waiting"), order("open")])

    assert found.value == 0.5
    assert found.numerator == ("again",)
    assert reasons(found) == [("waiting", Reason.IN_FOLLOW_UP)]


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

    place = "met" if found.numerator else "missed" if found.denominator else found.excluded[0].reason
    assert place == expected


def test_returns_are_counted_of_all_turns_that_were_not_cancelled() -> None:
    returned = turn("back", returned_at=NOON + HOUR)

    found = figure(F.RETURNS, [returned, turn("kept"), turn("gone", cancelled=True)])

    assert (found.value, found.numerator, reasons(found)) == (0.5, ("back",), [("gone", Reason.CANCELLED)])


def test_each_office_has_its_own_items_and_what_nobody_has_comes_last() -> None:
    rows = by_office(
        [answered("a"), answered("b", office_id="parks"), order("c", office_id=None)],
        [turn("t", office_id="parks")],
        AFTER,
    )

    assert [row.office_id for row in rows] == ["lamps", "parks", None]
    assert rows[1].figures[F.CLOSING].numerator == ("b",)
    assert rows[1].figures[F.TIMELY_SIGNING].missed == ("t",)


def test_the_row_of_all_offices_is_what_all_facts_give_together() -> None:
    facts = [
        answered("a"),
        closed("b", office_id="parks", extended=True),
        order("c", office_id=None, state=S.CANCELLED),
    ]
    turns = [turn("t"), turn("u", office_id="parks", signed_at=NOON)]

    total = table_of(Period(date(2026, 3, 1), date(2026, 3, 31)), facts, turns, AFTER).total

    assert total == figures_of(facts, turns, AFTER)


def test_each_part_of_a_figure_opens_into_its_items() -> None:
    facts = [answered("b", answer_due=DUE + HOUR), answered("a"), order("late"), order("gone", state=S.CANCELLED)]
    table = table_of(Period(date(2026, 3, 1), date(2026, 3, 31)), facts, [turn()], AFTER)
    found = table.total[F.TIMELY_CLOSING]

    parts = {part: [item.item_id for item in figure_items(table, found, part)] for part in Part}

    assert parts == {Part.MET: ["a", "b"], Part.MISSED: ["late"], Part.EXCLUDED: ["gone"], Part.APART: []}
    (gone,) = figure_items(table, found, Part.EXCLUDED)
    assert (gone.reason, gone.letter_id) == (Reason.CANCELLED, "letter of gone")
    (missed,) = figure_items(table, table.total[F.TIMELY_SIGNING], Part.MISSED)
    assert (missed.item_id, missed.due, missed.done_at) == ("t", DUE, None)


def test_a_period_that_still_runs_is_provisional() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 31))

    assert table_of(period, [], [], period.end - HOUR).provisional
    assert not table_of(period, [], [], period.end).provisional


def test_pages_of_items_hold_their_place_while_items_come_and_go() -> None:
    items = [Item(f"{number}", "letter", due=DUE + number * HOUR) for number in range(5)]

    first = page_of(items, PageRequest(size=2))
    second = page_of(items[1:], PageRequest(after=first.next, size=2))
    last = page_of(items, PageRequest(after=second.next, size=2))

    assert [[item.item_id for item in page.items] for page in (first, second, last)] == [["0", "1"], ["2", "3"], ["4"]]
    assert last.next is None
