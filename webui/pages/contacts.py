"""Contacts (通讯录): a box's own, with the house's mark at official addresses; import, export, and suggestions."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.contacts.rules import MOST_ADDRESSES, MOST_CONTACTS, NAME_CHARS, NOTE_CHARS
from minxin.mailbox.contacts.suggesting import official_title
from minxin.mailbox.contacts.vcard import VERSIONS
from minxin.mailbox.mail.records import Box
from minxin.webui.context import language, services
from minxin.webui.forms import MIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_login
from minxin.webui.pages.box_settings import NONE_PAGE, chosen_box
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/box/contacts"
LIST_PAGE: Final = "contacts/list.html"
ONE_PAGE: Final = "contacts/one.html"
SHOWN: Final = 200
WORDS_MAX: Final = 60
FILE: Final = "attachments"
FILE_LIMITS: Final = FormLimits(body_bytes=2 * MIB, files=1, file_bytes=MIB)


async def show_list(request: web.Request) -> web.Response:
    """Show the contacts of one's own box, or of the one that the address names."""
    actor = require_login(request)
    box = await chosen_box(request, actor, request.query.get("box", ""))
    if box is None:
        return page(request, NONE_PAGE)
    typed = {name: request.query.get(name, "")[:NAME_CHARS] for name in ("name", "addresses")}
    return page(request, LIST_PAGE, form=Form.of(**typed), **await _context(request, actor, box))


async def add(request: web.Request) -> web.Response:
    """Keep a new contact."""
    actor, box, form = await _asked(request)
    try:
        await services(request).contacts.add(
            actor, box.id, name=form.text("name"), addresses=form.text("addresses"), note=form.text("note")
        )
    except InvalidInputError as error:
        return refused_page(request, LIST_PAGE, form, error, **await _context(request, actor, box))
    return see_other(request, _path(box), "notice.contact.kept")


async def show_one(request: web.Request) -> web.Response:
    """Show a contact in a form."""
    actor = require_login(request)
    box, contact = await services(request).contacts.one(actor, request.match_info["id"])
    form = Form.of(name=contact.name, addresses="\n".join(contact.addresses), note=contact.note)
    return page(request, ONE_PAGE, form=form, **await _one(request, box, contact))


async def change(request: web.Request) -> web.Response:
    """Keep what was changed."""
    actor, form, contact_id = require_login(request), form_of(request), request.match_info["id"]
    contacts = services(request).contacts
    try:
        await contacts.change(
            actor, contact_id, name=form.text("name"), addresses=form.text("addresses"), note=form.text("note")
        )
    except InvalidInputError as error:
        box, contact = await contacts.one(actor, contact_id)
        return refused_page(request, ONE_PAGE, form, error, **await _one(request, box, contact))
    box, _ = await contacts.one(actor, contact_id)
    return see_other(request, _path(box), "notice.contact.kept")


async def remove(request: web.Request) -> web.Response:
    """Delete a contact."""
    actor = require_login(request)
    box_id = await services(request).contacts.remove(actor, request.match_info["id"])
    return see_other(request, f"{PATH}?box={box_id}", "notice.contact.deleted")


@form_limits(FILE_LIMITS)
async def bring(request: web.Request) -> web.Response:
    """Take over the contacts of a vCard file."""
    actor, box, form = await _asked(request)
    try:
        if form.errors:
            return page(request, LIST_PAGE, status=422, form=form, **await _context(request, actor, box))
        if not form.files:
            raise InvalidInputError("contact.file", field=FILE)
        await services(request).contacts.bring(actor, box.id, form.files[0].data)
    except InvalidInputError as error:
        return refused_page(request, LIST_PAGE, form, error, **await _context(request, actor, box))
    return see_other(request, _path(box), "notice.contact.imported")


async def export(request: web.Request) -> web.Response:
    """Send all contacts as one vCard file, version 4.0 unless 3.0 is asked for."""
    actor = require_login(request)
    box = await chosen_box(request, actor, request.query.get("box", ""))
    if box is None:
        raise NotFoundError
    version = request.query.get("version", VERSIONS[0])
    if version not in VERSIONS:
        raise NotFoundError
    data = await services(request).contacts.cards(actor, box.id, version)
    headers = {"Content-Disposition": 'attachment; filename="contacts.vcf"', "X-Content-Type-Options": "nosniff"}
    return web.Response(body=data, content_type="text/vcard", charset="utf-8", headers=headers)


async def add_sender_of(request: web.Request) -> web.Response:
    """Keep who wrote a mail as a contact, and go back to the mail."""
    actor, item_id = require_login(request), request.match_info["id"]
    item = await services(request).mailroom.mailboxes.item(actor, item_id)
    sender = item.sender
    await services(request).contacts.add(
        actor, item.box_id, name=(sender.name or sender.address)[:NAME_CHARS], addresses=sender.address
    )
    return see_other(request, f"/box/{item.id}", "notice.contact.kept")


async def suggest(request: web.Request) -> web.Response:
    """Answer who may be meant by what was typed, as JSON for the page that mail is written on."""
    actor = require_login(request)
    box = await chosen_box(request, actor, request.query.get("box", ""))
    words = request.query.get("q", "")[:WORDS_MAX]
    found = await services(request).contacts.suggest(actor, box.id, words, language(request)) if box else []
    people = [
        {"name": one.name, "address": one.address, "source": one.source.value, "official": one.official}
        for one in found
    ]
    return web.json_response({"people": people})


async def _asked(request: web.Request) -> tuple[Actor, Box, Form]:
    actor, form = require_login(request), form_of(request)
    box = await chosen_box(request, actor, form.text("box"))
    if box is None:
        raise NotFoundError
    return actor, box, form


async def _context(request: web.Request, actor: Actor, box: Box) -> dict[str, Any]:
    words = request.query.get("q", "").strip()[:WORDS_MAX]
    found = await services(request).contacts.all(actor, box.id, words)
    return {
        "box": box,
        "boxes": await services(request).mailroom.mailboxes.boxes(actor),
        "words": words,
        "contacts": found[:SHOWN],
        "more": len(found) - SHOWN,
        "total": len(found),
        **await _marks(request),
    }


async def _one(request: web.Request, box: Box, contact: Contact) -> dict[str, Any]:
    return {"box": box, "contact": contact, **await _marks(request)}


async def _marks(request: web.Request) -> dict[str, Any]:
    """Return the official titles by address, and the limits of the form."""
    official = await services(request).contacts.directory.by_address_of_all()
    titles = {address: official_title(entry, language(request)) for address, entry in official.items()}
    limits = {"most": MOST_CONTACTS, "most_addresses": MOST_ADDRESSES, "name_max": NAME_CHARS, "note_max": NOTE_CHARS}
    return {"official": titles, **limits}


def _path(box: Box) -> str:
    return f"{PATH}?box={box.id}"


def routes() -> list[web.RouteDef]:
    """Return the routes of contacts."""
    return [
        web.get(PATH, show_list),
        web.post(f"{PATH}/new", add),
        web.post(f"{PATH}/import", bring),
        web.get(f"{PATH}/export", export),
        web.get(f"{PATH}/{{id}}", show_one),
        web.post(f"{PATH}/{{id}}", change),
        web.post(f"{PATH}/{{id}}/delete", remove),
        web.get("/box/suggest", suggest),
        web.post("/box/{id}/contact", add_sender_of),
    ]
