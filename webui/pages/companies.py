"""My companies (我的企业): applied for, their delegates and invitations, passed on, left and closed."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError, TooManyTriesError
from minxin.core.paging import PageRequest
from minxin.mailbox.companies.decisions import INVITATION_LIFE, MOST_PEOPLE
from minxin.mailbox.companies.forms import CompanyForm
from minxin.mailbox.companies.own import OwnCompany
from minxin.mailbox.companies.service import CompanyServices
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account, require_role
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.case import letter_row

PATH: Final = "/companies"
ONE: Final = PATH + "/{id}"
LIST_PAGE: Final = "companies/list.html"
NEW_PAGE: Final = "companies/new.html"
ONE_PAGE: Final = "companies/one.html"
HEIR_PAGE: Final = "companies/pass_on.html"
CLOSE_PAGE: Final = "companies/close.html"
LETTERS_PAGE: Final = "companies/letters.html"
LETTERS: Final = 20


def company_services(request: web.Request) -> CompanyServices:
    """Return the companies; raises ``NotFoundError`` in a city that offers none."""
    found = services(request).companies
    if not found.offered:
        raise NotFoundError
    return found


async def show_list(request: web.Request) -> web.Response:
    """Show one's companies, and the invitations that wait for an answer."""
    actor = require_role(request, Role.CITIZEN)
    own = company_services(request).own
    companies, invited = await own.companies(actor), await own.invitations(actor)
    return page(request, LIST_PAGE, companies=companies, invited=invited)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of an application."""
    require_role(request, Role.CITIZEN)
    return page(request, NEW_PAGE, form=Form(), **_districts(request))


async def apply(request: web.Request) -> web.Response:
    """Take an application."""
    actor, form = require_role(request, Role.CITIZEN), form_of(request)
    try:
        company = await company_services(request).own.apply(actor, typed_company(form), origin(request))
    except InvalidInputError as error:
        return refused_page(request, NEW_PAGE, form, error, **_districts(request))
    return see_other(request, f"{PATH}/{company.id}", "notice.company_applied")


async def show_one(request: web.Request) -> web.Response:
    """Show one company with its people."""
    return await _one(request, Form())


async def show_letters(request: web.Request) -> web.Response:
    """Show the letters in the company's name."""
    actor, door = require_role(request, Role.CITIZEN), services(request)
    shown = await company_services(request).own.company(actor, request.match_info["id"])
    wanted = PageRequest(request.query.get("after"), LETTERS)
    found = await door.letterbox.company_letters(actor, shown.company.id, wanted)
    rows = [letter_row(one, door.clock.now()) for one in found.items]
    return page(request, LETTERS_PAGE, company=shown.company, rows=rows, next_cursor=found.next, url=request.rel_url)


async def invite(request: web.Request) -> web.Response:
    """Invite somebody as a delegate."""
    actor, form = require_role(request, Role.CITIZEN), form_of(request)
    company_id = request.match_info["id"]
    try:
        await company_services(request).own.invite(actor, company_id, form.text("who"), origin(request))
    except (InvalidInputError, IllegalMoveError) as error:
        return await _one(request, form.with_error(error), error.http_status)
    return see_other(request, f"{PATH}/{company_id}", "notice.company_invited")


async def take_back(request: web.Request) -> web.Response:
    """Take an invitation back."""
    actor = require_role(request, Role.CITIZEN)
    company_id, invitation_id = request.match_info["id"], request.match_info["invitation"]
    await company_services(request).own.take_back(actor, company_id, invitation_id, origin(request))
    return see_other(request, f"{PATH}/{company_id}", "notice.company_taken_back")


async def answer(request: web.Request) -> web.Response:
    """Accept or decline an invitation."""
    actor, accepted = require_role(request, Role.CITIZEN), form_of(request).flag("accept")
    await company_services(request).own.answer(actor, request.match_info["id"], accepted, origin(request))
    return see_other(request, PATH, "notice.company_joined" if accepted else "notice.company_declined")


async def remove(request: web.Request) -> web.Response:
    """End a delegation: somebody's, or one's own."""
    actor, company_id = require_role(request, Role.CITIZEN), request.match_info["id"]
    account_id = form_of(request).text("account")
    await company_services(request).own.remove(actor, company_id, account_id, origin(request))
    if account_id == actor.id:
        return see_other(request, PATH, "notice.company_left")
    return see_other(request, f"{PATH}/{company_id}", "notice.company_removed")


async def show_pass_on(request: web.Request) -> web.Response:
    """Show to whom the company may be passed on."""
    return page(request, HEIR_PAGE, form=Form(), shown=await _acting(request))


async def pass_on(request: web.Request) -> web.Response:
    """Let a delegate act for the company."""
    account, _ = require_account(request)
    form, shown = form_of(request), await _acting(request)
    try:
        await company_services(request).own.pass_on(
            account.id, shown.company.id, form.text("heir"), form.text("password"), origin(request)
        )
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, HEIR_PAGE, form, error, shown=shown)
    return see_other(request, f"{PATH}/{shown.company.id}", "notice.company_passed_on")


async def show_close(request: web.Request) -> web.Response:
    """Say what closing the company means."""
    return page(request, CLOSE_PAGE, form=Form(), shown=await _acting(request), **_closing(request))


async def close(request: web.Request) -> web.Response:
    """Close the company."""
    account, _ = require_account(request)
    form, shown = form_of(request), await _acting(request)
    try:
        await company_services(request).own.close(account.id, shown.company.id, form.text("password"), origin(request))
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, CLOSE_PAGE, form, error, shown=shown, **_closing(request))
    return see_other(request, PATH, "notice.company_closed")


def typed_company(form: Form) -> CompanyForm:
    """Return the company as typed."""
    return CompanyForm(
        code=form.text("code"),
        name=form.text("name"),
        representative=form.text("representative"),
        district=form.text("district"),
    )


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.CITIZEN)
    shown = await company_services(request).own.company(actor, request.match_info["id"])
    return page(
        request,
        ONE_PAGE,
        status=status,
        form=form,
        shown=shown,
        district=_districts(request)["districts"].get(shown.company.district, ""),
        most=MOST_PEOPLE,
        invitation_days=INVITATION_LIFE.days,
    )


async def _acting(request: web.Request) -> OwnCompany:
    """Return an active company that the visitor acts for; raises ``NotFoundError``."""
    actor = require_role(request, Role.CITIZEN)
    shown = await company_services(request).own.company(actor, request.match_info["id"])
    if not shown.acts or shown.box is None or shown.company.closed_at is not None:
        raise NotFoundError
    return shown


def _districts(request: web.Request) -> dict[str, Any]:
    return {"districts": company_services(request).districts(language(request))}


def _closing(request: web.Request) -> dict[str, Any]:
    return {"days": company_services(request).kit.rules.closed_life.days}


def routes() -> list[web.RouteDef]:
    """Return the routes of companies."""
    return [
        web.get(PATH, show_list),
        web.post(PATH, apply),
        web.get(f"{PATH}/new", show_new),
        web.post(f"{PATH}/invitations/{{id}}", answer),
        web.get(ONE, show_one),
        web.get(f"{ONE}/letters", show_letters),
        web.post(f"{ONE}/invite", invite),
        web.post(f"{ONE}/invitations/{{invitation}}/take-back", take_back),
        web.post(f"{ONE}/remove", remove),
        web.get(f"{ONE}/pass-on", show_pass_on),
        web.post(f"{ONE}/pass-on", pass_on),
        web.get(f"{ONE}/close", show_close),
        web.post(f"{ONE}/close", close),
    ]
