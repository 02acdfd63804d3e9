"""Application passwords (专用密码) for mail programs: made with the password, shown once, ended by a button."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.apppasswords import NAME_MAX, is_alive
from minxin.mailbox.records import Scope
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, refused_page, see_other

PAGE: Final = "account/app_passwords.html"
NEW_PAGE: Final = "account/app_password.html"


async def show(request: web.Request) -> web.Response:
    """Show the account's passwords, and the form for a new one."""
    return page(request, PAGE, form=Form.of(imap="1", smtp="1"), **await _context(request))


async def create(request: web.Request) -> web.Response:
    """Make a password and show it, in this answer and never again."""
    account, _ = require_account(request)
    form = form_of(request)
    try:
        new = await services(request).accounts.app_passwords.create(
            account.id,
            name=form.text("name"),
            scopes=[scope for scope in Scope if form.flag(scope.value)],
            password=form.text("password"),
            origin=origin(request),
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, PAGE, form, error, **await _context(request))
    return page(request, NEW_PAGE, password=new.password, record=new.record, account=account)


async def revoke(request: web.Request) -> web.Response:
    """End a password."""
    require_account(request)
    passwords = services(request).accounts.app_passwords
    await passwords.revoke(visitor(request).actor, request.match_info["id"], origin=origin(request))
    return see_other(request, "/account/app-passwords", "notice.app_password_revoked")


async def _context(request: web.Request) -> dict[str, Any]:
    account, _ = require_account(request)
    passwords = await services(request).accounts.app_passwords.passwords_of(account.id)
    return {"passwords": [(one, is_alive(one)) for one in passwords], "name_max": NAME_MAX}


def routes() -> list[web.RouteDef]:
    """Return the routes of application passwords."""
    return [
        web.get("/account/app-passwords", show),
        web.post("/account/app-passwords", create),
        web.post("/account/app-passwords/{id}/revoke", revoke),
    ]
