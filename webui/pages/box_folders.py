"""Folders of a box (文件夹管理): made, renamed, deleted; and how full the box is."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError
from minxin.webui.context import services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.mail_list import Asked, MailboxView, asked_of, mailbox_view

FOLDERS_PAGE: Final = "box/folders.html"
PATH: Final = "/box/folders"


async def show_folders(request: web.Request) -> web.Response:
    """Show the folders of a box with what can be done with each."""
    return page(request, FOLDERS_PAGE, form=Form.of(), view=await _view(request, request.query.get("box", "")), at="")


async def make(request: web.Request) -> web.Response:
    """Make a folder."""
    actor, form = require_login(request), form_of(request)
    try:
        await services(request).mailroom.mailboxes.create_folder(actor, form.text("box"), form.text("name"))
    except InvalidInputError as error:
        return await _refused(request, form, error)
    return see_other(request, Asked(box=form.text("box")).address(PATH), "notice.mail.folder_made")


async def rename(request: web.Request) -> web.Response:
    """Give a folder another name."""
    actor, form = require_login(request), form_of(request)
    try:
        await services(request).mailroom.mailboxes.rename_folder(actor, request.match_info["folder"], form.text("name"))
    except InvalidInputError as error:
        return await _refused(request, form, error, request.match_info["folder"])
    return see_other(request, Asked(box=form.text("box")).address(PATH), "notice.mail.folder_renamed")


async def delete(request: web.Request) -> web.Response:
    """Delete a folder with all that is in it."""
    actor, form = require_login(request), form_of(request)
    await services(request).mailroom.mailboxes.delete_folder(actor, request.match_info["folder"])
    return see_other(request, Asked(box=form.text("box")).address(PATH), "notice.mail.folder_gone")


async def _view(request: web.Request, box_id: str) -> MailboxView:
    view = await mailbox_view(request, require_login(request), asked_of({"box": box_id}))
    if view is None:
        raise NotFoundError
    return view


async def _refused(request: web.Request, form: Form, error: MinxinError, at: str = "") -> web.Response:
    """Show what is wrong with a name, beside the folder ``at`` or beside the new one."""
    return refused_page(request, FOLDERS_PAGE, form, error, view=await _view(request, form.text("box")), at=at)


def routes() -> list[web.RouteDef]:
    """Return the routes of folders."""
    return [
        web.get(PATH, show_folders),
        web.post(PATH, make),
        web.post(f"{PATH}/{{folder}}/name", rename),
        web.post(f"{PATH}/{{folder}}/delete", delete),
    ]
