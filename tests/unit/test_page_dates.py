"""Dates on pages are written as Babel writes them, which is far slower."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from babel.dates import format_date, format_datetime

from minxin.core.clock import SHANGHAI
from minxin.webui.i18n import Language
from minxin.webui.templating import day_filter, instant_filter

PATTERNS = {
    Language.ZH: ("yyyy年M月d日", "yyyy年M月d日 HH:mm"),
    Language.EN: ("d MMM yyyy", "d MMM yyyy, HH:mm"),
}


@pytest.mark.parametrize("language", list(Language))
def test_every_day_of_a_year_is_written_as_babel_writes_it(language: Language) -> None:
    of_day, of_instant = PATTERNS[language]
    for number in range(366):
        at = datetime(2027, 12, 20, 0, 3, 59, tzinfo=SHANGHAI) + timedelta(days=number, minutes=number * 7)
        day = at.date()
        assert day_filter(language)(day) == _time(day, format_date(day, of_day, locale=language.locale))
        assert day_filter(language)(at) == day_filter(language)(day)
        written = format_datetime(at, of_instant, tzinfo=SHANGHAI, locale=language.locale)
        assert instant_filter(language)(at) == _time(at, written)


def _time(at: date | datetime, text: str) -> str:
    return f'<time datetime="{at.isoformat()}">{text}</time>'
