"""Passwords: changed by who knows the old one, set anew by who holds the phone."""

from __future__ import annotations

from aiohttp import web

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.phonecodes import CodePurpose
from minxin.webui import csrf
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.log_in_cookie import device_of, give_session
from minxin.webui.rendering import page, refused_page, see_other

CHANGE_PAGE = "account/password_change.html"
PHONE_PAGE = "account/password_phone.html"
RESET_PAGE = "account/password_reset.html"


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a new password."""
    require_account(request)
    return page(request, CHANGE_PAGE, form=Form())


async def change(request: web.Request) -> web.Response:
    """Set the new password; every other log-in of the account ends."""
    account, _ = require_account(request)
    form = form_of(request)
    try:
        ticket = await services(request).accounts.credentials.change_password(
            account.id, form.text("old_password"), form.text("new_password"), origin(request), device_of(request)
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, CHANGE_PAGE, form, error)
    response = see_other(request, "/account", "notice.password_changed")
    give_session(request, response, ticket)
    return response


async def ask_phone(request: web.Request) -> web.Response:
    """Show the form that asks for a code."""
    return page(request, PHONE_PAGE, form=Form())


async def send_code(request: web.Request) -> web.Response:
    """Send a code to the phone; the page is the same for a number without an account."""
    form = form_of(request)
    try:
        await services(request).accounts.applications.request_phone_code(
            CodePurpose.RESET_PASSWORD,
            form.text("phone"),
            origin(request),
            language=language(request),
            binding=csrf.binding(request),
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, PHONE_PAGE, form, error)
    return page(request, RESET_PAGE, form=form)


async def reset(request: web.Request) -> web.Response:
    """Set the new password; every log-in of the account ends."""
    form = form_of(request)
    try:
        await services(request).accounts.credentials.reset_password(
            form.text("phone"),
            form.text("code"),
            form.text("new_password"),
            origin(request),
            binding=csrf.binding(request),
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, RESET_PAGE, form, error)
    return see_other(request, "/login", "notice.password_changed")


def routes() -> list[web.RouteDef]:
    """Return the routes of passwords."""
    return [
        web.get("/account/password", show_change),
        web.post("/account/password", change),
        web.get("/password", ask_phone),
        web.post("/password/code", send_code),
        web.post("/password", reset),
    ]
