"""An office's groups of staff (通讯组): listed, written, deleted."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError
from minxin.mailbox.meetings.groups import NAME_MAX, ROLES, GroupForm
from minxin.mailbox.meetings.tree import members_of
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/desk/groups"
LIST_PAGE: Final = "notices/groups.html"
PAGE: Final = "notices/group.html"


async def show_list(request: web.Request) -> web.Response:
    """Show the office's groups with how many people each reaches."""
    actor = require_role(request, *ROLES)
    groups = await services(request).staff_groups.listed(actor)
    by_id = {one.id: one for one in groups}
    rows = [
        (one, [by_id[held].name for held in one.subgroups if held in by_id], len(members_of(by_id, [one.id])))
        for one in groups
    ]
    return page(request, LIST_PAGE, rows=rows)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new group."""
    actor = require_role(request, *ROLES)
    return page(request, PAGE, form=Form(), **await _context(request, actor, None))


async def create(request: web.Request) -> web.Response:
    """Make a group."""
    return await _write(request, None)


async def show(request: web.Request) -> web.Response:
    """Show a group to be changed."""
    actor = require_role(request, *ROLES)
    group = await services(request).staff_groups.group(actor, request.match_info["id"])
    fields = MultiDict([("name", group.name)])
    fields.extend([("members", one) for one in group.members] + [("subgroups", one) for one in group.subgroups])
    return page(request, PAGE, form=Form(fields), **await _context(request, actor, group.id))


async def change(request: web.Request) -> web.Response:
    """Write a group anew."""
    return await _write(request, request.match_info["id"])


async def delete(request: web.Request) -> web.Response:
    """Delete a group."""
    actor = require_role(request, *ROLES)
    await services(request).staff_groups.delete(actor, request.match_info["id"], origin(request))
    return see_other(request, PATH, "notice.group_deleted")


async def _write(request: web.Request, group_id: str | None) -> web.Response:
    actor, form = require_role(request, *ROLES), form_of(request)
    wanted = GroupForm(
        name=form.text("name"), members=tuple(form.texts("members")), subgroups=tuple(form.texts("subgroups"))
    )
    try:
        await services(request).staff_groups.write(actor, wanted, group_id, origin(request))
    except InvalidInputError as error:
        return refused_page(request, PAGE, form, error, **await _context(request, actor, group_id))
    return see_other(request, PATH, "notice.group_written")


async def _context(request: web.Request, actor: Actor, group_id: str | None) -> dict[str, Any]:
    groups = services(request).staff_groups
    return {
        "group_id": group_id,
        "staff": await groups.staff(actor),
        "others": [one for one in await groups.listed(actor) if one.id != group_id],
        "name_max": NAME_MAX,
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of groups."""
    return [
        web.get(PATH, show_list),
        web.get(PATH + "/new", show_new),
        web.post(PATH + "/new", create),
        web.get(PATH + "/{id}", show),
        web.post(PATH + "/{id}", change),
        web.post(PATH + "/{id}/delete", delete),
    ]
