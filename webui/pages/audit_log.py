"""The auditor's page (审计日志): the log newest first, of one actor when asked, to be read and downloaded only."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.audit import SealedAudit
from minxin.core.errors import DamagedError
from minxin.core.operations import AuditLog, ChainState
from minxin.core.paging import PageRequest
from minxin.webui.context import language, origin, services
from minxin.webui.exports import BYTE_ORDER_MARK, CSV_TYPE, csv_lines
from minxin.webui.forms import Form
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.rendering import fresh_part, page
from minxin.webui.views.audit import HEADINGS, OK, action_name, actors_of, csv_row

AUDIT_PATH: Final = "/audit"
CSV_PATH: Final = "/audit/export.csv"
LIST_SIZE: Final = 50
LONGEST_ID: Final = 200


async def show_log(request: web.Request) -> web.Response:
    """Show a page of the log and where its chains stand; an entry that can't be read is named, not hidden."""
    actor = require_role(request, Role.AUDITOR)
    chain = await _read_chain(request)
    key = (actor, request.rel_url, chain.audit if chain else None, chain.unsealed if chain else None)
    opened = await fresh_part(request, "admin/audit_part.html", key, lambda: _opened(request, chain))
    return page(request, "admin/audit.html", opened=opened)


async def _opened(request: web.Request, chain: ChainState | None) -> dict[str, Any]:
    of = _of(request)
    found: AuditLog | DamagedError = await _read_log(request, of)
    items: list[SealedAudit] = [] if isinstance(found, DamagedError) else found.items
    words = language(request)
    return {
        "form": Form.of(actor=of or ""),
        "found": None if isinstance(found, DamagedError) else found,
        "damage": found.params if isinstance(found, DamagedError) else None,
        "actors": await actors_of(items, services(request).accounts.people.actor_of),
        "offices": await office_names(request),
        "chain": chain,
        "action_name": lambda action: action_name(action, words),
        "ok": OK,
        "query": urlencode({"actor": of}) if of else "",
        "url": request.rel_url,
    }


async def download(request: web.Request) -> web.StreamResponse:
    """Send the log as CSV, piece by piece, however long it is."""
    actor = require_role(request, Role.AUDITOR)
    day = services(request).clock.now().date().isoformat()
    response = web.StreamResponse(
        headers={"Content-Type": CSV_TYPE, "Content-Disposition": f'attachment; filename="minxin-audit-{day}.csv"'}
    )
    try:
        async for batch in services(request).operations.download(actor, origin(request), _of(request)):
            if not response.prepared:
                await response.prepare(request)
                await response.write(BYTE_ORDER_MARK.encode() + csv_lines([HEADINGS]))
            await response.write(csv_lines([csv_row(sealed) for sealed in batch]))
    except BaseException:
        # A file that breaks off must not look whole.
        if response.prepared and request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


async def _read_log(request: web.Request, of: str | None) -> AuditLog | DamagedError:
    actor = require_role(request, Role.AUDITOR)
    try:
        return await services(request).operations.audit_log(
            actor, PageRequest(request.query.get("after"), LIST_SIZE), of
        )
    except DamagedError as error:
        return error


async def _read_chain(request: web.Request) -> ChainState | None:
    try:
        return await services(request).operations.chain_state(require_role(request, Role.AUDITOR))
    except DamagedError:
        return None


def _of(request: web.Request) -> str | None:
    return request.query.get("actor", "").strip()[:LONGEST_ID] or None


def routes() -> list[web.RouteDef]:
    """Return the routes of the audit log: none of them changes anything."""
    return [web.get(AUDIT_PATH, show_log), web.get(CSV_PATH, download)]
