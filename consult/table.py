"""The department table (各单位办理指标) of a period."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.consult.figures import OfficeFigures, by_office, figures_of
from minxin.consult.periods import Period
from minxin.consult.traits import FigureSums


class Table(Struct, frozen=True):
    """The department table of a period as of an instant. A table of one office has that office's row only."""

    period: Period
    as_of: datetime
    total: OfficeFigures
    offices: tuple[OfficeFigures, ...]
    of_one_office: bool = False

    @property
    def provisional(self) -> bool:
        """Say whether the period still runs, so that limits in it are still ahead."""
        return self.as_of < self.period.end

    def row(self, office_id: str | None) -> OfficeFigures | None:
        """Return the row of an office (None: of what no office has yet)."""
        return next((row for row in self.offices if row.office_id == office_id), None)


def table_of(period: Period, sums: FigureSums, now: datetime, *, of_one_office: bool = False) -> Table:
    """Return the department table of these sums, which are of ``now``."""
    total = OfficeFigures(None, figures_of(sums), of_all=True)
    return Table(period, now, total, by_office(sums), of_one_office)
