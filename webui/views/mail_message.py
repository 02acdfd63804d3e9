"""One mail as its page shows it, with its conversation, its files and what may be done with it."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from markupsafe import Markup
from msgspec import Struct

from minxin.core.actor import Actor
from minxin.mailbox.disk.kit import size_text
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import ANSWERED, FLAGGED, FolderRole, MailFile, MailItem, MailText
from minxin.mailbox.mail.sending import SHARED
from minxin.mailbox.mail.webmail import Said
from minxin.webui.context import services
from minxin.webui.views.deliveries import DeliveryView, delivery_views
from minxin.webui.views.mail_text import linked
from minxin.webui.views.official import NoticeView, notice_view

PICTURES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
BIGGEST_PICTURE: Final = 10 * 1024 * 1024


class FileView(Struct, frozen=True):
    """A file of a mail by its number; ``picture`` says that it may be previewed."""

    number: int
    name: str
    size: str
    picture: bool


class SaidView(Struct, frozen=True):
    """Another mail of the conversation; without ``text`` only its page shows it."""

    item: MailItem
    text: Markup | None
    is_draft: bool
    open: bool


class MessageView(Struct, frozen=True, kw_only=True):
    """A mail that is open."""

    item: MailItem
    mail: MailText
    text: Markup
    files: tuple[FileView, ...]
    before: tuple[SaidView, ...]
    behind: tuple[SaidView, ...]
    role: str
    is_draft: bool
    flagged: bool
    answered: bool
    may_answer: bool
    shared: bool
    taken: str
    is_mine: bool
    notice: NoticeView | None
    deliveries: tuple[DeliveryView, ...] = ()


async def message_view(request: web.Request, actor: Actor, item_id: str) -> MessageView:
    """Return the mail with its conversation; raises ``NotFoundError``."""
    room = services(request).mailroom
    opened = await room.mailboxes.open(actor, item_id)
    item = opened.item
    box = await room.webmail.box(actor, item.box_id)
    said = await room.webmail.conversation(actor, item_id)
    place = next((number for number, one in enumerate(said) if one.item.id == item_id), len(said))
    posts = await room.webmail.posts([item])
    notice = await notice_view(request, item)
    return MessageView(
        item=item,
        mail=opened.text,
        text=linked(opened.text.text),
        files=tuple(_file(number, file) for number, file in enumerate(opened.text.files)),
        before=tuple(_said(one, is_open=False) for one in said[:place]),
        behind=tuple(_said(one, is_open=one is said[-1]) for one in said[place + 1 :]),
        role=role_of(item),
        is_draft=role_of(item) == FolderRole.DRAFTS.value,
        flagged=FLAGGED in item.flags,
        answered=ANSWERED in item.flags,
        may_answer=_may_answer(request, item) and (notice is None or notice.replies),
        shared=box.kind in SHARED,
        taken=(posts.get(item.taken.by) or "…") if item.taken is not None else "",
        is_mine=item.taken is not None and item.taken.by == actor.id,
        notice=notice,
        deliveries=delivery_views(await room.sending.deliveries(actor, item_id)) if role_of(item) == "sent" else (),
    )


def role_of(item: MailItem) -> str:
    """Return the role of the folder that the item is in, or nothing for a folder of the owner's own."""
    roles = (role.value for role in FolderRole if role_folder(item.box_id, role) == item.folder_id)
    return next(roles, "")


def _may_answer(request: web.Request, item: MailItem) -> bool:
    """Nobody reads what is sent to where the house's own notices come from."""
    house = services(request).mailroom.house.address
    return bool(item.sender.address) and item.sender.address != house


def _file(number: int, file: MailFile) -> FileView:
    picture = file.content_type in PICTURES and file.size_bytes <= BIGGEST_PICTURE
    return FileView(number, file.name, size_text(file.size_bytes), picture)


def _said(one: Said, *, is_open: bool) -> SaidView:
    text = linked(one.text.text) if one.text is not None else None
    return SaidView(one.item, text, role_of(one.item) == FolderRole.DRAFTS.value, is_open)
