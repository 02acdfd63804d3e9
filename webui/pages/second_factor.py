"""An authenticator app as the second factor: offered, then confirmed with its code."""

from __future__ import annotations

from aiohttp import web

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, refused_page, see_other

PAGE = "account/second_factor.html"


async def offer(request: web.Request) -> web.Response:
    """Show a new secret; nothing is kept of it until its code was given."""
    account, _ = require_account(request)
    offered = await services(request).accounts.credentials.offer_totp(account.id)
    return page(request, PAGE, form=Form.of(sealed=offered.sealed, secret=offered.secret))


async def confirm(request: web.Request) -> web.Response:
    """Bind the app."""
    account, _ = require_account(request)
    form = form_of(request)
    try:
        await services(request).accounts.credentials.confirm_totp(
            account.id, form.text("password"), form.text("sealed"), form.text("code"), origin(request)
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, PAGE, form, error)
    return see_other(request, "/account", "notice.second_factor_set")


def routes() -> list[web.RouteDef]:
    """Return the routes of the second factor."""
    return [web.get("/account/second-factor", offer), web.post("/account/second-factor", confirm)]
