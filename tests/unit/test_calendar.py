"""Working days of mainland China, checked against days that the notices name."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from minxin.core.calendar import Calendar, DayStatus, YearTable
from minxin.core.calendar_tables import library_tables, load_calendar, read_tables
from minxin.core.errors import ConfigError

CALENDAR = load_calendar()
NOTICE_2026 = "国办发明电〔2025〕7号"


def city_file(folder: Path, *tables: object) -> Path:
    path = folder / "calendar.json"
    path.write_text(json.dumps(tables), encoding="utf-8")
    return path


def table(**changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "year": 2027,
        "notice": "通知1号",
        "off_days": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],
        "working_weekends": ["2027-01-09"],
    }
    return plain | changes


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_year_has_the_known_number_of_working_days(year: int, days: int) -> None:
    assert CALENDAR.working_days_in(year) == days


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2026, 3, 9), DayStatus(True, "weekday")),
        (date(2026, 3, 8), DayStatus(False, "weekend")),
        (date(2026, 2, 17), DayStatus(False, "holiday", NOTICE_2026, "spring_festival")),
        (date(2026, 2, 15), DayStatus(False, "holiday", NOTICE_2026, "spring_festival")),
        (date(2026, 2, 14), DayStatus(True, "working_weekend", NOTICE_2026)),
        (date(2026, 9, 25), DayStatus(False, "holiday", NOTICE_2026, "mid_autumn_festival")),
        (date(2027, 1, 1), DayStatus(True, "provisional_weekday", provisional=True)),
        (date(2027, 1, 2), DayStatus(False, "provisional_weekend", provisional=True)),
        (date(2003, 10, 1), DayStatus(True, "provisional_weekday", provisional=True)),
    ],
)
def test_day_has_its_reason_and_notice(day: date, status: DayStatus) -> None:
    assert CALENDAR.status(day) == status


def test_library_knows_2004_to_2026_and_says_which_numbers_are_unverified() -> None:
    tables = library_tables()
    assert [known.year for known in tables] == list(range(2004, 2027))
    assert [known.year for known in tables if not known.verified] == [2004, 2005, 2006, 2007]


def test_emergency_change_of_2020_is_in_the_table() -> None:
    assert not CALENDAR.is_working_day(date(2020, 2, 1))
    assert "国办发明电〔2020〕1号" in str(CALENDAR.status(date(2020, 1, 31)).notice)


def test_table_of_the_city_wins_over_the_library_whole(tmp_path: Path) -> None:
    path = city_file(tmp_path, table(year=2026, off_days=[], working_weekends=["2026-03-07"]))
    calendar = load_calendar(path)
    assert calendar.status(date(2026, 3, 7)) == DayStatus(True, "working_weekend", "通知1号")
    assert calendar.is_working_day(date(2026, 2, 17))
    assert not calendar.is_working_day(date(2025, 10, 1))


def test_table_of_the_city_ends_the_provisional_year(tmp_path: Path) -> None:
    calendar = load_calendar(city_file(tmp_path, table()))
    assert calendar.status(date(2027, 1, 1)) == DayStatus(False, "holiday", "通知1号", "元旦")
    assert calendar.status(date(2027, 1, 4)) == DayStatus(True, "weekday")
    assert calendar.status(date(2027, 1, 9)) == DayStatus(True, "working_weekend", "通知1号")


def test_notice_may_begin_in_the_december_before_its_year(tmp_path: Path) -> None:
    off = [{"name": "元旦", "from": "2026-12-31", "to": "2027-01-02"}]
    calendar = load_calendar(city_file(tmp_path, table(off_days=off, working_weekends=["2026-12-27"])))
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2026, 12, 27))
    assert calendar.status(date(2026, 12, 30)) == DayStatus(True, "weekday")


def test_of_two_tables_for_a_year_the_later_wins() -> None:
    old = YearTable(2027, "old", True, {date(2027, 1, 1): "x"}, frozenset())
    new = YearTable(2027, "new", True, {}, frozenset())
    assert Calendar.of([old, new]).is_working_day(date(2027, 1, 1))
    assert Calendar.of([old, new]).tables == (new,)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"working_weekends": ["2027-02-15"]}, "2027-02-15, which is no Saturday or Sunday"),
        ({"working_weekends": ["2027-01-02"]}, "2027-01-02 is both an off day and a working weekend"),
        ({"working_weekends": ["2028-01-08"]}, "2028-01-08 lies outside the year"),
        ({"off_days": [{"name": "x", "from": "2027-01-03", "to": "2027-01-01"}]}, "-1 days long"),
        ({"off_days": [{"name": "x", "from": "2027-01-01", "to": "2027-12-31"}]}, "365 days long"),
        ({"off_days": [{"name": "x", "from": "2027-02-30", "to": "2027-03-01"}]}, "off_days"),
        ({"notice": " "}, "notice is empty"),
        ({"typo": 1}, "typo"),
        ({"year": "2027"}, "year"),
    ],
)
def test_table_that_contradicts_itself_is_refused_by_name(
    tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    path = city_file(tmp_path, table(**changes))
    with pytest.raises(ConfigError) as refused:
        read_tables(path)
    assert str(path) in refused.value.reason
    assert complaint in refused.value.reason


def test_year_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2027 has more than one table"):
        read_tables(city_file(tmp_path, table(), table()))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe[", b"not json"])
def test_file_that_is_no_list_of_tables_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broken\.json"):
        read_tables(path)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load_calendar(tmp_path / "none.json")
