"""Keys for programs (应用密钥): made with the password, shown once, ended by a button."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.keys import LIVES, NAME_MAX, is_alive
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, refused_page, see_other

PAGE: Final = "account/keys.html"
NEW_PAGE: Final = "account/key.html"
READS, WRITES = "read", "write"


async def show(request: web.Request) -> web.Response:
    """Show the account's keys, and the form for a new one."""
    return page(request, PAGE, form=Form.of(days=str(LIVES[0]), scope=READS), **await _context(request))


async def create(request: web.Request) -> web.Response:
    """Make a key and show it, in this answer and never again."""
    account, _ = require_account(request)
    form = form_of(request)
    days = form.text("days")
    try:
        new = await services(request).accounts.keys.create(
            visitor(request).actor,
            account.id,
            name=form.text("name"),
            writes=form.text("scope") == WRITES,
            days=int(days) if days in {str(life) for life in LIVES} else 0,
            password=form.text("password"),
            origin=origin(request),
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, PAGE, form, error, **await _context(request))
    return page(request, NEW_PAGE, key=new.key, record=new.record)


async def revoke(request: web.Request) -> web.Response:
    """End a key."""
    require_account(request)
    keys = services(request).accounts.keys
    await keys.revoke(visitor(request).actor, request.match_info["id"], origin=origin(request))
    return see_other(request, "/account/keys", "notice.key_revoked")


async def _context(request: web.Request) -> dict[str, Any]:
    account, _ = require_account(request)
    door = services(request)
    keys = await door.accounts.keys.keys_of(visitor(request).actor, account.id)
    now = door.clock.now()
    return {"keys": [(one, is_alive(one, now)) for one in keys], "lives": LIVES, "name_max": NAME_MAX}


def routes() -> list[web.RouteDef]:
    """Return the routes of keys."""
    return [
        web.get("/account/keys", show),
        web.post("/account/keys", create),
        web.post("/account/keys/{id}/revoke", revoke),
    ]
