"""Settings of a box (邮箱设置): signature, vacation notice, blocked senders; a shared box has its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import InvalidFormError, InvalidInputError, NotFoundError
from minxin.mailbox.mail.answering import answer_subject
from minxin.mailbox.mail.records import Box
from minxin.mailbox.mail.settings import (
    SIGNATURE_CHARS,
    SUBJECT_CHARS,
    VACATION_CHARS,
    BoxSettings,
    Vacation,
    between,
    days_of,
    is_away,
    settings_or_default,
    with_vacation,
)
from minxin.webui.context import language, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/box/settings"
PAGE: Final = "box_settings/settings.html"
NONE_PAGE: Final = "box_settings/none.html"
PREVIEW: Final = "preview"


async def show(request: web.Request) -> web.Response:
    """Show what is set for one's own box, or for the one that the address names."""
    actor = require_login(request)
    box = await chosen_box(request, actor, request.query.get("box", ""))
    if box is None:
        return page(request, NONE_PAGE)
    settings = await services(request).mailroom.settings.of(actor, box.id)
    return page(request, PAGE, form=_typed(settings), **await _context(request, actor, box, settings))


async def set_signature(request: web.Request) -> web.Response:
    """Keep the signature."""
    actor, box, form = await _asked(request)
    try:
        await services(request).mailroom.settings.set_signature(actor, box.id, form.text("signature"))
    except InvalidInputError as error:
        return await _refused(request, actor, box, form, error)
    return see_other(request, _path(box), "notice.box_settings.signature")


async def set_vacation(request: web.Request) -> web.Response:
    """Keep the vacation notice, or only show what it would look like."""
    actor, box, form = await _asked(request)
    settings = await services(request).mailroom.settings.of(actor, box.id)
    try:
        vacation = _vacation(form)
        if form.text("what") == PREVIEW:
            shown = with_vacation(settings, vacation).vacation
            context = await _context(request, actor, box, settings)
            return page(request, PAGE, form=_with_rest(form, settings), **{**context, "preview": shown})
        await services(request).mailroom.settings.set_vacation(actor, box.id, vacation)
    except InvalidInputError as error:
        return await _refused(request, actor, box, form, error)
    return see_other(request, _path(box), "notice.box_settings.vacation")


async def end_vacation(request: web.Request) -> web.Response:
    """Switch the vacation notice off."""
    actor, box, _ = await _asked(request)
    await services(request).mailroom.settings.set_vacation(actor, box.id, None)
    return see_other(request, _path(box), "notice.box_settings.vacation_ended")


async def block(request: web.Request) -> web.Response:
    """Block a sender that was typed."""
    actor, box, form = await _asked(request)
    try:
        await services(request).mailroom.settings.block(actor, box.id, form.text("sender"))
    except InvalidInputError as error:
        return await _refused(request, actor, box, form, error)
    return see_other(request, _path(box), "notice.box_settings.blocked")


async def unblock(request: web.Request) -> web.Response:
    """Take mail of a sender again."""
    actor, box, form = await _asked(request)
    await services(request).mailroom.settings.unblock(actor, box.id, form.text("sender"))
    return see_other(request, _path(box), "notice.box_settings.unblocked")


async def block_sender_of(request: web.Request) -> web.Response:
    """Block who wrote a mail, or with ``what=domain`` his whole domain, and go back to the mail."""
    actor, item_id = require_login(request), request.match_info["id"]
    item = await services(request).mailroom.mailboxes.item(actor, item_id)
    if item.official:
        raise InvalidInputError("box.blocked.house")
    address = item.sender.address
    whole = form_of(request).text("what") == "domain"
    wanted = f"@{address.rpartition('@')[2]}" if whole else address
    await services(request).mailroom.settings.block(actor, item.box_id, wanted)
    return see_other(request, f"/box/{item.id}", "notice.box_settings.blocked")


async def chosen_box(request: web.Request, actor: Actor, box_id: str) -> Box | None:
    """Return the box with the id, one's own when none is named, None for who has none; raises ``NotFoundError``."""
    own = await services(request).boxes.own(actor)
    if not box_id:
        return own
    boxes = await services(request).mailroom.mailboxes.boxes(actor)
    found = next((one for one in boxes if one.id == box_id), None)
    if found is None:
        raise NotFoundError
    return found


async def _asked(request: web.Request) -> tuple[Actor, Box, Form]:
    actor, form = require_login(request), form_of(request)
    box = await chosen_box(request, actor, form.text("box"))
    if box is None:
        raise NotFoundError
    return actor, box, form


async def _context(request: web.Request, actor: Actor, box: Box, settings: BoxSettings) -> dict[str, Any]:
    return {
        "box": box,
        "boxes": await services(request).mailroom.mailboxes.boxes(actor),
        "settings": settings,
        "state": _state(settings.vacation, services(request).clock.now()),
        "preview": settings.vacation,
        "answer_subject": lambda vacation: answer_subject(vacation, language(request)),
        "signature_max": SIGNATURE_CHARS,
        "subject_max": SUBJECT_CHARS,
        "text_max": VACATION_CHARS,
    }


async def _refused(request: web.Request, actor: Actor, box: Box, form: Form, error: InvalidInputError) -> web.Response:
    settings = settings_or_default(box.id, await services(request).mailroom.settings.of(actor, box.id))
    context = await _context(request, actor, box, settings)
    return refused_page(request, PAGE, _with_rest(form, settings), error, **context)


def _typed(settings: BoxSettings) -> Form:
    """Return the page's form filled with what is set."""
    values = {"signature": settings.signature}
    vacation = settings.vacation
    if vacation is not None:
        first, last = days_of(vacation)
        values |= {"subject": vacation.subject, "text": vacation.text, "begins": _iso(first), "ends": _iso(last)}
    return Form.of(**values)


def _with_rest(form: Form, settings: BoxSettings) -> Form:
    """Return what was typed into one of the page's forms, with what is set in the others."""
    kept = _typed(settings)
    return Form.of(**{name: form.text(name) if name in form else kept.text(name) for name in _FIELDS})


_FIELDS: Final = ("signature", "subject", "text", "begins", "ends", "sender")


def _state(vacation: Vacation | None, now: datetime) -> str:
    """Return whether the notice answers ``now``, ``later`` or is ``over``; nothing when there is none."""
    if vacation is None:
        return ""
    if is_away(vacation, now):
        return "now"
    return "over" if vacation.ends is not None and vacation.ends <= now else "later"


def _vacation(form: Form) -> Vacation:
    errors = []
    days: dict[str, date | None] = {}
    for name in ("begins", "ends"):
        try:
            days[name] = date.fromisoformat(form.text(name)) if form.text(name) else None
        except ValueError:
            errors.append(InvalidInputError("box.vacation.day", field=name))
    if errors:
        raise InvalidFormError(errors)
    return between(form.text("subject"), form.text("text"), days["begins"], days["ends"])


def _iso(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _path(box: Box) -> str:
    return f"{PATH}?box={box.id}"


def routes() -> list[web.RouteDef]:
    """Return the routes of the settings."""
    return [
        web.get(PATH, show),
        web.post(f"{PATH}/signature", set_signature),
        web.post(f"{PATH}/vacation", set_vacation),
        web.post(f"{PATH}/vacation/end", end_vacation),
        web.post(f"{PATH}/blocked", block),
        web.post(f"{PATH}/blocked/remove", unblock),
        web.post("/box/{id}/block", block_sender_of),
    ]
