"""The account holder's own page: his data masked, who looked at them, his language, and the way out."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from minxin.core.errors import IllegalMoveError, InvalidInputError, TooManyTriesError
from minxin.webui import cookies
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.i18n import Language
from minxin.webui.offices import office_names
from minxin.webui.rendering import page, refused_page, see_other

ACCOUNT_PAGE = "account/account.html"
CLOSE_PAGE = "account/close.html"
REMEMBERED = timedelta(days=365)


async def show(request: web.Request) -> web.Response:
    """Show the account."""
    account, _ = require_account(request)
    accounts, actor = services(request).accounts, visitor(request).actor
    own = await services(request).boxes.own(actor) if actor.roles else None
    return page(
        request,
        ACCOUNT_PAGE,
        form=Form.of(language=account.language),
        account=account,
        person=await accounts.people.masked(account.id),
        reveals=await accounts.people.reveals_of(account.id),
        offices=await office_names(request),
        mailbox=own.address if own is not None else "",
    )


async def set_language(request: web.Request) -> web.Response:
    """Set the language of the pages here, and of mail and SMS to the account holder."""
    account, _ = require_account(request)
    chosen = form_of(request).text("language")
    await services(request).accounts.own.set_language(account.id, chosen, origin(request))
    response = see_other(request, "/account", "notice.language_set")
    cookies.set_cookie(request, response, cookies.LANGUAGE, Language(chosen), REMEMBERED)
    return response


async def show_close(request: web.Request) -> web.Response:
    """Say what closing the account means, and ask for the password."""
    require_account(request)
    return page(request, CLOSE_PAGE, form=Form(), kept=services(request).chat.room.rules)


async def close(request: web.Request) -> web.Response:
    """Close the account at its holder's wish."""
    account, _ = require_account(request)
    form = form_of(request)
    try:
        await services(request).accounts.credentials.close(account.id, form.text("password"), origin(request))
    except (InvalidInputError, TooManyTriesError, IllegalMoveError) as error:
        return refused_page(request, CLOSE_PAGE, form, error, kept=services(request).chat.room.rules)
    response = see_other(request, "/login", "notice.account_closed")
    cookies.drop_cookie(request, response, cookies.SESSION)
    return response


def routes() -> list[web.RouteDef]:
    """Return the routes of the account page."""
    return [
        web.get("/account", show),
        web.post("/account/language", set_language),
        web.get("/account/close", show_close),
        web.post("/account/close", close),
    ]
