"""Deadlines: dated tables worked out by hand from the State Council's notices, pauses, extensions, lights."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from minxin.consult.deadlines import (
    Due,
    Light,
    Limit,
    Pause,
    Unit,
    due,
    extend,
    in_time,
    light,
    parse_limit,
    redate,
)
from minxin.core.calendar import Calendar, YearTable
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import SHANGHAI
from minxin.core.errors import IllegalMoveError, InvalidInputError

CALENDAR = load_calendar()


def at(text: str) -> datetime:
    """An instant written in Shanghai time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def count(start: str, limit: str, *pauses: Pause) -> Due:
    return due(at(start), parse_limit(limit), CALENDAR, pauses)


GOLDEN = [
    ("2025-01-24", "5wd", "2025-02-07"),
    ("2025-04-25", "5wd", "2025-05-06"),
    ("2025-09-26", "2wd", "2025-09-29"),
    ("2025-09-26", "5wd", "2025-10-10"),
    ("2025-09-26", "15wd", "2025-10-23"),
    ("2025-09-30", "3wd", "2025-10-11"),
    ("2026-02-12", "5wd", "2026-02-26"),
    ("2026-02-13", "2wd", "2026-02-24"),
    ("2026-04-30", "5wd", "2026-05-11"),
    ("2026-09-18", "5wd", "2026-09-24"),
    ("2026-09-30", "3wd", "2026-10-10"),
]

WORKING_DAY_ROWS = [
    # An ordinary week, and a start on a rest day
    ("2026-03-09", "5wd", "2026-03-16"),
    ("2026-03-09", "15wd", "2026-03-30"),
    ("2026-03-13", "1wd", "2026-03-16"),
    ("2026-03-14", "1wd", "2026-03-16"),
    ("2026-03-15", "1wd", "2026-03-16"),
    # The hour of the event does not matter, the date in Shanghai does
    ("2026-03-13T00:00:00", "1wd", "2026-03-16"),
    ("2026-03-13T23:59:59", "1wd", "2026-03-16"),
    ("2026-02-13T23:59:59", "2wd", "2026-02-24"),
    ("2026-02-14T00:00:00", "2wd", "2026-02-25"),
    # Spring Festival with its working weekends
    ("2020-01-23", "1wd", "2020-02-03"),
    ("2020-01-23", "5wd", "2020-02-07"),
    ("2021-02-10", "3wd", "2021-02-20"),
    ("2022-01-28", "2wd", "2022-01-30"),
    ("2022-01-28", "3wd", "2022-02-07"),
    ("2023-01-20", "1wd", "2023-01-28"),
    ("2023-01-20", "2wd", "2023-01-29"),
    ("2024-02-09", "1wd", "2024-02-18"),
    ("2025-01-24", "1wd", "2025-01-26"),
    ("2025-01-27", "1wd", "2025-02-05"),
    ("2026-02-14", "1wd", "2026-02-24"),
    ("2026-02-16", "1wd", "2026-02-24"),
    ("2026-02-27", "1wd", "2026-02-28"),
    # Spring and summer festivals
    ("2020-04-24", "3wd", "2020-04-28"),
    ("2020-06-24", "2wd", "2020-06-29"),
    ("2021-04-30", "1wd", "2021-05-06"),
    ("2022-04-01", "1wd", "2022-04-02"),
    ("2022-04-29", "3wd", "2022-05-07"),
    ("2023-04-04", "1wd", "2023-04-06"),
    ("2023-06-21", "1wd", "2023-06-25"),
    ("2024-04-03", "1wd", "2024-04-07"),
    ("2025-05-30", "1wd", "2025-06-03"),
    ("2026-06-18", "1wd", "2026-06-22"),
    # Mid-autumn and National Day
    ("2020-09-30", "1wd", "2020-10-09"),
    ("2021-09-17", "2wd", "2021-09-22"),
    ("2021-09-30", "2wd", "2021-10-09"),
    ("2023-09-28", "1wd", "2023-10-07"),
    ("2023-09-28", "5wd", "2023-10-11"),
    ("2024-09-13", "1wd", "2024-09-14"),
    ("2024-09-14", "1wd", "2024-09-18"),
    ("2026-09-19", "1wd", "2026-09-20"),
    ("2026-09-24", "1wd", "2026-09-28"),
    # Year-end and leap years
    ("2022-12-30", "1wd", "2023-01-03"),
    ("2024-12-31", "1wd", "2025-01-02"),
    ("2025-12-31", "1wd", "2026-01-04"),
    ("2024-02-28", "1wd", "2024-02-29"),
    ("2024-02-28", "2wd", "2024-03-01"),
    ("2024-02-27", "10wd", "2024-03-12"),
    # 2027 has no notice yet: the plain week, provisionally
    ("2026-12-25", "10wd", "2027-01-08"),
    ("2026-12-31", "1wd", "2027-01-01"),
]

CALENDAR_DAY_ROWS = [
    ("2025-09-20", "15d", "2025-10-05", "2025-10-09"),
    ("2025-08-04", "60d", "2025-10-03", "2025-10-09"),
    ("2024-01-30", "30d", "2024-02-29", "2024-02-29"),
    ("2020-02-28", "1d", "2020-02-29", "2020-03-02"),
    ("2025-12-02", "30d", "2026-01-01", "2026-01-04"),
    ("2023-12-02", "30d", "2024-01-01", "2024-01-02"),
    ("2026-01-10", "80d", "2026-03-31", "2026-03-31"),
    ("2026-01-31", "15d", "2026-02-15", "2026-02-24"),
    ("2026-02-01", "13d", "2026-02-14", "2026-02-14"),
    ("2026-08-28", "30d", "2026-09-27", "2026-09-28"),
    ("2026-09-05", "15d", "2026-09-20", "2026-09-20"),
    ("2026-11-01", "60d", "2026-12-31", "2026-12-31"),
]

HOUR_ROWS = [
    ("2026-02-14T17:30", "1h", "2026-02-14T18:30"),
    ("2026-02-15T23:30", "2h", "2026-02-16T01:30"),
    ("2025-12-31T23:59:59", "2h", "2026-01-01T01:59:59"),
    ("2024-02-28T12:00", "24h", "2024-02-29T12:00"),
]


@pytest.mark.parametrize(("start", "limit", "expected"), GOLDEN + WORKING_DAY_ROWS)
def test_working_day_limit_ends_on_the_date_of_the_notices(start: str, limit: str, expected: str) -> None:
    result = count(start, limit)
    assert str(result.last_day) == expected
    assert result.raw_last_day == result.last_day
    assert result.instant == at(expected) + timedelta(days=1)


@pytest.mark.parametrize(("start", "limit", "raw", "rolled"), CALENDAR_DAY_ROWS)
def test_calendar_day_limit_rolls_over_rest_days(start: str, limit: str, raw: str, rolled: str) -> None:
    result = count(start, limit)
    assert (str(result.raw_last_day), str(result.last_day)) == (raw, rolled)
    assert result.rolled == (raw != rolled)
    assert result.instant == at(rolled) + timedelta(days=1)


@pytest.mark.parametrize(("start", "limit", "end"), HOUR_ROWS)
def test_hour_limit_counts_nights_and_rest_days(start: str, limit: str, end: str) -> None:
    assert count(start, limit).instant == at(end)


def test_instant_is_utc_midnight_of_shanghai_and_exclusive() -> None:
    result = count("2026-02-13", "2wd")
    assert result.instant == datetime(2026, 2, 24, 16, tzinfo=UTC)
    assert result.instant is not None
    assert result.instant.tzinfo is UTC
    assert in_time(result, at("2026-02-24T23:59:59.999999"))
    assert not in_time(result, at("2026-02-25"))


def test_event_late_in_the_utc_day_belongs_to_the_next_day_in_shanghai() -> None:
    result = due(datetime(2026, 3, 12, 16, 30, tzinfo=UTC), Limit(1, Unit.WORKING_DAYS), CALENDAR)
    assert result.last_day == date(2026, 3, 16)


def test_explanation_names_each_day_with_reason_and_notice() -> None:
    notes = count("2026-02-13", "2wd").explanation
    notice = "国办发明电〔2025〕7号"
    assert (notes[0].day, notes[0].counted, notes[0].reason, notes[0].notice) == (
        date(2026, 2, 14),
        True,
        "working_weekend",
        notice,
    )
    assert {(note.counted, note.reason, note.festival, note.notice) for note in notes[1:-1]} == {
        (False, "holiday", "spring_festival", notice)
    }
    assert (notes[-1].day, notes[-1].counted, notes[-1].reason) == (date(2026, 2, 24), True, "weekday")
    assert [note.day for note in notes] == [date(2026, 2, 14) + timedelta(days=n) for n in range(11)]


def test_explanation_of_a_rolled_limit_counts_all_its_days_and_names_where_it_rolled_to() -> None:
    result = count("2025-09-20", "15d")
    assert result.counted_days == 15
    assert [note.reason for note in result.explanation[15:]] == ["holiday", "holiday", "holiday", "rolled_to"]


def test_date_that_touches_a_year_without_a_notice_is_provisional() -> None:
    assert count("2026-12-25", "10wd").provisional
    assert not count("2026-12-25", "4wd").provisional
    assert count("2026-12-02", "30d").provisional


def test_new_table_re_dates_an_open_limit_and_keeps_its_rule() -> None:
    old = msgspec.structs.replace(count("2026-12-31", "1wd"), rule_id="sign", rule_version="default/1")
    table = YearTable(2027, "notice", True, {date(2027, 1, day): "new_year" for day in (1, 2, 3)}, frozenset())
    new = redate(old, Calendar.of((*CALENDAR.tables, table)), ())
    assert (old.last_day, old.provisional) == (date(2027, 1, 1), True)
    assert (new.last_day, new.provisional) == (date(2027, 1, 4), False)
    assert (new.rule_id, new.rule_version) == ("sign", "default/1")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-10T10:00", "2026-03-10T11:00", "2026-03-16"),  # begins and ends on one day: nothing moves
        ("2026-03-10T10:00", "2026-03-11T11:00", "2026-03-18"),  # touches two working days
        ("2026-03-10T10:00", "2026-03-11T00:00", "2026-03-16"),  # the end is exclusive, so still one day
        ("2026-03-10T10:00", "2026-03-12T09:00", "2026-03-19"),
        ("2026-03-13T15:00", "2026-03-16T09:00", "2026-03-18"),  # Friday and Monday; the weekend never counted
        ("2026-03-14T08:00", "2026-03-15T20:00", "2026-03-16"),  # a weekend only
        ("2026-03-09T15:00", "2026-03-10T09:00", "2026-03-17"),  # day 0 was not counted anyway
        ("2026-03-01T15:00", "2026-03-08T09:00", "2026-03-16"),  # before the start
        ("2026-03-16T15:00", "2026-03-19T09:00", "2026-03-20"),  # on the last day
        ("2026-03-17T00:00", "2026-03-19T09:00", "2026-03-16"),  # begins at the end: lapsed already
        ("2026-02-01T00:00", "2026-03-10T09:00", "2026-03-17"),  # runs over the start
    ],
)
def test_pause_over_midnight_takes_out_each_day_that_it_touches(since: str, until: str, expected: str) -> None:
    assert str(count("2026-03-09T11:00", "5wd", Pause(at(since), at(until))).last_day) == expected


def test_paused_days_are_named_in_the_explanation() -> None:
    result = count("2026-03-09", "2wd", Pause(at("2026-03-10T10:00"), at("2026-03-11T10:00")))
    assert [(note.day.day, note.counted, note.reason) for note in result.explanation] == [
        (10, False, "paused"),
        (11, False, "paused"),
        (12, True, "weekday"),
        (13, True, "weekday"),
    ]


def test_two_pauses_that_touch_are_one() -> None:
    halves = (
        Pause(at("2026-03-10T10:00"), at("2026-03-11T00:00")),
        Pause(at("2026-03-11T00:00"), at("2026-03-11T10:00")),
    )
    assert count("2026-03-09", "5wd", *halves).last_day == date(2026, 3, 18)


def test_calendar_day_limit_does_not_roll_onto_a_paused_day() -> None:
    pause = Pause(at("2025-10-08T10:00"), at("2025-10-09T10:00"))
    assert count("2025-09-20", "15d", pause).last_day == date(2025, 10, 10)


def test_pause_moves_an_hour_limit_by_exactly_its_length() -> None:
    pauses = (
        Pause(at("2026-03-09T09:30"), at("2026-03-09T09:45")),
        Pause(at("2026-03-09T11:00"), at("2026-03-09T15:00")),
        Pause(at("2026-03-09T12:00"), at("2026-03-09T13:00")),
    )
    assert count("2026-03-09T10:00", "2h", *pauses).instant == at("2026-03-09T16:00")
    assert count("2026-03-09T09:40", "2h", *pauses).instant == at("2026-03-09T15:45")


@pytest.mark.parametrize("limit", ["5wd", "5d", "48h"])
def test_open_pause_leaves_a_limit_without_an_end(limit: str) -> None:
    result = count("2026-03-09T11:00", limit, Pause(at("2026-03-10T10:00")))
    assert (result.instant, result.last_day, result.raw_last_day, result.amber_from) == (None, None, None, None)
    assert result.paused_since == at("2026-03-10T10:00")
    assert in_time(result, at("2030-01-01"))
    assert light(result, at("2030-01-01")) is Light.PAUSED


def test_open_pause_after_the_end_changes_nothing() -> None:
    result = count("2026-03-09", "5wd", Pause(at("2026-03-17")))
    assert (result.last_day, result.paused_since) == (date(2026, 3, 16), None)


def test_stopped_limit_tells_how_many_days_were_used() -> None:
    assert count("2026-03-09", "5wd", Pause(at("2026-03-12T10:00"))).counted_days == 2


@pytest.mark.parametrize(
    ("start", "limit", "amber", "red"),
    [
        ("2026-03-09", "1wd", "2026-03-10", "2026-03-11"),
        ("2026-03-09", "3wd", "2026-03-12", "2026-03-13"),
        ("2026-03-09", "5wd", "2026-03-16", "2026-03-17"),
        ("2026-03-09", "10wd", "2026-03-20", "2026-03-24"),
        ("2026-03-09", "15wd", "2026-03-26", "2026-03-31"),
        ("2026-01-10", "80d", "2026-03-16", "2026-04-01"),
        ("2026-03-09T10:00", "2h", "2026-03-09T11:36", "2026-03-09T12:00"),
    ],
)
def test_light_is_green_to_80_percent_amber_to_100_and_red_beyond(start: str, limit: str, amber: str, red: str) -> None:
    result = count(start, limit)
    tick = timedelta(microseconds=1)
    assert light(result, at(start)) is Light.GREEN
    assert light(result, at(amber) - tick) is Light.GREEN
    assert light(result, at(amber)) is Light.AMBER
    assert light(result, at(red) - tick) is Light.AMBER
    assert light(result, at(red)) is Light.RED


def test_light_looks_back_into_a_pause_that_ended() -> None:
    pause = Pause(at("2026-03-10T10:00"), at("2026-03-12T10:00"))
    result = count("2026-03-09", "5wd", pause)
    assert light(result, at("2026-03-11"), [pause]) is Light.PAUSED
    assert light(result, at("2026-03-12T10:00"), [pause]) is Light.GREEN


def test_extension_goes_on_counting_where_the_limit_stopped() -> None:
    first = count("2026-09-18", "5wd")
    longer = extend(first, Limit(10, Unit.WORKING_DAYS), CALENDAR, asked_at=at("2026-09-24T17:00"))
    assert (first.last_day, longer.last_day) == (date(2026, 9, 24), date(2026, 10, 15))
    assert longer.counted_days == 15


def test_calendar_day_extension_counts_on_from_the_day_before_rolling() -> None:
    longer = extend(count("2025-08-04", "60d"), Limit(30, Unit.CALENDAR_DAYS), CALENDAR, asked_at=at("2025-10-09"))
    assert (longer.raw_last_day, longer.last_day) == (date(2025, 11, 2), date(2025, 11, 3))


def test_working_day_extension_of_a_calendar_day_limit_counts_from_the_rolled_day() -> None:
    longer = extend(count("2025-09-20", "15d"), Limit(2, Unit.WORKING_DAYS), CALENDAR, asked_at=at("2025-09-30"))
    assert longer.last_day == date(2025, 10, 11)


def test_extension_keeps_the_pauses_that_were() -> None:
    pauses = (Pause(at("2026-03-10T10:00"), at("2026-03-11T10:00")),)
    first = count("2026-03-09", "5wd", *pauses)
    longer = extend(first, Limit(1, Unit.WORKING_DAYS), CALENDAR, pauses, asked_at=at("2026-03-18T23:59"))
    assert longer.last_day == date(2026, 3, 19)


def test_extension_is_refused_after_lapse_twice_too_long_or_in_another_unit() -> None:
    first = count("2026-03-09", "5wd")
    ten = Limit(10, Unit.WORKING_DAYS)
    early = at("2026-03-10")
    with pytest.raises(IllegalMoveError, match=r"deadline\.extension\.lapsed"):
        extend(first, ten, CALENDAR, asked_at=at("2026-03-17"))
    with pytest.raises(IllegalMoveError, match=r"deadline\.extension\.once"):
        extend(extend(first, ten, CALENDAR, asked_at=early), ten, CALENDAR, asked_at=early)
    for extra in (Limit(11, Unit.WORKING_DAYS), Limit(5, Unit.CALENDAR_DAYS)):
        with pytest.raises(InvalidInputError, match=r"deadline\.extension\.most"):
            extend(first, extra, CALENDAR, asked_at=early, most=ten)
    with pytest.raises(InvalidInputError, match=r"deadline\.extension\.unit"):
        extend(first, Limit(2, Unit.CLOCK_HOURS), CALENDAR, asked_at=early)


def test_due_survives_storing() -> None:
    result = count("2026-12-25", "10wd", Pause(at("2026-12-28T09:00"), at("2026-12-29T09:00"), "papers"))
    assert msgspec.json.decode(msgspec.json.encode(result), type=Due) == result


@pytest.mark.parametrize(
    ("text", "limit"), [("5wd", Limit(5, Unit.WORKING_DAYS)), (" 15D ", Limit(15, Unit.CALENDAR_DAYS))]
)
def test_limit_is_read_from_text(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "5", "wd", "5 wd", "-5wd", "5.5d", "5wdd", "５wd", "9999999d"])
def test_text_that_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"deadline\.limit\.format"):
        parse_limit(text)


@pytest.mark.parametrize("text", ["0wd", "3661d", "87841h"])
def test_limit_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"deadline\.limit\.range"):
        parse_limit(text)


def test_start_without_a_zone_or_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due(datetime(2026, 3, 9), Limit(1, Unit.WORKING_DAYS), CALENDAR)  # noqa: DTZ001
    with pytest.raises(InvalidInputError, match=r"deadline\.start\.range"):
        count("2201-01-01", "1wd")
