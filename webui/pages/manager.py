"""The manager's pages (管理者): the morning page, the department table, and the list behind every number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct
from yarl import URL

from minxin.consult.alike_records import HotIssue
from minxin.consult.board import Tile
from minxin.consult.deadlines import Light, day_begins, light_at, local_day
from minxin.consult.formulas import FormulaId, formulas
from minxin.consult.openings import Item, Part
from minxin.consult.periods import Period
from minxin.consult.records import Letter
from minxin.consult.statistics import Trend
from minxin.consult.table import Table
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.webui.charts import CONTENT_SECURITY_POLICY, Picture, draw
from minxin.webui.context import language, services, visitor
from minxin.webui.exports import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from minxin.webui.guards import require_role
from minxin.webui.i18n import translations
from minxin.webui.offices import office_names
from minxin.webui.rendering import fresh_part, page
from minxin.webui.views.figures import (
    ALL_OFFICES,
    figure_row,
    figure_rows,
    opening,
    part_names,
    reason_text,
    row_named,
    sheets,
)
from minxin.webui.views.periods import ChosenPeriod, chosen_period

BOARD_PATH: Final = "/manage"
FIGURE_PATH: Final = "/manage/figure"
LETTERS_PATH: Final = "/manage/letters"
OWN_PATH: Final = "/office/figures"
OWN_FIGURE_PATH: Final = "/office/figures/figure"
CENTRE: Final = (Role.MANAGER, Role.CLERK)
OFFICE: Final = (Role.SIGNER, Role.REVIEWER, Role.HANDLER)
LIST_SIZE: Final = 25
MOST_ALARMS: Final = 3
RECEIVED: Final = "received"
E = TypeVar("E", bound=StrEnum)


class ItemRow(Struct, frozen=True):
    """One line of a list behind a number."""

    item: Item
    letter: Letter | None
    office: str
    light: Light | None
    reason: str

    @property
    def last_day(self) -> date | None:
        """Return the last day of a limit of days; None for a limit of hours, which ends within a day."""
        due = self.item.due
        if due is None or due != day_begins(local_day(due)):
            return None
        return local_day(due - timedelta(days=1))


async def show_board(request: web.Request) -> web.Response:
    """Show the morning page."""
    actor = require_role(request, *CENTRE)
    chosen = _chosen(request)
    statistics = services(request).statistics
    now, table, trend, names = await asyncio.gather(
        statistics.now(actor),
        statistics.table(actor, chosen.period),
        statistics.trend(actor, chosen.period),
        office_names(request),
    )

    async def context() -> dict[str, object]:
        return {
            "now": now,
            "today": local_day(now.as_of),
            "trend": trend,
            "received": sum(day.received for day in trend.days),
            **_table_context(request, chosen, table, names, BOARD_PATH, FIGURE_PATH),
        }

    morning = await fresh_part(
        request,
        "manager/morning.html",
        (now.as_of, table.as_of, trend.as_of, chosen.as_typed, tuple(names.values())),
        context,
    )
    raised = await services(request).hot_issues.alarms(actor)
    key = tuple((issue.id, issue.version) for issue in raised)
    alarms = await fresh_part(request, "manager/alarms_part.html", key, partial(_alarms, raised))
    return page(request, "manager/board.html", status=_status(chosen), morning=morning, alarms=alarms)


async def _alarms(raised: Sequence[HotIssue]) -> dict[str, Any]:
    return {"shown": raised[:MOST_ALARMS], "more": max(0, len(raised) - MOST_ALARMS)}


async def show_own(request: web.Request) -> web.Response:
    """Show an office its own row and nothing of the others."""
    actor = require_role(request, *OFFICE)
    chosen = _chosen(request)
    table = await services(request).statistics.own_table(actor, chosen.period)
    names = await office_names(request)
    context = _table_context(request, chosen, table, names, OWN_PATH, OWN_FIGURE_PATH)
    return page(request, "manager/own.html", status=_status(chosen), **context)


async def show_figure(request: web.Request) -> web.Response:
    """Show the letters behind a figure."""
    actor = require_role(request, *CENTRE)
    chosen = _chosen(request)
    table = await services(request).statistics.table(actor, chosen.period)
    return await _figure(request, chosen, table, request.query.get("office", ALL_OFFICES), BOARD_PATH)


async def show_own_figure(request: web.Request) -> web.Response:
    """Show an office the letters behind its own figure."""
    actor = require_role(request, *OFFICE)
    chosen = _chosen(request)
    table = await services(request).statistics.own_table(actor, chosen.period)
    return await _figure(request, chosen, table, actor.office_id or ALL_OFFICES, OWN_PATH)


async def show_letters(request: web.Request) -> web.Response:
    """Show the letters behind a tile."""
    actor = require_role(request, *CENTRE)
    chosen = _chosen(request)
    tile = request.query.get("tile", Tile.OPEN.value)

    async def opened() -> dict[str, object]:
        found, total = await _tile_page(request, actor, tile, chosen.period)
        return {"tile": tile, "chosen": chosen, **await _list_context(request, found, total)}

    part = await fresh_part(request, "manager/letters_part.html", _list_key(request, actor), opened)
    return page(request, "manager/letters.html", tile=tile, opened=part)


async def show_trend(request: web.Request) -> web.Response:
    """Answer with a picture of the trend."""
    actor = require_role(request, *CENTRE)
    picture = _one_of(Picture, request.query.get("picture", Picture.FLOW.value))
    trend = await services(request).statistics.trend(actor, _chosen(request).period)
    _ = translations(language(request)).gettext
    titles = {Picture.FLOW: _("Received and answered by day"), Picture.OPEN: _("Open at the end of each day")}
    legends = {Picture.FLOW: (_("Letters received"), _("Answered")), Picture.OPEN: (_("Open"),)}
    body = await asyncio.to_thread(
        draw, picture, trend.days, titles[picture], describe(trend, _("%(first)s to %(last)s")), legends[picture]
    )
    return web.Response(
        body=body, content_type="image/svg+xml", headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    )


async def export_csv(request: web.Request) -> web.Response:
    """Answer with the table as CSV."""
    table, names = await _export(request)
    rows = sheets(table, names, language(request))[0].rows
    return _file(as_csv(rows), CSV_TYPE, table.period, "csv")


async def export_xlsx(request: web.Request) -> web.Response:
    """Answer with the table and its formulas as a workbook."""
    table, names = await _export(request)
    body = await asyncio.to_thread(as_xlsx, sheets(table, names, language(request)))
    return _file(body, XLSX_TYPE, table.period, "xlsx")


def describe(trend: Trend, words: str) -> str:
    """Return the span of the days in words."""
    if not trend.days:
        return ""
    return words % {"first": trend.days[0].day.isoformat(), "last": trend.days[-1].day.isoformat()}


def _chosen(request: web.Request) -> ChosenPeriod:
    return chosen_period(request.query, _today(request))


def _today(request: web.Request) -> date:
    return local_day(services(request).clock.now())


def _status(chosen: ChosenPeriod) -> int:
    return chosen.form.errors[0].http_status if chosen.form.errors else web.HTTPOk.status_code


def _table_context(
    request: web.Request, chosen: ChosenPeriod, table: Table, names: Mapping[str, str], here: str, opens: str
) -> dict[str, object]:
    return {
        "chosen": chosen,
        "here": here,
        "table": table,
        "rows": figure_rows(table, names, language(request), opening(opens, chosen.query)),
        "formulas": formulas().values(),
        "query": urlencode(chosen.query),
    }


async def _figure(request: web.Request, chosen: ChosenPeriod, table: Table, office: str, back: str) -> web.Response:
    formula = formulas()[_one_of(FormulaId, request.query.get("formula", ""))]
    part = _one_of(Part, request.query.get("part", Part.MET.value))
    row = row_named(table, office)
    if row is None:
        raise NotFoundError

    async def opened() -> dict[str, object]:
        statistics = services(request).statistics
        items, total = await statistics.figure_items(table, row, formula.id, part, _page_request(request))
        names = await office_names(request)
        shown = figure_row(row, names, language(request), opening(request.path, chosen.query))
        return {
            "chosen": chosen,
            "table": table,
            "formula": formula,
            "cell": next(cell for cell in shown.cells if cell.formula is formula.id),
            "office": shown.name,
            "part": part,
            "parts_of": part_names(language(request)),
            "back": f"{back}?{urlencode(chosen.query)}",
            **await _list_context(request, items, total),
        }

    key = (*_list_key(request, visitor(request).actor), table.as_of)
    found = await fresh_part(request, "manager/figure_part.html", key, opened)
    return page(request, "manager/figure.html", formula=formula, opened=found)


def _list_key(request: web.Request, actor: Actor) -> tuple[Actor, URL, int]:
    return actor, request.rel_url, services(request).lists.letters_generation()


async def _list_context(request: web.Request, found: Page[Item], total: int) -> dict[str, object]:
    return {
        "total": total,
        "rows": await _rows(request, found),
        "next_cursor": found.next,
        "url": request.rel_url,
    }


async def _tile_page(request: web.Request, actor: Actor, tile: str, period: Period) -> tuple[Page[Item], int]:
    statistics = services(request).statistics
    if tile == RECEIVED:
        return await statistics.received(actor, period, _page_request(request))
    return await statistics.open_items(actor, _one_of(Tile, tile), _page_request(request))


async def _rows(request: web.Request, found: Page[Item]) -> list[ItemRow]:
    letters = await services(request).statistics.letters([item.letter_id for item in found.items])
    names = await office_names(request)
    now = services(request).clock.now()
    return [
        ItemRow(
            item,
            letters.get(item.letter_id),
            names.get(item.office_id or "", item.office_id or ""),
            None if item.state is None or item.done_at is not None else light_at(item.due, item.amber_from, now),
            reason_text(item.reason, language(request)) if item.reason else "",
        )
        for item in found.items
    ]


async def _export(request: web.Request) -> tuple[Table, Mapping[str, str]]:
    chosen = _chosen(request)
    if request.path.startswith(OWN_PATH):
        table = await services(request).statistics.own_table(require_role(request, *OFFICE), chosen.period)
    else:
        table = await services(request).statistics.table(require_role(request, *CENTRE), chosen.period)
    return table, await office_names(request)


def _file(body: bytes, content_type: str, period: Period, ending: str) -> web.Response:
    name = f"minxin-{period.first.isoformat()}-{period.last.isoformat()}.{ending}"
    headers = {"Content-Type": content_type, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, headers=headers)


def _page_request(request: web.Request) -> PageRequest:
    return PageRequest(request.query.get("after"), LIST_SIZE)


def _one_of(kind: type[E], value: str) -> E:
    try:
        return kind(value)
    except ValueError as error:
        raise NotFoundError from error


def routes() -> list[web.RouteDef]:
    """Return the routes of the manager's pages and of an office's own figures."""
    return [
        web.get(BOARD_PATH, show_board),
        web.get(FIGURE_PATH, show_figure),
        web.get(LETTERS_PATH, show_letters),
        web.get("/manage/trend.svg", show_trend),
        web.get("/manage/export.csv", export_csv),
        web.get("/manage/export.xlsx", export_xlsx),
        web.get(OWN_PATH, show_own),
        web.get(OWN_FIGURE_PATH, show_own_figure),
        web.get(OWN_PATH + "/export.csv", export_csv),
        web.get(OWN_PATH + "/export.xlsx", export_xlsx),
    ]
