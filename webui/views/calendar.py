"""The yearly calendars as people read them (节假日安排)."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from minxin.core.calendar import Calendar, YearTable
from minxin.webui.i18n import Language, sentences


class OffSpan(Struct, frozen=True):
    """Days off in a row, and the festival that they are for."""

    festival: str
    first: date
    last: date


class YearRow(Struct, frozen=True):
    """One year; without a ``table`` its dates are provisional."""

    year: int
    table: YearTable | None
    working_days: int
    off: tuple[OffSpan, ...]
    worked: tuple[date, ...]


def year_rows(calendar: Calendar, today: date, language: Language) -> list[YearRow]:
    """Return every year with a table, and this year and the next in any case, newest first."""
    tables = {table.year: table for table in calendar.tables}
    years = sorted({*tables, today.year, today.year + 1}, reverse=True)
    return [_row(calendar, year, tables.get(year), language) for year in years]


def festival_name(key: str, language: Language) -> str:
    """Return the festival's name; one that the city's own table gives stands as it is."""
    sentence = f"festival.{key}"
    return sentences().sentence(sentence, language) if sentence in sentences() else key


def _row(calendar: Calendar, year: int, table: YearTable | None, language: Language) -> YearRow:
    spans: list[OffSpan] = []
    for day, key in sorted(table.off_days.items()) if table else ():
        name = festival_name(key, language)
        last = spans[-1] if spans else None
        if last is not None and last.festival == name and last.last + timedelta(days=1) == day:
            spans[-1] = OffSpan(name, last.first, day)
        else:
            spans.append(OffSpan(name, day, day))
    worked = tuple(sorted(table.working_weekends)) if table else ()
    return YearRow(year, table, calendar.working_days_in(year), tuple(spans), worked)
