"""What must hold for any deadline. ``MINXIN_EXAMPLES=10000`` looks harder than a usual run does."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from minxin.consult.deadlines import Light, Limit, Pause, Unit, due, light, local_day
from minxin.consult.office_hours import working_hours
from minxin.consult.rulepack import builtin_pack
from minxin.core.calendar_tables import load_calendar

CALENDAR = load_calendar()
HOURS = builtin_pack().office_hours
EXAMPLES = settings(max_examples=int(os.environ.get("MINXIN_EXAMPLES", "300")), deadline=None)
DAY = timedelta(days=1)

instants = st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=40))
units = st.sampled_from(Unit)
limits = st.builds(Limit, st.integers(1, 90), units)


@st.composite
def pause_lists(draw: Callable[[st.SearchStrategy[object]], object], near: datetime | None = None) -> list[Pause]:
    offsets = st.timedeltas(timedelta(days=-10), timedelta(days=60))
    near = near or datetime(2026, 2, 1, tzinfo=UTC)
    pairs = draw(st.lists(st.tuples(offsets, spans), max_size=4))
    assert isinstance(pairs, list)
    return [Pause(near + offset, near + offset + length) for offset, length in pairs]


@EXAMPLES
@given(instants, st.timedeltas(timedelta(), timedelta(days=30)), limits, st.data())
def test_later_start_never_ends_earlier(start: datetime, later: timedelta, limit: Limit, data: st.DataObject) -> None:
    pauses = data.draw(pause_lists(start))
    first = due(start, limit, CALENDAR, pauses).instant
    second = due(start + later, limit, CALENDAR, pauses).instant
    assert first is not None
    assert second is not None
    assert first <= second


@EXAMPLES
@given(instants, limits, st.data())
def test_one_unit_more_never_ends_earlier(start: datetime, limit: Limit, data: st.DataObject) -> None:
    pauses = data.draw(pause_lists(start))
    shorter = due(start, limit, CALENDAR, pauses).instant
    longer = due(start, Limit(limit.amount + 1, limit.unit), CALENDAR, pauses).instant
    assert shorter is not None
    assert longer is not None
    assert shorter < longer if limit.unit is not Unit.CALENDAR_DAYS else shorter <= longer


@EXAMPLES
@given(instants, limits, st.data())
def test_end_is_after_the_start_and_never_inside_a_pause_or_on_a_rest_day(
    start: datetime, limit: Limit, data: st.DataObject
) -> None:
    pauses = data.draw(pause_lists(start))
    result = due(start, limit, CALENDAR, pauses)
    assert result.instant is not None
    assert result.last_day is not None
    assert result.instant > start
    if limit.unit is not Unit.CLOCK_HOURS:
        assert CALENDAR.is_working_day(result.last_day)
        assert result.counted_days == limit.amount
    last = result.instant - timedelta(microseconds=1)
    for pause in pauses:
        assert pause.until is not None
        crosses = local_day(pause.since) != local_day(pause.until - timedelta(microseconds=1))
        if crosses or limit.unit is Unit.CLOCK_HOURS:
            assert not pause.since <= last < pause.until


@EXAMPLES
@given(instants, limits, st.data())
def test_pause_never_makes_a_limit_end_earlier(start: datetime, limit: Limit, data: st.DataObject) -> None:
    pauses = data.draw(pause_lists(start))
    before = due(start, limit, CALENDAR, pauses[1:]).instant
    after = due(start, limit, CALENDAR, pauses).instant
    assert before is not None
    assert after is not None
    assert before <= after


@EXAMPLES
@given(instants, st.integers(1, 40), st.timedeltas(timedelta(), timedelta(days=60)), spans)
def test_pause_moves_a_working_day_limit_by_the_working_days_that_it_touches(
    start: datetime, amount: int, offset: timedelta, length: timedelta
) -> None:
    pause = Pause(start + offset, start + offset + length)
    moved = due(start, Limit(amount, Unit.WORKING_DAYS), CALENDAR, [pause])
    first, last = local_day(pause.since), local_day(start + offset + length - timedelta(microseconds=1))
    day, touched, left = local_day(start), 0, amount
    while left:
        day += DAY
        if CALENDAR.is_working_day(day):
            inside = first != last and first <= day <= last
            touched += inside
            left -= not inside
    plain = due(start, Limit(amount + touched, Unit.WORKING_DAYS), CALENDAR)
    assert moved.last_day == plain.last_day == day


@EXAMPLES
@given(instants, st.integers(1, 200), st.floats(0, 1, exclude_max=True), spans)
def test_pause_inside_an_hour_limit_moves_it_by_its_length(
    start: datetime, hours: int, share: float, length: timedelta
) -> None:
    since = start + timedelta(hours=hours) * share
    plain = due(start, Limit(hours, Unit.CLOCK_HOURS), CALENDAR).instant
    paused = due(start, Limit(hours, Unit.CLOCK_HOURS), CALENDAR, [Pause(since, since + length)]).instant
    assert plain is not None
    assert paused is not None
    assert paused - plain == (length if since < plain else timedelta())


@EXAMPLES
@given(instants, limits, st.lists(st.timedeltas(timedelta(), timedelta(days=200)), min_size=2, max_size=8))
def test_light_only_ever_goes_from_green_to_amber_to_red(
    start: datetime, limit: Limit, offsets: list[timedelta]
) -> None:
    order = [Light.GREEN, Light.AMBER, Light.RED]
    result = due(start, limit, CALENDAR)
    seen = [order.index(light(result, start + offset)) for offset in sorted(offsets)]
    assert seen == sorted(seen)


@EXAMPLES
@given(instants, spans, st.floats(0, 1), st.data())
def test_working_hours_add_up_and_a_pause_takes_its_own_out(
    start: datetime, length: timedelta, share: float, data: st.DataObject
) -> None:
    end, middle = start + length, start + length * share
    pauses = data.draw(pause_lists(start))
    whole = working_hours(start, end, CALENDAR, pauses, HOURS)
    parts = [working_hours(a, b, CALENDAR, pauses, HOURS) for a, b in ((start, middle), (middle, end))]
    assert abs(whole - sum(parts)) < 1e-6
    out = working_hours(start, end, CALENDAR, [Pause(start, middle)], HOURS)
    assert abs(out - working_hours(middle, end, CALENDAR, [], HOURS)) < 1e-6
