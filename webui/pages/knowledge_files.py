"""The knowledge base as files (知识库导入导出): CSV and XLSX out, and in again with every wrong row told."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from minxin.consult.knowledge.access import REVIEWING_ROLES, WRITING_ROLES
from minxin.consult.knowledge.importing import Imported
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.knowledge.sheets import Column, export_rows
from minxin.core.errors import InvalidInputError, MinxinError
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.core.tables import MOST_BYTES
from minxin.webui.context import language, origin, services
from minxin.webui.exports import CSV_TYPE, XLSX_TYPE, Sheet, as_csv, as_xlsx
from minxin.webui.forms import KIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.pages.knowledge import DESK_PATH, wanted_of
from minxin.webui.rendering import page

IMPORT_PATH: Final = DESK_PATH + "/import"
IMPORT_PAGE: Final = "knowledge/import.html"
IMPORT_LIMITS: Final = FormLimits(body_bytes=MOST_BYTES + 64 * KIB, files=1, file_bytes=MOST_BYTES)
FAULTS_SHOWN: Final = 200


async def show_import(request: web.Request) -> web.Response:
    """Show the form for a file."""
    require_role(request, *WRITING_ROLES)
    return _import_page(request, Form())


@form_limits(IMPORT_LIMITS)
async def take_file(request: web.Request) -> web.Response:
    """Take all rows of the file in, or none and tell what is wrong with which."""
    actor = require_role(request, *WRITING_ROLES)
    form = form_of(request)
    if form.errors or not form.files:
        missing = InvalidInputError("table.missing", field="file")
        return _import_page(request, form if form.errors else form.with_error(missing))
    door = services(request)
    publish = form.flag("publish") and actor.is_a(*REVIEWING_ROLES)
    try:
        rows = await door.read_table(form.files[0].data)
        done = await door.knowledge_import.take(actor, rows, publish=publish, origin=origin(request))
    except MinxinError as error:
        if error.field != "file":
            raise
        return _import_page(request, form.with_error(error))
    return _import_page(request, form, done)


async def export_csv(request: web.Request) -> web.Response:
    """Answer with the entries of the list as CSV."""
    return _file(request, as_csv(await _rows(request)), CSV_TYPE, "csv")


async def export_xlsx(request: web.Request) -> web.Response:
    """Answer with the entries of the list as a workbook."""
    rows = await _rows(request)
    return _file(request, await asyncio.to_thread(as_xlsx, [Sheet("knowledge", rows)]), XLSX_TYPE, "xlsx")


def _import_page(request: web.Request, form: Form, done: Imported | None = None) -> web.Response:
    wrong = bool(form.errors) or (done is not None and bool(done.faults))
    actor = require_role(request, *WRITING_ROLES)
    return page(
        request,
        IMPORT_PAGE,
        status=422 if wrong else 200,
        form=form,
        done=done,
        shown=FAULTS_SHOWN,
        columns=tuple(Column),
        may_publish=actor.is_a(*REVIEWING_ROLES),
    )


async def _rows(request: web.Request) -> list[tuple[str, ...]]:
    actor = require_role(request, *WRITING_ROLES)
    wanted, found = wanted_of(request), list[KnowledgeEntry]()
    after: str | None = None
    while True:
        part = await services(request).knowledge.entries(actor, wanted, PageRequest(after, MAX_PAGE))
        found += part.items
        after = part.next
        if after is None:
            break
    return list(export_rows(found, await office_names(request), language(request)))


def _file(request: web.Request, body: bytes, content_type: str, ending: str) -> web.Response:
    day = services(request).knowledge.today.isoformat()
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="minxin-knowledge-{day}.{ending}"',
    }
    return web.Response(body=body, headers=headers)


def routes() -> list[web.RouteDef]:
    """Return the routes of files."""
    return [
        web.get(IMPORT_PATH, show_import),
        web.post(IMPORT_PATH, take_file),
        web.get(DESK_PATH + "/export.csv", export_csv),
        web.get(DESK_PATH + "/export.xlsx", export_xlsx),
    ]
