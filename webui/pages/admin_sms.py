"""What became of short messages (短信发送情况): how many went where, what failed and why, and sending it again."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/sms"
LIST_SIZE: Final = 30


async def show(request: web.Request) -> web.Response:
    """Show the figures and the messages that failed, without phone or words."""
    actor = require_role(request, Role.ADMINISTRATOR)
    desk = services(request).sms_desk
    counts, failed = await asyncio.gather(
        desk.counts(actor), desk.failed(actor, PageRequest(request.query.get("after"), LIST_SIZE))
    )
    return page(request, "admin/sms.html", counts=counts, failed=failed.items, next_cursor=failed.next)


async def send_again(request: web.Request) -> web.Response:
    """Put a message that failed into the outbox again."""
    actor = require_role(request, Role.ADMINISTRATOR)
    await services(request).sms_desk.send_again(actor, request.match_info["id"], origin(request))
    return see_other(request, PATH, "notice.sms_again")


def routes() -> list[web.RouteDef]:
    """Return the routes of short messages."""
    return [web.get(PATH, show), web.post(PATH + "/{id}/again", send_again)]
