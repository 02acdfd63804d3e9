"""The administrator's pages of staff accounts (人员账户): listed by office, opened, switched off and on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.forms import StaffForm
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.rendering import fresh_part, page, refused_page, see_other

LIST_PATH: Final = "/admin/staff"
NEW_PAGE: Final = "admin/staff_new.html"
LIST_SIZE: Final = 50
LONGEST_POST: Final = 40
STAFF_ROLES: Final = tuple(role for role in Role if role is not Role.CITIZEN)


async def show_list(request: web.Request) -> web.Response:
    """Show the staff by log-in name, of one office when chosen."""
    actor = require_role(request, Role.ADMINISTRATOR)
    office = request.query.get("office", "")
    staffing = services(request).accounts.staffing

    async def listed() -> dict[str, Any]:
        offices = await office_names(request)
        found = await staffing.staff(actor, office or None, PageRequest(request.query.get("after"), LIST_SIZE))
        return {
            "form": Form.of(office=office),
            "rows": found.items,
            "next_cursor": found.next,
            "offices": offices,
            "url": request.rel_url,
        }

    key = (actor, request.rel_url, staffing.generation())
    return page(request, "admin/staff_list.html", found=await fresh_part(request, "admin/staff_part.html", key, listed))


async def show_new(request: web.Request) -> web.Response:
    """Show the form for a new account."""
    require_role(request, Role.ADMINISTRATOR)
    form = Form.of(office=request.query.get("office", ""))
    return page(request, NEW_PAGE, form=form, roles=STAFF_ROLES, offices=await office_names(request))


async def create(request: web.Request) -> web.Response:
    """Open the account."""
    actor = require_role(request, Role.ADMINISTRATOR)
    form = form_of(request)
    offices = await office_names(request)
    try:
        typed = _typed(form, language(request))
        _check_own(form, set(offices), lambda: services(request).accounts.staffing.check(typed))
        account = await services(request).accounts.staffing.create_staff(actor, typed, origin(request))
    except InvalidInputError as error:
        return refused_page(request, NEW_PAGE, form, error, roles=STAFF_ROLES, offices=offices)
    return see_other(request, f"{LIST_PATH}/{account.id}", "notice.staff_created")


async def show_one(request: web.Request) -> web.Response:
    """Show one account and the form that switches it off or on."""
    require_role(request, Role.ADMINISTRATOR)
    return await _one(request, Form())


async def switch(request: web.Request) -> web.Response:
    """Switch the account off, which ends its log-ins, or on again."""
    actor = require_role(request, Role.ADMINISTRATOR)
    form = form_of(request)
    account_id, active = request.match_info["id"], form.flag("active")
    try:
        await services(request).accounts.staffing.set_active(
            actor, account_id, active, form.text("reason"), origin(request)
        )
    except (InvalidInputError, IllegalMoveError) as error:
        return await _one(request, form.with_error(error), error.http_status)
    if active:
        return see_other(request, f"{LIST_PATH}/{account_id}", "notice.staff_switched_on")
    # Whoever goes leaves mail behind: the next question is who goes on with it.
    return see_other(request, f"{LIST_PATH}/{account_id}/box", "notice.staff_switched_off")


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.ADMINISTRATOR)
    people = services(request).accounts.people
    account = await people.access_account(actor, request.match_info["id"])
    return page(
        request,
        "admin/staff_one.html",
        status=status,
        account=account,
        phone=(await people.masked(account.id)).phone,
        offices=await office_names(request),
        own=account.id == actor.id,
        form=form,
    )


def _typed(form: Form, language: str) -> StaffForm:
    return StaffForm(
        login=form.text("login"),
        name=form.text("name"),
        phone=form.text("phone"),
        password=form.text("password"),
        roles=tuple(role for role in STAFF_ROLES if role in form.texts("roles")),
        office_id=form.text("office"),
        post=form.text("post"),
        language=language,
    )


def _check_own(form: Form, offices: set[str], check_rest: Callable[[], None]) -> None:
    """Raise ``InvalidFormError`` for what only the page can know, together with whatever else is wrong."""
    errors: list[InvalidInputError] = []
    if form.text("office") not in offices:
        errors.append(InvalidInputError("staff.office.missing", field="office"))
    if len(form.text("post")) > LONGEST_POST:
        errors.append(InvalidInputError("staff.post.too_long", field="post", longest=LONGEST_POST))
    if form.text("password") != form.text("password_again"):
        errors.append(InvalidInputError("staff.password.differs", field="password_again"))
    if not errors:
        return
    try:
        check_rest()
    except InvalidFormError as error:
        errors += error.errors
    raise InvalidFormError(errors)


def routes() -> list[web.RouteDef]:
    """Return the routes of staff accounts."""
    one = LIST_PATH + "/{id}"
    return [
        web.get(LIST_PATH, show_list),
        web.get(LIST_PATH + "/new", show_new),
        web.post(LIST_PATH, create),
        web.get(one, show_one),
        web.post(one + "/switch", switch),
    ]
