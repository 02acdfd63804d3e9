"""Where the yearly tables come from: the library for the known years, and the file that a city loads.

The city's file is a JSON list with one object for each yearly notice::

    [{"year": 2027, "notice": "国办发明电〔2026〕0号",
      "off_days": [{"name": "春节", "from": "2027-02-05", "to": "2027-02-11"}],
      "working_weekends": ["2027-02-14"]}]

A table of the city wins over the library's table of the same year, whole.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import msgspec
from msgspec import Struct, field

from minxin.core.calendar import Calendar, YearTable, is_weekend
from minxin.core.errors import ConfigError

_NOTICES = Path(__file__).with_name("calendar_notices.json")


class _Notice(Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    verified: bool


_notices = msgspec.json.Decoder(dict[int, _Notice])


class _OffSpan(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    first: date = field(name="from")
    last: date = field(name="to")


class _CityTable(Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    notice: str
    off_days: tuple[_OffSpan, ...]
    working_weekends: tuple[date, ...]
    verified: bool = True


_tables = msgspec.json.Decoder(list[_CityTable])


def load_calendar(city_file: Path | None = None) -> Calendar:
    """Return the calendar of this installation: the library's years, overlaid by the city's file when there is one.

    Raises :class:`ConfigError` when the file can't be read or a table in it contradicts itself.
    """
    city = () if city_file is None else read_tables(city_file)
    return Calendar.of((*library_tables(), *city))


@cache
def library_tables() -> tuple[YearTable, ...]:
    """Return the tables that the package chinesecalendar knows (2004 to 2026), under the numbers of their notices."""
    numbers = _notices.decode(_NOTICES.read_bytes())
    off_days: dict[int, dict[date, str]] = {}
    for day, english in chinese_calendar.constants.holidays.items():
        off_days.setdefault(day.year, {})[day] = chinese_calendar.Holiday(english).name
    worked = set(chinese_calendar.constants.workdays)
    unknown = _Notice(number="国务院办公厅通知（文号未核实）", verified=False)
    return tuple(
        YearTable(
            year=year,
            notice=numbers.get(year, unknown).number,
            verified=numbers.get(year, unknown).verified,
            off_days=days,
            working_weekends=frozenset(day for day in worked if day.year == year),
        )
        for year, days in sorted(off_days.items())
    )


def read_tables(path: Path) -> tuple[YearTable, ...]:
    """Read a city's tables from a JSON file; raises :class:`ConfigError` that names the file and the value."""
    try:
        raw = _tables.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    years = [table.year for table in raw]
    for year in years:
        if years.count(year) > 1:
            raise ConfigError(f"{path}: year {year} has more than one table")
    return tuple(_checked(path, table) for table in raw)


def _checked(path: Path, table: _CityTable) -> YearTable:
    where = f"{path}: year {table.year}"
    if not table.notice.strip():
        raise ConfigError(f"{where}: notice is empty")
    off_days: dict[date, str] = {}
    for span in table.off_days:
        for day in _days_of(where, span):
            _check_belongs(where, table.year, day)
            off_days[day] = span.name
    for day in table.working_weekends:
        _check_belongs(where, table.year, day)
        if not is_weekend(day):
            raise ConfigError(f"{where}: working_weekends has {day}, which is no Saturday or Sunday")
        if day in off_days:
            raise ConfigError(f"{where}: {day} is both an off day and a working weekend")
    return YearTable(table.year, table.notice, table.verified, off_days, frozenset(table.working_weekends))


def _days_of(where: str, span: _OffSpan) -> list[date]:
    length = (span.last - span.first).days + 1
    if not 1 <= length <= 31:
        raise ConfigError(f"{where}: off_days from {span.first} to {span.last} is {length} days long")
    return [span.first + timedelta(days=offset) for offset in range(length)]


def _check_belongs(where: str, year: int, day: date) -> None:
    if day.year != year and (day.year, day.month) != (year - 1, 12):
        raise ConfigError(f"{where}: {day} lies outside the year and the December before it")
