"""A box as its pages show it: folders, rows, and how full it is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Final

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from yarl import URL

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.disk.kit import size_text
from minxin.mailbox.mail.filling import level_of
from minxin.mailbox.mail.folded import search_words
from minxin.mailbox.mail.records import (
    ANSWERED,
    FLAGGED,
    FORWARDED,
    Box,
    Folder,
    FolderRole,
    MailItem,
    MailText,
    Person,
)
from minxin.mailbox.mail.service import Filling, FolderShown
from minxin.mailbox.mail.webmail import BoxShown
from minxin.webui.context import services
from minxin.webui.views.mail_text import Pieces, excerpt, marked

PAGE_SIZE: Final = 25
WORDS_MAX: Final = 100
ASKED: Final = ("box", "folder", "q", "after")
NO_TEXTS: Final[Mapping[str, MailText]] = {}
_WRITTEN: Final = (FolderRole.SENT, FolderRole.DRAFTS)


class Asked(Struct, frozen=True, kw_only=True):
    """Which page of which box somebody looks at, as it stands in addresses."""

    box: str = ""
    folder: str = ""
    q: str = ""
    after: str = ""

    def address(self, path: str = "/box") -> str:
        """Return the path with what was asked behind it."""
        query = {name: getattr(self, name) for name in ASKED if getattr(self, name)}
        return str(URL.build(path=path, query=query))


class RowView(Struct, frozen=True, kw_only=True):
    """A mail in a list. ``is_to`` says that ``who`` is whom it goes to; ``href`` is empty for what is opened unread."""

    id: str
    who: Pieces
    is_to: bool
    title: Pieces
    snippet: Pieces
    at: datetime
    seen: bool
    flagged: bool
    answered: bool
    forwarded: bool
    official: bool
    is_draft: bool
    files: int
    talk: int
    taken: str
    folder_role: str
    folder_name: str


class Hits(Struct, frozen=True):
    """What was looked for, and what the mails say that were found, by content."""

    words: Sequence[str]
    texts: Mapping[str, MailText]


class RoomView(Struct, frozen=True):
    """How full the box is; ``level`` is 0, 80 or 95."""

    percent: int
    level: int
    used: str
    most: str


class MailboxView(Struct, frozen=True, kw_only=True):
    """All that the page of a folder shows."""

    box: Box
    boxes: tuple[Box, ...]
    folders: tuple[FolderShown, ...]
    folder: FolderShown
    role: str
    rows: tuple[RowView, ...]
    next: str | None
    room: RoomView
    asked: Asked

    @property
    def first(self) -> URL:
        """The address of the list, as far down as it is shown."""
        return URL(self.asked.address())


def asked_of(query: Mapping[str, str]) -> Asked:
    """Return what an address or a form asks for."""
    return Asked(
        box=query.get("box", "")[:64],
        folder=query.get("folder", "")[:64],
        q=query.get("q", "").strip()[:WORDS_MAX],
        after=query.get("after", "")[:200],
    )


async def mailbox_view(
    request: web.Request, actor: Actor, asked: Asked, at: MailItem | None = None
) -> MailboxView | None:
    """Return the page, beside the mail ``at`` when one is open; None for who has no box.

    Raises ``NotFoundError`` for a box or folder that is not the actor's.
    """
    webmail = services(request).mailroom.webmail
    boxes = await boxes_of(request, actor)
    if not boxes:
        return None
    box = await _chosen(request, actor, boxes, at.box_id if at is not None else asked.box)
    folder = asked.folder or (at.folder_id if at is not None and not asked.q else FolderRole.INBOX.value)
    found = await webmail.glance(boxes, box, folder, PageRequest(asked.after or None, PAGE_SIZE))
    return await _view(request, actor, found, asked)


async def state_of(request: web.Request, actor: Actor, asked: Asked) -> Hashable | None:
    """Return what names the exact state of the page, None for who has no box.

    All that a page shows of a box has a stamp, or is the box's own record. Raises as :func:`mailbox_view` does.
    """
    boxes = await boxes_of(request, actor)
    if not boxes:
        return None
    box = await _chosen(request, actor, boxes, asked.box)
    stamp = await services(request).mailroom.mailboxes.last_stamp(box)
    return actor.id, asked, stamp, tuple((one.id, one.version) for one in (*boxes, box))


async def boxes_of(request: web.Request, actor: Actor) -> tuple[Box, ...]:
    """Return the boxes that the actor may open, his own first; it is opened now when nobody did so far."""
    boxes = await services(request).mailroom.webmail.boxes(actor)
    if any(box.owner_id == actor.id for box in boxes):
        return boxes
    own = await services(request).boxes.own(actor)
    return (own, *boxes) if own is not None else boxes


async def _chosen(request: web.Request, actor: Actor, boxes: tuple[Box, ...], wanted: str) -> Box:
    if not wanted:
        return boxes[0]
    known = next((box for box in boxes if box.id == wanted), None)
    return known or await services(request).mailroom.webmail.box(actor, wanted)


async def _view(request: web.Request, actor: Actor, found: BoxShown, asked: Asked) -> MailboxView:
    items, talks, texts = found.items, found.talks, NO_TEXTS
    words: Sequence[str] = ()
    if asked.q:
        items, texts = await _searched(request, actor, found, asked)
        talks = await services(request).mailroom.webmail.sizes(found.box, items.items)
        words = search_words(asked.q)
    posts = await services(request).mailroom.webmail.posts(items.items)
    folders = {one.folder.id: one.folder for one in found.folders}
    rows = [
        _row(item, folders.get(item.folder_id), talks.get(item.thread_id, 1), _taker(item, posts), Hits(words, texts))
        for item in items.items
    ]
    role = found.folder.folder.role.value if found.folder.folder.role else ""
    place = {} if asked.q else {"folder": role or found.folder.folder.id}
    return MailboxView(
        box=found.box,
        boxes=found.boxes,
        folders=found.folders,
        folder=found.folder,
        role=role,
        rows=tuple(rows),
        next=items.next,
        room=room_view(found.filling),
        asked=replace(asked, box=found.box.id, **place),
    )


async def _searched(
    request: web.Request, actor: Actor, found: BoxShown, asked: Asked
) -> tuple[Page[MailItem], dict[str, MailText]]:
    room = services(request).mailroom
    try:
        items = await room.mailboxes.search(actor, found.box.id, asked.q, PageRequest(asked.after or None, PAGE_SIZE))
    except InvalidInputError:
        return Page([]), {}
    return items, await room.webmail.texts(items.items)


def _row(item: MailItem, folder: Folder | None, talk: int, taken: str, hits: Hits) -> RowView:
    role = folder.role if folder is not None else None
    is_to = role in _WRITTEN
    who = "、".join(_name(one) for one in item.to) if is_to else _name(item.sender)
    return RowView(
        id=item.id,
        who=marked(who, hits.words),
        is_to=is_to,
        title=marked(item.subject, hits.words),
        snippet=_around(item, hits),
        at=item.received_at,
        seen=item.seen,
        flagged=FLAGGED in item.flags,
        answered=ANSWERED in item.flags,
        forwarded=FORWARDED in item.flags,
        official=item.official,
        is_draft=role is FolderRole.DRAFTS,
        files=item.files,
        talk=talk,
        taken=taken,
        # What a search found may lie anywhere.
        folder_role=role.value if role is not None and hits.words else "",
        folder_name=folder.name if folder is not None and hits.words else "",
    )


def _taker(item: MailItem, posts: Mapping[str, str]) -> str:
    """Return the post of who took the mail upon himself; one who has none is only somebody."""
    return posts.get(item.taken.by) or "…" if item.taken is not None else ""


def _around(item: MailItem, hits: Hits) -> Pieces:
    """Return how the mail begins, or the place of its text or the name of its file where a word was found."""
    text = hits.texts.get(item.content_id)
    found = excerpt(text.text, hits.words) or _file_names(text, hits.words) if text is not None else ()
    return found or marked(item.snippet, hits.words)


def _file_names(text: MailText, words: Sequence[str]) -> Pieces:
    for file in text.files:
        pieces = marked(file.name, words)
        if any(hit for _, hit in pieces):
            return pieces
    return ()


def _name(person: Person) -> str:
    return person.name or person.address


def room_view(filling: Filling) -> RoomView:
    """Return how full a box is."""
    percent = filling.used * 100 // filling.most if filling.most else 100
    return RoomView(percent, level_of(filling.used, filling.most, 0), size_text(filling.used), size_text(filling.most))
