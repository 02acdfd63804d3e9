"""Held mail (待确认邮件): what came to the mayor by mail and is no letter, for clerks to look at."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.records import HeldState
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.attachments import disposition
from minxin.webui.rendering import page, see_other

LIST_PAGE = "mail/held_list.html"
ONE_PAGE = "mail/held_one.html"
PATH = "/held-mail"
PAGE_SIZE = 20
SHOWN: Final = {"waiting": HeldState.WAITING, "unreadable": HeldState.UNREADABLE}
_SANDBOX: Final = "default-src 'none'; sandbox"


async def show_list(request: web.Request) -> web.Response:
    """Show held mail, oldest first: what waits for its sender, or what nobody could read."""
    actor = require_role(request, Role.CLERK)
    state = SHOWN.get(request.query.get("state", ""), HeldState.WAITING)
    wanted = PageRequest(request.query.get("after"), PAGE_SIZE)
    found = await services(request).held_mails.list(actor, state, wanted)
    return page(request, LIST_PAGE, mails=found.items, state=state, next_cursor=found.next)


async def show_one(request: web.Request) -> web.Response:
    """Show one mail's head, with its raw bytes to download."""
    require_role(request, Role.CLERK)
    return await _one(request, Form())


async def download(request: web.Request) -> web.Response:
    """Send the mail as it came over the wire, never to be shown by the browser (ASVS 5.4)."""
    actor = require_role(request, Role.CLERK)
    held_id = request.match_info["id"]
    raw = await services(request).held_mails.raw(actor, held_id, origin(request))
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": disposition(f"{held_id}.eml"),
        "Content-Security-Policy": _SANDBOX,
    }
    return web.Response(body=raw, headers=headers)


async def dismiss(request: web.Request) -> web.Response:
    """Mark the mail as dealt with, for a reason."""
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    try:
        await services(request).held_mails.dismiss(
            actor, request.match_info["id"], form.text("reason"), origin(request)
        )
    except InvalidInputError as error:
        return await _one(request, form.with_error(error), error.http_status)
    return see_other(request, PATH, "notice.mail_dismissed")


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.CLERK)
    held = await services(request).held_mails.one(actor, request.match_info["id"])
    return page(request, ONE_PAGE, status=status, held=held, form=form, open=held.state in SHOWN.values())


def routes() -> list[web.RouteDef]:
    """Return the routes of held mail."""
    one = PATH + "/{id}"
    return [
        web.get(PATH, show_list),
        web.get(one, show_one),
        web.get(one + "/raw", download),
        web.post(one + "/dismiss", dismiss),
    ]
