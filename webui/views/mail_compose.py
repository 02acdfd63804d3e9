"""The page on which a mail is written: what it begins with, and what came back from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError
from minxin.core.ids import new_id
from minxin.mailbox.disk.kit import size_text
from minxin.mailbox.mail.answers import Way
from minxin.mailbox.mail.drafting import Draft, written_file
from minxin.mailbox.mail.records import Box, Person
from minxin.mailbox.mail.sending import SHARED
from minxin.mailbox.mail.written import Typed, WrittenFile, addressees, line_of
from minxin.webui.context import language, services
from minxin.webui.forms import Form, UploadedFile
from minxin.webui.views.mail_list import boxes_of

FIELDS: Final = ("to", "cc", "bcc", "subject", "text")
HIDDEN: Final = ("key", "begun", "carried", "in_reply_to", "references")
_APART: Final = " "


class FromView(Struct, frozen=True):
    """An address that may be written from; ``value`` is what the form sends for it."""

    value: str
    address: str

    @property
    def pair(self) -> tuple[str, str]:
        """The value with the text beside it."""
        return self.value, self.address


class AttachedView(Struct, frozen=True):
    """A file that goes along, by its place."""

    index: int
    name: str
    size: str


class ComposeView(Struct, frozen=True, kw_only=True):
    """What the page shows beside its fields; ``item_id`` is empty until it was saved.

    ``shared`` says that it is written in a box of several people, whose name recipients see.
    """

    froms: tuple[FromView, ...]
    box_id: str
    files: tuple[AttachedView, ...]
    item_id: str
    shared: bool
    people: tuple[str, ...] = ()


async def begun(request: web.Request, actor: Actor) -> tuple[Form, ComposeView]:
    """Return the form that the address asks for: a draft, an answer, or a new mail.

    Raises ``NotFoundError`` for what is not the actor's.
    """
    query = request.query
    drafting = services(request).mailroom.webmail.drafting
    carried = begun_id = ""
    if query.get("draft"):
        draft = await drafting.open(actor, query["draft"])
        begun_id = query["draft"]
    elif query.get("key"):
        draft = await _by_key(request, actor)
    elif query.get("answer"):
        way = _way(query.get("way", ""))
        draft = await drafting.answer(actor, query["answer"], way, new_id(), language(request).value)
        carried = query["answer"] if way is Way.FORWARD and draft.files else ""
    else:
        boxes = await boxes_of(request, actor)
        box_id = query.get("box") or (boxes[0].id if boxes else "")
        draft = await drafting.begin(actor, box_id, new_id())
        draft = _addressed(draft, query.get("to", ""), query.get("subject", ""))
    return form_of_draft(draft, carried, begun_id), await compose_view(request, actor, draft)


async def compose_view(request: web.Request, actor: Actor, draft: Draft) -> ComposeView:
    """Return what stands beside the fields."""
    boxes = await services(request).mailroom.webmail.boxes(actor)
    there = [draft.box] if draft.item_id else [draft.box, *(box for box in boxes if box.id != draft.box.id)]
    choices = await services(request).contacts.choices(actor, draft.box.id, language(request))
    return ComposeView(
        froms=tuple(from_view(box, address) for box in there for address in (box.address, *box.aliases)),
        box_id=draft.box.id,
        files=tuple(AttachedView(one.index, one.name, size_text(one.size_bytes)) for one in draft.files),
        item_id=draft.item_id or "",
        shared=any(box.kind in SHARED for box in there),
        people=tuple(line_of([one]) for one in choices),
    )


def from_view(box: Box, address: str) -> FromView:
    """Return an address of a box to write from."""
    return FromView(f"{box.id}{_APART}{address}", address)


def form_of_draft(draft: Draft, carried: str = "", begun_id: str = "") -> Form:
    """Return the form that shows the draft."""
    typed = draft.typed
    return Form.of(
        **{name: getattr(typed, name) for name in FIELDS},
        sender=f"{draft.box.id}{_APART}{typed.sender or draft.box.address}",
        key=draft.key,
        begun=begun_id,
        carried=carried,
        in_reply_to=typed.in_reply_to,
        references=" ".join(typed.references),
    )


def box_of(form: Form) -> str:
    """Return the id of the box that the form is written in."""
    return form.text("sender").partition(_APART)[0]


def typed_of(form: Form) -> Typed:
    """Return what was typed."""
    return Typed(
        **{name: form.text(name) for name in FIELDS},
        sender=form.text("sender").partition(_APART)[2],
        in_reply_to=form.text("in_reply_to")[:1_000],
        references=tuple(one[:1_000] for one in form.text("references").split()[:100]),
    )


def files_of(form: Form) -> list[WrittenFile]:
    """Return the files that came with the form."""
    return [_written(sent) for sent in form.files]


def recipients(form: Form) -> tuple[dict[str, tuple[Person, ...]], list[MinxinError]]:
    """Return the people of each line, and what is wrong with the lines."""
    found: dict[str, tuple[Person, ...]] = {}
    errors: list[MinxinError] = []
    for field in ("to", "cc", "bcc"):
        people, wrong = addressees(form.text(field))
        found[field] = people
        errors += [InvalidInputError("mail.draft.address", field=field, address=one[:80]) for one in wrong[:1]]
    if not any(found.values()) and not errors:
        errors.append(InvalidInputError("mail.draft.nobody", field="to"))
    return found, errors


def dropped(act: str) -> Sequence[int]:
    """Return the places of files that the button takes out."""
    _, _, place = act.partition("drop-")
    return [int(place)] if place.isascii() and place.isdecimal() and len(place) < 4 else []


def _written(sent: UploadedFile) -> WrittenFile:
    return written_file(sent.name, sent.content_type, sent.data)


def _way(word: str) -> Way:
    try:
        return Way(word or Way.REPLY.value)
    except ValueError as error:
        raise NotFoundError from error


async def _by_key(request: web.Request, actor: Actor) -> Draft:
    drafting = services(request).mailroom.webmail.drafting
    item = await drafting.find(actor, request.query.get("box", ""), request.query["key"])
    if item is None:
        raise NotFoundError
    return await drafting.open(actor, item.id)


def _addressed(draft: Draft, to: str, subject: str) -> Draft:
    """Return the mail with what a link to the page proposes (``to``, ``subject``); a person reads it before it goes."""
    typed = Typed(to=to[:1_000], subject=subject[:200], text=draft.typed.text)
    return Draft(key=draft.key, box=draft.box, typed=typed)
