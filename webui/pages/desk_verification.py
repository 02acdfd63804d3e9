"""The counter's pages for real names (窗口核验): applications to be seen with the card, and accounts opened there."""

from __future__ import annotations

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.forms import DeskForm
from minxin.mailbox.records import AccountState
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, refused_page, see_other

LIST_PAGE = "account/desk_list.html"
ONE_PAGE = "account/desk_one.html"
NEW_PAGE = "account/desk_new.html"
LIST_PATH = "/desk/verifications"
PAGE_SIZE = 20


async def show_list(request: web.Request) -> web.Response:
    """Show who waits for a clerk, oldest application first."""
    actor = require_role(request, Role.CLERK)
    people = services(request).accounts.people
    wanted = PageRequest(request.query.get("after"), PAGE_SIZE)
    found = await people.applications(actor, AccountState.APPLIED, wanted)
    rows = [(account, await people.masked(account.id)) for account in found.items]
    return page(request, LIST_PAGE, rows=rows, next_cursor=found.next)


async def show_one(request: web.Request) -> web.Response:
    """Show one application, masked: the clerk types what the card says."""
    require_role(request, Role.CLERK)
    return await _one(request, Form(), Form())


async def verify(request: web.Request) -> web.Response:
    """Verify the application against the card."""
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    try:
        await services(request).accounts.applications.verify_at_desk(
            actor, request.match_info["id"], form.text("name"), form.text("id_number"), origin(request)
        )
    except InvalidInputError as error:
        return await _one(request, form.with_error(error), Form(), error.http_status)
    return see_other(request, LIST_PATH, "notice.verified")


async def refuse(request: web.Request) -> web.Response:
    """Refuse the application with a reason that the applicant reads."""
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    try:
        await services(request).accounts.applications.refuse(
            actor, request.match_info["id"], form.text("reason"), origin(request)
        )
    except InvalidInputError as error:
        return await _one(request, Form(), form.with_error(error), error.http_status)
    return see_other(request, LIST_PATH, "notice.application_refused")


async def show_new(request: web.Request) -> web.Response:
    """Show the form for a citizen who stands at the counter."""
    require_role(request, Role.CLERK)
    return page(request, NEW_PAGE, form=Form())


async def open_account(request: web.Request) -> web.Response:
    """Open a verified account at the counter."""
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    typed = DeskForm(
        name=form.text("name"),
        id_number=form.text("id_number"),
        phone=form.text("phone"),
        consent=form.flag("consent"),
        address=form.text("address"),
        language=language(request),
    )
    try:
        await services(request).accounts.applications.register_at_desk(actor, typed, origin(request))
    except InvalidInputError as error:
        return refused_page(request, NEW_PAGE, form, error)
    return see_other(request, LIST_PATH, "notice.desk_account_opened")


async def _one(request: web.Request, card: Form, refusal: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.CLERK)
    people = services(request).accounts.people
    account = await people.access_account(actor, request.match_info["id"])
    person = await people.masked(account.id)
    return page(request, ONE_PAGE, status=status, account=account, person=person, card=card, refusal=refusal)


def routes() -> list[web.RouteDef]:
    """Return the routes of the counter."""
    one = LIST_PATH + "/{id}"
    return [
        web.get(LIST_PATH, show_list),
        web.get(one, show_one),
        web.post(one + "/verify", verify),
        web.post(one + "/refuse", refuse),
        web.get("/desk/citizens/new", show_new),
        web.post("/desk/citizens", open_account),
    ]
