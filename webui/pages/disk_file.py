"""One file of one's own disk: what it looks like, its versions, and where it may go."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, MinxinError
from minxin.core.privacy import mask_name
from minxin.mailbox.disk.previews import PreviewKind, TextPreview, preview_kind
from minxin.mailbox.disk.records import DiskItem
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account, require_login
from minxin.webui.offices import office_names
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other
from minxin.webui.views.disk import crumbs_of, folder_choices, versions_of

FILE_PAGE: Final = "disk/file.html"
OCTETS: Final = "application/octet-stream"
_PICTURE_POLICY: Final = "default-src 'none'; sandbox"


async def show_file(request: web.Request) -> web.Response:
    """Show a file: its preview, its versions, and what can be done with it."""
    return page(request, FILE_PAGE, form=first_form(request), **await file_context(request))


def first_form(request: web.Request) -> Form:
    """Return the form of a share as it stands there at first: the surname alone is proposed to be shown."""
    account, _ = require_account(request)
    return Form.of(shown_name=mask_name(account.name))


async def download(request: web.Request) -> web.Response:
    """Send one version of a file, to be saved and never shown."""
    actor = require_login(request)
    number = _number(request.query.get("version", "0"))
    item, data = await services(request).disk.files.read(actor, request.match_info["id"], number)
    return file_response(item.name, OCTETS, data)


async def show_picture(request: web.Request) -> web.Response:
    """Send the preview of a picture: decoded here and written anew."""
    actor = require_login(request)
    disk = services(request).disk
    item, data = await disk.files.read(actor, request.match_info["id"])
    picture = await disk.previews.picture(actor, item.name, data)
    headers = {"Content-Type": picture.content_type, "Content-Security-Policy": _PICTURE_POLICY}
    return web.Response(body=picture.data, headers=headers)


async def change_versions(request: web.Request) -> web.Response:
    """Bring an older version back, or delete it for good."""
    actor, form, item_id = require_login(request), form_of(request), request.match_info["id"]
    files = services(request).disk.files
    which = _number(form.text("number"))
    if form.text("what") == "drop":
        await files.drop_version(actor, item_id, which, origin=origin(request))
        return see_other(request, f"/disk/items/{item_id}", "notice.disk_version_gone")
    await files.bring_back(actor, item_id, which, origin=origin(request))
    return see_other(request, f"/disk/items/{item_id}", "notice.disk_version_back")


async def file_context(request: web.Request) -> dict[str, Any]:
    """Return what the page of a file shows; raises ``NotFoundError``."""
    actor = require_login(request)
    disk = services(request).disk
    shelf = await disk.files.shelf(actor)
    item = shelf.tree.file(request.match_info["id"])
    _, data = await disk.files.read(actor, item.id)
    kind = preview_kind(item.name, data)
    text, problem = await _text(request, item, data, kind)
    return {
        "item": item,
        "crumbs": crumbs_of(shelf.tree, item),
        "versions": versions_of(item),
        "choices": folder_choices(shelf.tree),
        "kind": kind.value,
        "preview": text,
        "preview_problem": problem,
        "days": disk.rules.share_days,
        "offices": sorted((await office_names(request)).items(), key=lambda pair: pair[1]),
        "may_write": bool({"citizen"} & visitor(request).actor.roles),
    }


async def _text(
    request: web.Request, item: DiskItem, data: bytes, kind: PreviewKind
) -> tuple[TextPreview | None, MinxinError | None]:
    # A PDF file takes a process for seconds: its text is only made for who asks for it.
    wanted = kind is PreviewKind.TEXT or (kind is PreviewKind.PDF and "preview" in request.query)
    if not wanted:
        return None, None
    try:
        return await services(request).disk.previews.text(require_login(request), item.name, data), None
    except InvalidInputError as error:
        return None, error


def _number(text: str) -> int:
    """Return the number of a version, or one that no version has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def routes() -> list[web.RouteDef]:
    """Return the routes of one file."""
    return [
        web.get("/disk/items/{id}", show_file),
        web.get("/disk/items/{id}/file", download),
        web.get("/disk/items/{id}/picture", show_picture),
        web.post("/disk/items/{id}/versions", change_versions),
    ]
