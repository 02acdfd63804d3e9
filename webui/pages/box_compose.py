"""Writing a mail (写邮件): saved as a draft while it is typed, sent once however often the button is pressed."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web
from babel.dates import format_time

from minxin.core.actor import Actor
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConflictError, MinxinError
from minxin.mailbox.mail.drafting import Draft, sent_item
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.mail.sending import Written
from minxin.webui.context import language, services
from minxin.webui.forms import MIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_login
from minxin.webui.i18n import sentences
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.mail_compose import (
    ComposeView,
    begun,
    box_of,
    compose_view,
    dropped,
    files_of,
    recipients,
    typed_of,
)
from minxin.webui.views.mail_list import Asked

PATH: Final = "/box/compose"
COMPOSE_PAGE: Final = "box/compose.html"
FILES_PART: Final = "box/attached.html"
# As files they are a third larger in the mail, which may have 25 MB.
COMPOSE_LIMITS: Final = FormLimits(body_bytes=26 * MIB, files=10, file_bytes=18 * MIB)
SPENT: Final = "mail.draft.sent"
DRAFTS: Final = "drafts"
_JSON: Final = "application/json"


async def show(request: web.Request) -> web.Response:
    """Show a new mail, an answer, or a draft to go on with."""
    actor = require_login(request)
    form, view = await begun(request, actor)
    return _page(request, form, view)


@form_limits(COMPOSE_LIMITS)
async def post(request: web.Request) -> web.Response:
    """Do what the button says; whatever it is, what was typed is saved first."""
    actor, form = require_login(request), form_of(request)
    act = form.text("act", "send")
    if act == "discard":
        await services(request).mailroom.webmail.drafting.discard(actor, box_of(form), form.text("key"))
        return see_other(request, Asked(box=box_of(form), folder=DRAFTS).address(), "notice.mail.discarded")
    try:
        draft = await save(request, actor, form)
        if form.errors:
            return _page(request, form, await compose_view(request, actor, draft), status=422)
        if act == "send":
            return await _send(request, actor, form, draft)
    except MinxinError as error:
        return await _refused(request, actor, form, error)
    if act == "disk":
        return see_other(request, address_of(draft, "/box/compose/disk"))
    return see_other(request, address_of(draft), "notice.mail.saved" if act == "save" else None)


@form_limits(COMPOSE_LIMITS)
async def save_as_typed(request: web.Request) -> web.Response:
    """Save what is typed, and the files that came with it, for the script of the page."""
    actor, form = require_login(request), form_of(request)
    try:
        draft = await save(request, actor, form)
    except MinxinError as error:
        told = {"error": sentences().of_error(error, language(request)), "spent": error.reason == SPENT}
        return web.Response(body=msgspec.json.encode(told), content_type=_JSON, status=error.http_status)
    view = await compose_view(request, actor, draft)
    wrong = " ".join(sentences().of_error(error, language(request)) for error in form.errors)
    now = services(request).clock.now().astimezone(SHANGHAI)
    told = {
        "message": sentences().sentence("draft.saved", language(request), time=format_time(now, "HH:mm")),
        "error": wrong,
        "address": address_of(draft),
        "files": page(request, FILES_PART, view=view).text,
    }
    return web.Response(body=msgspec.json.encode(told), content_type=_JSON)


async def save(request: web.Request, actor: Actor, form: Form) -> Draft:
    """Save what the form holds; raises what :meth:`Drafting.save` does, ``NotFoundError`` without a box."""
    drafting = services(request).mailroom.webmail.drafting
    return await drafting.save(
        actor,
        box_of(form),
        form.text("key"),
        typed_of(form),
        add=files_of(form),
        drop=dropped(form.text("act")),
        carried=form.text("carried"),
        begun=form.text("begun"),
    )


def address_of(draft: Draft, path: str = PATH) -> str:
    """Return where the draft is gone on with: the same address however often it is saved."""
    return f"{path}?box={draft.box.id}&key={draft.key}"


async def _send(request: web.Request, actor: Actor, form: Form, draft: Draft) -> web.Response:
    people, errors = recipients(form)
    if errors:
        for error in errors:
            form = form.with_error(error)
        return _page(request, form, await compose_view(request, actor, draft), status=422)
    drafting = services(request).mailroom.webmail.drafting
    typed = draft.typed
    written = Written(
        box_id=draft.box.id,
        sender=typed.sender,
        to=people["to"],
        cc=people["cc"],
        bcc=people["bcc"],
        subject=typed.subject,
        text=typed.text,
        in_reply_to=typed.in_reply_to,
        references=typed.references,
        files=[(one.name, one.content_type, one.data) for one in await drafting.files(actor, draft)],
        replaces=draft.item_id,
        answers=await drafting.answered(actor, draft.box.id, typed),
        forwards=await drafting.passed_on(actor, draft.box.id, typed),
    )
    item = await _sent(request, actor, written, draft)
    # A second press saved it once more, before it learned that the first had sent it.
    await drafting.discard(actor, draft.box.id, draft.key)
    return see_other(request, f"/box/{item.id}", "notice.mail.sent")


async def _sent(request: web.Request, actor: Actor, written: Written, draft: Draft) -> MailItem:
    room = services(request).mailroom
    try:
        return await room.sending.send(actor, written, draft.key)
    except ConflictError:
        known = await room.mailboxes.item(actor, sent_item(draft.box.id, draft.key))
        if known is None:
            raise
        return known


async def _refused(request: web.Request, actor: Actor, form: Form, error: MinxinError) -> web.Response:
    """Show the form with all that was typed; of a draft that was sent already, what was sent."""
    box_id, key = box_of(form), form.text("key")
    if error.reason == SPENT and form.text("act", "send") == "send":
        return see_other(request, f"/box/{sent_item(box_id, key)}", "notice.mail.sent")
    view = await _last_view(request, actor, form)
    response = refused_page(request, COMPOSE_PAGE, form, error, view=view)
    return response


async def _last_view(request: web.Request, actor: Actor, form: Form) -> ComposeView:
    """Return what stands beside the fields of a form that could not be saved: the draft as it was saved last."""
    drafting = services(request).mailroom.webmail.drafting
    item = await drafting.find(actor, box_of(form), form.text("key"))
    if item is not None:
        return await compose_view(request, actor, await drafting.open(actor, item.id))
    return await compose_view(request, actor, await drafting.begin(actor, box_of(form), form.text("key")))


def _page(request: web.Request, form: Form, view: ComposeView, *, status: int = 200) -> web.Response:
    return page(request, COMPOSE_PAGE, status=status, form=form, view=view)


def routes() -> list[web.RouteDef]:
    """Return the routes of writing."""
    return [
        web.get(PATH, show),
        web.post(PATH, post),
        web.post("/box/drafts", save_as_typed),
    ]
