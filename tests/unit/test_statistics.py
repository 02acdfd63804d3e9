from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from minxin.consult.board import Tile, board_of
from minxin.consult.figures import Figure, Reason, by_office, figures_of
from minxin.consult.formulas import FormulaId, formulas
from minxin.consult.limits import Limits
from minxin.consult.openings import Item, Part, figure_items, open_items, page_of
from minxin.consult.periods import Period, month_before, month_of, period_between, quarter_of
from minxin.consult.ports import AssignmentFacts, EndedOrder, LetterStore, OpenOrder, OrderFacts
from minxin.consult.records import OrderState, Satisfaction
from minxin.consult.rulepack import builtin_pack
from minxin.consult.statistics import Statistics, table_of
from minxin.consult.trend import TrendDay, trend_of
from minxin.core.actor import Actor, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import FixedClock
from minxin.core.errors import InvalidInputError, NotFoundError, UnavailableError
from minxin.core.paging import PageRequest

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
DUE = NOON + timedelta(days=5)
HOUR = timedelta(hours=1)
AFTER = DUE + HOUR
F = FormulaId
S = OrderState


def order(order_id: str = "a", **fields: Any) -> OrderFacts:
    given: dict[str, Any] = {
        "letter_id": f"letter of {order_id}",
        "number": f"2026-{order_id}",
        "office_id": "lamps",
        "state": S.IN_PROGRESS,
        "received_at": NOON,
        "routed_at": NOON,
        "answer_due": DUE,
        "answered_at": None,
        "closed_at": None,
        "extended": False,
        "redone": False,
        "level": None,
        "working_hours": None,
    }
    return OrderFacts(order_id, **(given | fields))


def answered(order_id: str, **fields: Any) -> OrderFacts:
    given = {"state": S.ANSWERED, "answered_at": NOON + HOUR, "working_hours": 1.0}
    return order(order_id, **(given | fields))


def closed(order_id: str, **fields: Any) -> OrderFacts:
    return answered(order_id, **({"state": S.CLOSED, "closed_at": NOON + 2 * HOUR} | fields))


def turn(turn_id: str = "t", **fields: Any) -> AssignmentFacts:
    given: dict[str, Any] = {
        "letter_id": "letter",
        "office_id": "lamps",
        "at": NOON,
        "sign_due": DUE,
        "signed_at": None,
        "returned_at": None,
        "cancelled": False,
    }
    return AssignmentFacts(turn_id, **(given | fields))


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


def open_order(order_id: str, due: datetime | None, amber_from: datetime | None, days_old: int = 0) -> OpenOrder:
    return OpenOrder(order_id, "letter", "lamps", S.IN_PROGRESS, NOON - timedelta(days=days_old), due, amber_from)


def test_the_board_sorts_by_light_and_age() -> None:
    orders = [
        open_order("red", NOON, NOON - HOUR, days_old=70),
        open_order("amber", NOON + HOUR, NOON),
        open_order("green", NOON + 2 * HOUR, NOON + HOUR),
        open_order("paused", None, None),
    ]

    board = board_of(orders, NOON, load_calendar(), lambda received: received + timedelta(days=64))

    ids = {tile: [one.order_id for one in found] for tile, found in board.tiles.items()}
    assert ids == {
        Tile.OPEN: ["red", "amber", "green", "paused"],
        Tile.GREEN: ["green"],
        Tile.AMBER: ["amber"],
        Tile.RED: ["red"],
        Tile.PAUSED: ["paused"],
        Tile.AHEAD: ["amber", "green"],
        Tile.NEAR_ALARM: ["red"],
    }


def test_the_look_ahead_holds_today_and_five_working_days_and_rest_days_only_with_limits() -> None:
    ends_on_friday = datetime(2026, 3, 13, 16, 0, tzinfo=UTC)  # 24:00 of Friday the 13th in Shanghai
    urgent_on_saturday = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)
    too_late = datetime(2026, 3, 17, 16, 0, 1, tzinfo=UTC)
    orders = [open_order(due.isoformat(), due, due) for due in (ends_on_friday, urgent_on_saturday, too_late)]

    board = board_of(orders, NOON, load_calendar(), lambda _: None)

    assert [(day.day.day, day.working, day.count) for day in board.ahead] == [
        (10, True, 0),
        (11, True, 0),
        (12, True, 0),
        (13, True, 1),
        (14, False, 1),
        (16, True, 0),
        (17, True, 0),
    ]


def test_open_items_whose_clock_stands_still_come_last() -> None:
    items = open_items([open_order("still", None, None), open_order("b", DUE, NOON), open_order("a", NOON, NOON)])

    assert [item.item_id for item in items] == ["a", "b", "still"]


def test_the_trend_goes_by_days_in_shanghai_and_stops_today() -> None:
    late_evening = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)  # 00:30 on the 10th in Shanghai
    ended = [EndedOrder(NOON, "a", answered=True), EndedOrder(NOON, "b", answered=False)]

    days = trend_of(Period(date(2026, 3, 9), date(2026, 3, 31)), date(2026, 3, 10), 7, [late_evening], ended)

    assert days == (TrendDay(date(2026, 3, 9), 0, 0, 0, 7), TrendDay(date(2026, 3, 10), 1, 1, 1, 6))


def test_months_and_quarters_are_whole() -> None:
    december = month_of(date(2026, 12, 15))

    assert december == Period(date(2026, 12, 1), date(2026, 12, 31))
    assert month_before(month_of(date(2026, 1, 31))) == Period(date(2025, 12, 1), date(2025, 12, 31))
    assert quarter_of(date(2026, 2, 28)) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert december.start == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert len(december.days) == 31


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "period.order"),
        (date(2024, 1, 1), date(2026, 1, 1), "period.range"),
        (date(1999, 12, 31), date(2000, 1, 1), "period.range"),
        (date(2200, 12, 31), date(9999, 12, 31), "period.range"),
    ],
)
def test_periods_that_nobody_means_are_refused(first: date, last: date, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        period_between(first, last)
    assert caught.value.reason == reason


class SlowStore:
    """A store whose facts take as long as the test wants."""

    def __init__(self) -> None:
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def orders_due_between(self, *_: object) -> list[OrderFacts]:
        self.reads += 1
        await self.gate.wait()
        if self.broken:
            raise UnavailableError
        return [answered(f"{self.reads}")]

    async def assignments_due_between(self, *_: object) -> list[AssignmentFacts]:
        return []


MANAGER = Actor("boss", frozenset({Role.MANAGER}))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def service_over(store: SlowStore, clock: FixedClock) -> Statistics:
    limits = Limits(builtin_pack("default"), load_calendar())
    return Statistics(cast(LetterStore, store), clock, limits, fresh=timedelta(minutes=1))


async def test_figures_are_computed_once_for_all_who_ask_at_the_same_time() -> None:
    store = SlowStore()
    service = service_over(store, FixedClock(NOON))

    first, second = await asyncio.gather(service.table(MANAGER, MARCH), service.table(MANAGER, MARCH))

    assert first is second
    assert store.reads == 1


async def test_old_figures_are_given_once_more_while_the_next_are_computed() -> None:
    store, clock = SlowStore(), FixedClock(NOON)
    service = service_over(store, clock)
    first = await service.table(MANAGER, MARCH)
    clock.advance(timedelta(minutes=2))
    store.gate.clear()

    assert await service.table(MANAGER, MARCH) is first
    store.gate.set()
    clock.advance(timedelta(hours=1))
    fresh = await service.table(MANAGER, MARCH)

    assert fresh.as_of == clock.now()


async def test_a_failure_is_told_and_not_kept() -> None:
    store = SlowStore()
    service = service_over(store, FixedClock(NOON))
    store.broken = True
    with pytest.raises(UnavailableError):
        await service.table(MANAGER, MARCH)

    store.broken = False

    assert (await service.table(MANAGER, MARCH)).total[F.CLOSING].value == 1.0


@pytest.mark.parametrize("role", [Role.HANDLER, Role.CITIZEN, Role.CALLER, Role.ADMINISTRATOR, Role.AUDITOR])
async def test_the_citys_figures_are_not_there_for_others(role: Role) -> None:
    service = service_over(SlowStore(), FixedClock(NOON))
    with pytest.raises(NotFoundError):
        await service.table(Actor("someone", frozenset({role}), "lamps"), MARCH)


async def test_an_office_without_a_name_has_no_figures() -> None:
    service = service_over(SlowStore(), FixedClock(NOON))
    with pytest.raises(NotFoundError):
        await service.own_table(Actor("someone", frozenset({Role.SIGNER}), None), MARCH)
