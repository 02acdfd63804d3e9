"""Working hours between two instants."""

from __future__ import annotations

from datetime import datetime

import pytest

from minxin.consult.deadlines import Pause
from minxin.consult.office_hours import working_hours
from minxin.consult.rulepack import builtin_pack
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import SHANGHAI

CALENDAR = load_calendar()
HOURS = builtin_pack().office_hours  # 09:00 to 12:00 and 13:30 to 17:30


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-09T09:00", "2026-03-09T17:30", 7),
        ("2026-03-09T10:00", "2026-03-09T11:15", 1.25),
        ("2026-03-09T11:00", "2026-03-09T14:00", 1.5),  # over the noon break
        ("2026-03-09T12:10", "2026-03-09T13:20", 0),
        ("2026-03-09T20:00", "2026-03-10T08:00", 0),  # a night
        ("2026-03-13T17:00", "2026-03-16T09:30", 1),  # over a weekend
        ("2026-02-13T17:00", "2026-02-24T10:00", 8.5),  # Saturday 14 works, then the Spring Festival
        ("2026-03-09T00:00", "2026-03-16T00:00", 35),
        ("2026-03-10T10:00", "2026-03-09T10:00", 0),  # the wrong way round
    ],
)
def test_only_office_time_of_working_days_counts(start: str, end: str, hours: float) -> None:
    assert working_hours(at(start), at(end), CALENDAR, (), HOURS) == hours


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-03-09T10:00", "2026-03-09T11:00", 13),
        ("2026-03-09T17:30", "2026-03-10T09:00", 14),
        ("2026-03-01T10:00", "2026-03-09T11:00", 12),
        ("2026-03-10T15:00", None, 11.5),
        ("2026-03-01T10:00", "2026-03-20T11:00", 0),
        ("2026-03-12T10:00", "2026-03-20T11:00", 14),
    ],
)
def test_pauses_are_taken_out(since: str, until: str | None, hours: float) -> None:
    pause = Pause(at(since), None if until is None else at(until))
    assert working_hours(at("2026-03-09T09:00"), at("2026-03-10T17:30"), CALENDAR, [pause], HOURS) == hours


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        working_hours(datetime(2026, 3, 9), at("2026-03-10"), CALENDAR, (), HOURS)  # noqa: DTZ001
