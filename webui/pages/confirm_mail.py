"""Confirming one's mail (邮件确认): mail from an unknown address becomes the letter of whoever types its code.

The code comes and goes in the body of forms, never in an address, so it stands in no log and no history.
"""

from __future__ import annotations

from aiohttp import web

from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.mailbox.records import HeldMail
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

CODE_PAGE = "mail/code.html"
CONFIRM_PAGE = "mail/confirm.html"
PATH = "/confirm-mail"


async def show_form(request: web.Request) -> web.Response:
    """Ask for the code."""
    require_role(request, Role.CITIZEN)
    return page(request, CODE_PAGE, form=Form())


async def show_mail(request: web.Request) -> web.Response:
    """Show which mail the code names, to be confirmed."""
    actor = require_role(request, Role.CITIZEN)
    form = form_of(request)
    try:
        held = await _mail(request, actor, form.text("code"))
    except NotFoundError as error:
        return page(request, CODE_PAGE, status=422, form=form.with_error(error))
    return page(request, CONFIRM_PAGE, held=held, code=form.text("code"))


async def confirm(request: web.Request) -> web.Response:
    """Make the mail the citizen's letter."""
    actor = require_role(request, Role.CITIZEN)
    form = form_of(request)
    try:
        await _mail(request, actor, form.text("code"))
        await services(request).held_mails.confirm(actor, form.text("code"), origin(request))
    except NotFoundError as error:
        return page(request, CODE_PAGE, status=422, form=form.with_error(error))
    return see_other(request, "/letters", "notice.mail_confirmed")


async def _mail(request: web.Request, actor: Actor, code: str) -> HeldMail:
    door = services(request)
    return await door.guesses.guess("confirm_mail", origin(request), lambda: door.held_mails.by_code(actor, code))


def routes() -> list[web.RouteDef]:
    """Return the routes of the confirmation."""
    return [
        web.get(PATH, show_form),
        web.post(PATH, show_mail),
        web.post(PATH + "/confirm", confirm),
    ]
