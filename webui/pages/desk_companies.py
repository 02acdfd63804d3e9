"""Companies at the counter (企业核验): the licence held against the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from minxin.core.actor import Actor, Role
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.companies.records import CompanyState
from minxin.webui.context import language, origin
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.companies import company_services, typed_company
from minxin.webui.rendering import page, see_other

PATH: Final = "/desk/companies"
ONE: Final = PATH + "/{id}"
LIST_PAGE: Final = "companies/desk_list.html"
ONE_PAGE: Final = "companies/desk_one.html"
PAGE_SIZE: Final = 20


async def show_list(request: web.Request) -> web.Response:
    """Show the companies of a state, those that wait when none is named."""
    actor = require_role(request, Role.CLERK)
    wanted = request.query.get("state", CompanyState.APPLIED.value)
    state = CompanyState(wanted) if wanted in set(CompanyState) else CompanyState.APPLIED
    found = await company_services(request).desk.companies(
        actor, state, PageRequest(request.query.get("after"), PAGE_SIZE)
    )
    form = Form.of(state=state.value)
    return page(request, LIST_PAGE, form=form, state=state, companies=found.items, next_cursor=found.next)


async def show_one(request: web.Request) -> web.Response:
    """Show one company with what may be done."""
    return await _one(request, Form())


async def verify(request: web.Request) -> web.Response:
    """Verify the company against the licence."""

    async def act(actor: Actor, company_id: str, form: Form) -> None:
        await company_services(request).desk.verify(actor, company_id, typed_company(form), origin(request))

    return await _done(request, act, "notice.company_verified")


async def refuse(request: web.Request) -> web.Response:
    """Refuse the application."""

    async def act(actor: Actor, company_id: str, form: Form) -> None:
        await company_services(request).desk.refuse(actor, company_id, form.text("reason"), origin(request))

    return await _done(request, act, "notice.company_refused")


async def appoint(request: web.Request) -> web.Response:
    """Make somebody else the person who acts for the company."""

    async def act(actor: Actor, company_id: str, form: Form) -> None:
        typed, phone = typed_company(form), form.text("phone")
        await company_services(request).desk.appoint(actor, company_id, typed, phone, origin(request))

    return await _done(request, act, "notice.company_appointed")


async def reopen(request: web.Request) -> web.Response:
    """Open a closed company again."""

    async def act(actor: Actor, company_id: str, form: Form) -> None:
        await company_services(request).desk.reopen(actor, company_id, form.text("reason"), origin(request))

    return await _done(request, act, "notice.company_reopened")


async def _done(request: web.Request, act: Callable[[Actor, str, Form], Awaitable[None]], notice: str) -> web.Response:
    actor, form = require_role(request, Role.CLERK), form_of(request)
    try:
        await act(actor, request.match_info["id"], form)
    except (InvalidInputError, IllegalMoveError) as error:
        return await _one(request, form.with_error(error), error.http_status)
    return see_other(request, PATH, notice)


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.CLERK)
    companies = company_services(request)
    shown = await companies.desk.company(actor, request.match_info["id"])
    district = companies.districts(language(request)).get(shown.company.district, "")
    return page(request, ONE_PAGE, status=status, form=form, shown=shown, district=district)


def routes() -> list[web.RouteDef]:
    """Return the routes of companies at the counter."""
    return [
        web.get(PATH, show_list),
        web.get(ONE, show_one),
        web.post(f"{ONE}/verify", verify),
        web.post(f"{ONE}/refuse", refuse),
        web.post(f"{ONE}/appoint", appoint),
        web.post(f"{ONE}/reopen", reopen),
    ]
