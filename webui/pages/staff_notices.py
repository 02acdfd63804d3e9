"""Notices of an office to groups of its staff (会议通知): sent, who has opened them, and reminding the others."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.meetings.groups import ROLES
from minxin.mailbox.meetings.notices import SUBJECT_MAX, TEXT_MAX, NoticeForm
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/desk/notices"
PAGE: Final = "notices/notice.html"
NEW_PAGE: Final = "notices/new.html"
LIST_SIZE: Final = 30


async def show_list(request: web.Request) -> web.Response:
    """Show the office's notices."""
    actor = require_role(request, *ROLES)
    wanted = PageRequest(request.query.get("after"), LIST_SIZE)
    found = await services(request).staff_notices.listed(actor, wanted)
    return page(request, "notices/list.html", notices=found.items, next_cursor=found.next)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a notice."""
    actor = require_role(request, *ROLES)
    return page(request, NEW_PAGE, form=Form(), **await _context(request, actor))


async def send(request: web.Request) -> web.Response:
    """Send a notice."""
    actor, form = require_role(request, *ROLES), form_of(request)
    wanted = NoticeForm(
        subject=form.text("subject"), text=form.text("text"), groups=tuple(form.texts("groups")), token=form.token
    )
    try:
        notice_id = await services(request).staff_notices.send(actor, wanted, origin(request))
    except InvalidInputError as error:
        return refused_page(request, NEW_PAGE, form, error, **await _context(request, actor))
    return see_other(request, f"{PATH}/{notice_id}", "notice.staff_notice_sent")


async def show(request: web.Request) -> web.Response:
    """Show a notice, and who has opened it."""
    return await _page(request, Form())


async def remind(request: web.Request) -> web.Response:
    """Tell those who have not opened it once more."""
    actor = require_role(request, *ROLES)
    notice_id = request.match_info["id"]
    try:
        await services(request).staff_notices.remind(actor, notice_id, origin(request))
    except InvalidInputError as error:
        return await _page(request, Form().with_error(error))
    return see_other(request, f"{PATH}/{notice_id}", "notice.staff_notice_reminded")


async def _page(request: web.Request, form: Form) -> web.Response:
    actor = require_role(request, *ROLES)
    notices = services(request).staff_notices
    notice = await notices.notice(actor, request.match_info["id"])
    readers = await notices.readers(notice)
    late = sum(one.opened_at is None for one in readers)
    status = 422 if form.errors else 200
    return page(request, PAGE, status=status, form=form, meeting=notice, readers=readers, late=late)


async def _context(request: web.Request, actor: Actor) -> dict[str, Any]:
    groups = await services(request).staff_groups.listed(actor)
    return {"groups": groups, "subject_max": SUBJECT_MAX, "text_max": TEXT_MAX}


def routes() -> list[web.RouteDef]:
    """Return the routes of notices to staff."""
    return [
        web.get(PATH, show_list),
        web.get(PATH + "/new", show_new),
        web.post(PATH + "/new", send),
        web.get(PATH + "/{id}", show),
        web.post(PATH + "/{id}/remind", remind),
    ]
