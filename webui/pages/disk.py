"""One's own network disk (网络硬盘): folders, files, the bin."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, MinxinError, QuotaError
from minxin.mailbox.disk.records import TOP
from minxin.webui.context import origin, services, site_of
from minxin.webui.dav.paths import ROOT
from minxin.webui.forms import MIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.disk import bin_rows, folder_choices, folder_view, room_view

FOLDER_PAGE: Final = "disk/folder.html"
BIN_PAGE: Final = "disk/bin.html"
FILES: Final = FormLimits(body_bytes=26 * MIB, files=10, file_bytes=25 * MIB)


async def show_folder(request: web.Request) -> web.Response:
    """Show what lies in a folder, how full the disk is, and what is on its way."""
    return page(request, FOLDER_PAGE, form=Form.of(), **await _folder(request, request.query.get("folder", TOP)))


async def make_folder(request: web.Request) -> web.Response:
    """Make a folder and open it."""
    actor, form = require_login(request), form_of(request)
    files = services(request).disk.files
    try:
        made = await files.make_folder(actor, form.text("folder"), form.text("name"), origin=origin(request))
    except InvalidInputError as error:
        return await refused_folder(request, form, error)
    return see_other(request, f"/disk?folder={made.id}", "notice.disk_folder")


@form_limits(FILES)
async def put_files(request: web.Request) -> web.Response:
    """Keep the files of a form; what came before the first that can't be taken is kept."""
    actor, form = require_login(request), form_of(request)
    files = services(request).disk.files
    if not form.files and not form.errors:
        form = form.with_error(InvalidInputError("disk.no_file", field="attachments"))
    try:
        for sent in form.files:
            await files.put(actor, form.text("folder"), sent.name, sent.data, origin=origin(request))
    except (InvalidInputError, QuotaError) as error:
        return await refused_folder(request, form, error)
    if form.errors:
        return await refused_folder(request, form, None)
    return see_other(request, folder_address(form.text("folder")), "notice.disk_kept")


async def show_bin(request: web.Request) -> web.Response:
    """Show what was thrown away, and when it is deleted for good."""
    actor = require_login(request)
    disk = services(request).disk
    shelf = await disk.files.shelf(actor)
    rows = bin_rows(shelf, disk.rules.bin_life)
    return page(request, BIN_PAGE, rows=rows, room=room_view(shelf.room), days=disk.rules.bin_life.days)


async def empty_bin(request: web.Request) -> web.Response:
    """Delete all that is in the bin for good."""
    actor = require_login(request)
    await services(request).disk.files.delete(actor, None, origin=origin(request))
    return see_other(request, "/disk/bin", "notice.disk_deleted")


async def throw_away(request: web.Request) -> web.Response:
    """Lay a file or folder into the bin, and show the folder that it lay in."""
    actor, item_id = require_login(request), request.match_info["id"]
    files = services(request).disk.files
    item = (await files.shelf(actor)).tree.living(item_id)
    await files.throw_away(actor, item_id, origin=origin(request))
    return see_other(request, folder_address(item.folder_id), "notice.disk_binned")


async def restore(request: web.Request) -> web.Response:
    """Take something out of the bin."""
    actor = require_login(request)
    await services(request).disk.files.restore(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, "/disk/bin", "notice.disk_restored")


async def delete(request: web.Request) -> web.Response:
    """Delete one thing in the bin for good."""
    actor = require_login(request)
    await services(request).disk.files.delete(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, "/disk/bin", "notice.disk_deleted")


async def rename(request: web.Request) -> web.Response:
    """Give a file or folder another name."""
    form = form_of(request)
    return await _changed(request, form, None, form.text("name"), "notice.disk_renamed")


async def move(request: web.Request) -> web.Response:
    """Lay a file or folder into another folder."""
    form = form_of(request)
    return await _changed(request, form, form.text("folder"), None, "notice.disk_moved")


def folder_address(folder_id: str) -> str:
    """Return the address of a folder's page."""
    return f"/disk?folder={folder_id}" if folder_id else "/disk"


async def _changed(
    request: web.Request, form: Form, folder_id: str | None, name: str | None, notice: str
) -> web.Response:
    """Move or rename; a refusal is told on the folder that the thing lies in."""
    actor, item_id = require_login(request), request.match_info["id"]
    files = services(request).disk.files
    try:
        item = await files.move(actor, item_id, folder_id, name, origin=origin(request))
    except InvalidInputError as error:
        there = (await files.shelf(actor)).tree.living(item_id)
        context = await _folder(request, item_id if there.is_folder else there.folder_id)
        return refused_page(request, FOLDER_PAGE, form, error, **context)
    return see_other(request, folder_address(item.id) if item.is_folder else f"/disk/items/{item.id}", notice)


async def refused_folder(request: web.Request, form: Form, error: MinxinError | None) -> web.Response:
    """Show the folder that the form is about with what is wrong."""
    context = await _folder(request, form.text("folder"))
    if error is None:
        return page(request, FOLDER_PAGE, status=422, form=form, **context)
    return refused_page(request, FOLDER_PAGE, form, error, **context)


async def _folder(request: web.Request, folder_id: str) -> dict[str, Any]:
    disk = services(request).disk
    shelf = await disk.files.shelf(require_login(request))
    view = folder_view(shelf, folder_id, request.query.get("after", ""))
    return {
        "view": view,
        "choices": folder_choices(shelf.tree, view.item),
        "piece_bytes": disk.rules.piece_bytes,
        "dav": f"{site_of(request)}{ROOT}/",
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of folders and the bin."""
    return [
        web.get("/disk", show_folder),
        web.post("/disk/folders", make_folder),
        web.post("/disk/files", put_files),
        web.get("/disk/bin", show_bin),
        web.post("/disk/bin", empty_bin),
        web.post("/disk/items/{id}/bin", throw_away),
        web.post("/disk/items/{id}/restore", restore),
        web.post("/disk/items/{id}/delete", delete),
        web.post("/disk/items/{id}/name", rename),
        web.post("/disk/items/{id}/move", move),
    ]
