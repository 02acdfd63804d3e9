"""The figures (统计) as numbers: by period and office, with what they were counted from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.board import Tile
from minxin.consult.deadlines import local_day
from minxin.consult.figures import Figure, Figures, Reason
from minxin.consult.formulas import FormulaId, Unit, formulas
from minxin.consult.openings import Item
from minxin.consult.periods import Period, month_before, month_of, period_between, quarter_of
from minxin.consult.records import OrderState
from minxin.consult.table import Table
from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.webui.api.operations import N_, AnyOperation, Call, Nothing, Shown, reads
from minxin.webui.api.sent import FigureQuery, PageQuery, PeriodQuery
from minxin.webui.context import language
from minxin.webui.i18n import Language
from minxin.webui.offices import office_names
from minxin.webui.views.figures import row_named

TAG: Final = "statistics"
CENTRE: Final = (Role.MANAGER, Role.CLERK)


class FigureShown(Shown, frozen=True):
    """One figure. `value` is a rate from 0 to 1, or the median of office hours (`mean` is only there for hours); null
    without a denominator. `raw` is the value before anything was left out. `apart` counts those of the numerator that
    are only there by an approved extension. `small` says that fewer than ten items stand behind it. `version` is that
    of the formula.
    """

    formula: FormulaId
    version: int
    name: str
    unit: Unit
    value: float | None
    raw: float | None
    mean: float | None
    numerator: int
    denominator: int
    excluded: dict[Reason, int]
    apart: int
    small: bool


class OfficeRow(Shown, frozen=True):
    """The figures of an office; `office_id` is null for what no office has yet."""

    office_id: str | None
    office: str
    figures: list[FigureShown]


class StatisticsShown(Shown, frozen=True):
    """The figures of a period. `total` is null in an office's own table. `provisional` says that the period still runs.
    Sealed letters are in none of them.
    """

    first: date
    last: date
    as_of: datetime
    provisional: bool
    total: list[FigureShown] | None
    offices: list[OfficeRow]


class ItemShown(Shown, frozen=True):
    """One work order, or one office's turn at it, behind a number; what does not apply is null."""

    item_id: str
    letter_id: str
    number: str
    office_id: str | None
    office: str
    due: datetime | None
    done_at: datetime | None
    received_at: datetime | None
    state: OrderState | None
    excluded: Reason | None
    met: bool | None


class ItemPage(Shown, frozen=True):
    """A page of what stands behind a number, the earliest limit first; `total` is the number itself."""

    items: list[ItemShown]
    total: int
    next: str | None


class DayAheadShown(Shown, frozen=True):
    """How many limits end on a day."""

    day: date
    working: bool
    count: int


class BoardShown(Shown, frozen=True):
    """What is open now, by tile (晨间看板), what came in today, and the working days ahead."""

    as_of: datetime
    received_today: int
    tiles: dict[Tile, int]
    ahead: list[DayAheadShown]


class TrendDayShown(Shown, frozen=True):
    """One day: letters received, work orders answered and cancelled, and what was open at its end."""

    day: date
    received: int
    answered: int
    cancelled: int
    open: int


class TrendShown(Shown, frozen=True):
    """The days of a period (走势)."""

    first: date
    last: date
    as_of: datetime
    days: list[TrendDayShown]


async def table(call: Call[Nothing, PeriodQuery]) -> StatisticsShown:
    """Return the figures: of all offices to the centre, of the own office to its people."""
    found = await _table(call, _period(call.query, local_day(call.now)))
    names = await office_names(call.request)
    tongue = language(call.request)
    return StatisticsShown(
        first=found.period.first,
        last=found.period.last,
        as_of=found.as_of,
        provisional=found.provisional,
        total=None if found.of_one_office else _figures(found.total.figures, tongue),
        offices=[
            OfficeRow(
                office_id=row.office_id,
                office=names.get(row.office_id or "", ""),
                figures=_figures(row.figures, tongue),
            )
            for row in found.offices
        ],
    )


async def figure(call: Call[Nothing, FigureQuery]) -> ItemPage:
    """Return what stands behind a part of a figure."""
    try:
        formula = FormulaId(call.part("formula"))
    except ValueError as error:
        raise NotFoundError from error
    found = await _table(call, _period(call.query, local_day(call.now)))
    key = call.query.office or (call.actor.office_id or "" if found.of_one_office else "")
    row = row_named(found, key)
    if row is None:
        raise NotFoundError
    page = PageRequest(call.query.after, call.query.size)
    items, total = await call.services.statistics.figure_items(found, row, formula, call.query.part, page)
    return await _page(call, items, total)


async def board(call: Call[Nothing, Nothing]) -> BoardShown:
    """Return what is open now."""
    now = await call.services.statistics.now(call.actor)
    return BoardShown(
        as_of=now.as_of,
        received_today=now.received_today,
        tiles=now.board.tiles,
        ahead=[DayAheadShown(day=one.day, working=one.working, count=one.count) for one in now.board.ahead],
    )


async def tile(call: Call[Nothing, PageQuery]) -> ItemPage:
    """Return what stands behind a tile."""
    try:
        name = Tile(call.part("tile"))
    except ValueError as error:
        raise NotFoundError from error
    page = PageRequest(call.query.after, call.query.size)
    found, total = await call.services.statistics.open_items(call.actor, name, page)
    return await _page(call, found, total)


async def trend(call: Call[Nothing, PeriodQuery]) -> TrendShown:
    """Return the days of the period."""
    found = await call.services.statistics.trend(call.actor, _period(call.query, local_day(call.now)))
    days = [
        TrendDayShown(day=one.day, received=one.received, answered=one.answered, cancelled=one.cancelled, open=one.open)
        for one in found.days
    ]
    return TrendShown(first=found.period.first, last=found.period.last, as_of=found.as_of, days=days)


async def _table(call: Call[Nothing, PeriodQuery] | Call[Nothing, FigureQuery], period: Period) -> Table:
    statistics = call.services.statistics
    if call.actor.is_a(*CENTRE):
        return await statistics.table(call.actor, period)
    return await statistics.own_table(call.actor, period)


def _period(query: PeriodQuery, today: date) -> Period:
    if query.period == "last_month":
        return month_before(month_of(today))
    if query.period == "quarter":
        return quarter_of(today)
    if query.period == "month":
        return month_of(today)
    for field, day in (("from", query.first), ("to", query.last)):
        if day is None:
            raise InvalidInputError("period.day", field=field)
    if query.first is None or query.last is None:
        raise InvalidInputError("period.day", field="from")
    return period_between(query.first, query.last)


def _figures(figures: Figures, tongue: Language) -> list[FigureShown]:
    return [_figure(one, tongue) for one in figures.values()]


def _figure(one: Figure, tongue: Language) -> FigureShown:
    formula = formulas()[one.formula]
    return FigureShown(
        formula=one.formula,
        version=formula.version,
        name=formula.name(tongue),
        unit=formula.unit,
        value=one.value,
        raw=one.raw,
        mean=one.mean,
        numerator=one.numerator,
        denominator=one.denominator,
        excluded=one.excluded,
        apart=one.apart,
        small=one.small,
    )


async def _page(call: Call[Nothing, FigureQuery] | Call[Nothing, PageQuery], found: Page[Item], total: int) -> ItemPage:
    letters = await call.services.statistics.letters([item.letter_id for item in found.items])
    names = await office_names(call.request)
    items = [_item(item, letters[item.letter_id].number, names) for item in found.items if item.letter_id in letters]
    return ItemPage(items=items, total=total, next=found.next)


def _item(item: Item, number: str, names: Mapping[str, str]) -> ItemShown:
    return ItemShown(
        item_id=item.item_id,
        letter_id=item.letter_id,
        number=number,
        office_id=item.office_id,
        office=names.get(item.office_id or "", ""),
        due=item.due,
        done_at=item.done_at,
        received_at=item.received_at,
        state=item.state,
        excluded=item.reason,
        met=item.met,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "getStatistics",
        "/statistics",
        TAG,
        N_("Get the figures by period and office"),
        table,
        PeriodQuery,
        StatisticsShown,
        description="All offices to clerks and managers; the own office to its people.",
        roles=(*CENTRE, *OFFICE_ROLES),
    ),
    reads(
        "getFigureItems",
        "/statistics/figures/{formula}",
        TAG,
        N_("List what stands behind a figure"),
        figure,
        FigureQuery,
        ItemPage,
        roles=(*CENTRE, *OFFICE_ROLES),
    ),
    reads("getBoard", "/statistics/now", TAG, N_("See what is open now"), board, Nothing, BoardShown, roles=CENTRE),
    reads(
        "getTileItems",
        "/statistics/now/{tile}",
        TAG,
        N_("List what stands behind a tile"),
        tile,
        PageQuery,
        ItemPage,
        roles=CENTRE,
    ),
    reads(
        "getTrend",
        "/statistics/trend",
        TAG,
        N_("Get received, answered and open by day"),
        trend,
        PeriodQuery,
        TrendShown,
        roles=CENTRE,
    ),
)
