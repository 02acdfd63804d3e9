"""Files between one's own disk, letters and the mailbox: the same bytes, kept once (存一份, 处处可用)."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.consult.letterbox import UploadedFile
from minxin.consult.records import LetterDraft
from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, QuotaError
from minxin.core.ids import new_id
from minxin.mailbox.disk.records import TOP
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.guards import require_login
from minxin.webui.letter_form import LETTER_LIMITS, for_writers, keep
from minxin.webui.pages.disk import refused_folder
from minxin.webui.pages.disk_file import FILE_PAGE, file_context, first_form
from minxin.webui.pages.write import write_page
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.disk import folder_view

CHOOSE_PAGE: Final = "disk/choose.html"


@for_writers
async def begin_letter(request: web.Request, actor: Actor) -> web.Response:
    """Begin a letter with this file: the same bytes, kept once."""
    draft = LetterDraft(id=new_id(), writer_id=actor.id, updated_at=services(request).clock.now())
    try:
        await _attach(request, actor, draft, request.match_info["id"])
    except InvalidInputError as error:
        return refused_page(request, FILE_PAGE, first_form(request), error, **await file_context(request))
    return see_other(request, f"/drafts/{draft.id}", "notice.disk_attached")


@form_limits(LETTER_LIMITS)
@for_writers
async def choose_for_draft(request: web.Request, actor: Actor) -> web.Response:
    """Keep the letter that is being written as a draft, and go to choose a file for it."""
    form, draft = await keep(request, actor, form_of(request))
    if form.errors or draft is None:
        return await write_page(request, actor, form, draft, status=422)
    return see_other(request, f"/disk/attach/{draft.id}")


@for_writers
async def show_choice(request: web.Request, actor: Actor) -> web.Response:
    """Show the files of a folder, each with a button that attaches it to the draft."""
    return page(request, CHOOSE_PAGE, form=Form.of(), **await _choice(request, actor, request.query.get("folder", TOP)))


@for_writers
async def attach_to_draft(request: web.Request, actor: Actor) -> web.Response:
    """Attach a file of the disk to a draft."""
    form = form_of(request)
    draft = await services(request).letterbox.draft(actor, request.match_info["id"])
    try:
        await _attach(request, actor, draft, form.text("item"))
    except InvalidInputError as error:
        return refused_page(request, CHOOSE_PAGE, form, error, **await _choice(request, actor, form.text("folder")))
    return see_other(request, f"/drafts/{draft.id}", "notice.disk_attached")


async def keep_letter_file(request: web.Request) -> web.Response:
    """Keep a file of a letter, that one may see, on one's own disk."""
    actor, letter_id = require_login(request), request.match_info["id"]
    file, data = await services(request).letterbox.attachment(actor, letter_id, request.match_info["file"])
    return await _keep(request, actor, file.name, data)


async def keep_message_file(request: web.Request) -> web.Response:
    """Keep a file of a message of one's own box on one's own disk."""
    actor = require_login(request)
    file, data = await services(request).boxes.file(actor, request.match_info["id"], int(request.match_info["number"]))
    return await _keep(request, actor, file.name, data)


async def _attach(request: web.Request, actor: Actor, draft: LetterDraft, item_id: str) -> None:
    """Put a file of the disk into the draft as if it had been sent with it; raises ``InvalidInputError``."""
    door = services(request)
    item, data = await door.disk.files.read(actor, item_id)
    await door.letterbox.save_draft(actor, draft, [UploadedFile(item.name, data)])


async def _choice(request: web.Request, actor: Actor, folder_id: str) -> dict[str, Any]:
    draft = await services(request).letterbox.draft(actor, request.match_info["id"])
    shelf = await services(request).disk.files.shelf(actor)
    return {"view": folder_view(shelf, folder_id, request.query.get("after", "")), "draft": draft}


async def _keep(request: web.Request, actor: Actor, name: str, data: bytes) -> web.Response:
    """Keep the file at the top of the disk; a full one is told of on its own page, where room can be made."""
    try:
        item = await services(request).disk.files.put(actor, TOP, name, data, origin=origin(request))
    except (InvalidInputError, QuotaError) as error:
        return await refused_folder(request, Form.of(), error)
    return see_other(request, f"/disk/items/{item.id}", "notice.disk_kept")


def routes() -> list[web.RouteDef]:
    """Return the routes of files between disk, letters and mailbox."""
    return [
        web.post("/disk/items/{id}/letter", begin_letter),
        web.post("/drafts/disk", choose_for_draft),
        web.get("/disk/attach/{id}", show_choice),
        web.post("/disk/attach/{id}", attach_to_draft),
        web.post("/letters/{id}/files/{file}/keep", keep_letter_file),
        web.post("/box/{id}/files/{number:[0-9][0-9]?}/keep", keep_message_file),
    ]
