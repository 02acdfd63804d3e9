"""The period that a reader chose, from the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from minxin.consult.periods import Period, month_before, month_of, period_between, quarter_of
from minxin.core.errors import InvalidInputError
from minxin.webui.forms import Form

MONTH = "month"
LAST_MONTH = "last_month"
QUARTER = "quarter"
CUSTOM = "custom"
CHOICES = (MONTH, LAST_MONTH, QUARTER, CUSTOM)


class ChosenPeriod(Struct, frozen=True):
    """The period with the form that it was typed in; a wrong one falls back to this month, with the error beside it."""

    name: str
    period: Period
    form: Form

    @property
    def query(self) -> dict[str, str]:
        """Return what an address needs to mean the same days for ever."""
        return {"period": CUSTOM, "from": self.period.first.isoformat(), "to": self.period.last.isoformat()}

    @property
    def as_typed(self) -> tuple[str, Period, str, str]:
        """Return everything that the page shows of the choice, errors too, which follow from what was typed."""
        return self.name, self.period, self.form.text("from"), self.form.text("to")


def chosen_period(query: Mapping[str, str], today: date) -> ChosenPeriod:
    """Return the period that the query names: ``period`` is one of :data:`CHOICES`, else this month."""
    name = query.get("period", MONTH)
    month = month_of(today)
    if name == LAST_MONTH:
        return _chosen(name, month_before(month))
    if name == QUARTER:
        return _chosen(name, quarter_of(today))
    if name != CUSTOM:
        return _chosen(MONTH, month)
    try:
        return _chosen(CUSTOM, period_between(_day(query, "from"), _day(query, "to")))
    except InvalidInputError as error:
        typed = Form.of(**{"from": query.get("from", ""), "to": query.get("to", "")})
        return ChosenPeriod(CUSTOM, month, typed.with_error(error))


def _chosen(name: str, period: Period) -> ChosenPeriod:
    form = Form.of(**{"from": period.first.isoformat(), "to": period.last.isoformat()})
    return ChosenPeriod(name, period, form)


def _day(query: Mapping[str, str], field: str) -> date:
    try:
        return date.fromisoformat(query.get(field, ""))
    except ValueError as error:
        raise InvalidInputError("period.day", field=field) from error
