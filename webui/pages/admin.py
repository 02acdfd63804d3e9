"""The administrator's first page (系统管理): work that waits or failed, the last text messages, the settings."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

ADMIN_PATH: Final = "/admin"
LIST_SIZE: Final = 20
MESSAGES: Final = 20


async def show_overview(request: web.Request) -> web.Response:
    """Show what waits, what failed, and the last text messages without phone or code."""
    actor = require_role(request, Role.ADMINISTRATOR)
    operations = services(request).operations
    waiting, held, messages = await asyncio.gather(
        operations.waiting(actor),
        operations.quarantined(actor, PageRequest(request.query.get("after"), LIST_SIZE)),
        services(request).text_messages(MESSAGES),
    )
    return page(
        request, "admin/overview.html", waiting=waiting, held=held.items, next_cursor=held.next, messages=messages
    )


async def release(request: web.Request) -> web.Response:
    """Let quarantined work run again."""
    actor = require_role(request, Role.ADMINISTRATOR)
    queue, entry_id = request.match_info["queue"], request.match_info["id"]
    await services(request).operations.release(actor, queue, entry_id, origin(request))
    return see_other(request, ADMIN_PATH, "notice.work_released")


async def show_settings(request: web.Request) -> web.Response:
    """Show how this installation is set, secrets masked."""
    require_role(request, Role.ADMINISTRATOR)
    return page(
        request,
        "admin/settings.html",
        installation=services(request).installation,
        pack=services(request).limits.pack,
        offices=len(await services(request).offices()),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the administrator's first page and of the settings."""
    return [
        web.get(ADMIN_PATH, show_overview),
        web.post(ADMIN_PATH + "/work/{queue}/{id}/release", release),
        web.get(ADMIN_PATH + "/settings", show_settings),
    ]
