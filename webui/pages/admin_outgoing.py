"""Mail that leaves the house (外发邮件): how much waits, what failed and why, and trying at once."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.paging import PageRequest
from minxin.mailbox.outgoing.records import OutgoingState
from minxin.webui.context import origin, services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other
from minxin.webui.views.deliveries import delivery_views, masked

PATH: Final = "/admin/outgoing"
LIST_SIZE: Final = 30
SHOWN: Final = (OutgoingState.WAITING, OutgoingState.FAILED)


async def show(request: web.Request) -> web.Response:
    """Show the figures, and what waits or failed: to whom and why, never what is in it."""
    actor = require_role(request, Role.ADMINISTRATOR)
    queue, wanted = services(request).outgoing, request.query.get("state")
    state = next((one for one in SHOWN if one.value == wanted), OutgoingState.WAITING)
    figures, listed = await asyncio.gather(
        queue.figures(actor), queue.listed(actor, state, PageRequest(request.query.get("after"), LIST_SIZE))
    )
    return page(
        request,
        "admin/outgoing.html",
        counts={one.value: figures.counts.get(one, 0) for one in OutgoingState},
        oldest=figures.oldest,
        state=state.value,
        rows=masked(delivery_views(listed.items)),
        next_cursor=listed.next,
    )


async def try_again(request: web.Request) -> web.Response:
    """Let a mail that waits be tried at once."""
    actor = require_role(request, Role.ADMINISTRATOR)
    await services(request).outgoing.try_again(actor, request.match_info["id"], origin(request))
    return see_other(request, PATH, "notice.mail_again")


def routes() -> list[web.RouteDef]:
    """Return the routes of mail that leaves."""
    return [web.get(PATH, show), web.post(PATH + "/{id}/again", try_again)]
