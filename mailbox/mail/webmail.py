"""What pages need beside the boxes themselves (网页邮箱): folders at one glance, conversations, who took what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box, access_folder, access_item, boxes_for
from minxin.mailbox.mail.contents import MailContents
from minxin.mailbox.mail.drafting import Drafting
from minxin.mailbox.mail.export import export_mbox, export_zip
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.ports import BoxGlance, FolderState
from minxin.mailbox.mail.records import Box, Folder, FolderRole, MailItem, MailText
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import SHARED
from minxin.mailbox.mail.service import MOST_AT_ONCE, MOST_OF_A_THREAD, Filling, FolderShown, Mailboxes
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account
from minxin.mailbox.safe_pool import SafePool

OPENED_OF_A_THREAD: Final = 20
_ROLES: Final = {role.value: role for role in FolderRole}
_ORDER: Final = list(FolderRole)


class BoxShown(Struct, frozen=True, kw_only=True):
    """A box with one of its folders open; ``talks`` are the sizes of conversations by their ids."""

    box: Box
    boxes: tuple[Box, ...]
    folders: tuple[FolderShown, ...]
    folder: FolderShown
    items: Page[MailItem]
    filling: Filling
    talks: dict[str, int]


class Said(Struct, frozen=True):
    """A mail of a conversation; ``text`` is None for those that are only named."""

    item: MailItem
    text: MailText | None


class Webmail:
    """Boxes as pages show them."""

    def __init__(self, store: MailStore, pool: SafePool, clock: Clock, rules: MailRules, mailboxes: Mailboxes) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._mailboxes = mailboxes
        self._contents = MailContents(store, pool)
        self.drafting = Drafting(store, pool, clock, rules)

    async def boxes(self, actor: Actor) -> tuple[Box, ...]:
        """Return the boxes that the actor may open, his own first."""
        return tuple(await boxes_for(self._store, actor))

    async def box(self, actor: Actor, box_id: str) -> Box:
        """Return a box that the actor may open; raises ``NotFoundError``."""
        return await access_box(self._store, actor, box_id)

    async def glance(self, boxes: Sequence[Box], box: Box, folder: str, page: PageRequest) -> BoxShown:
        """Return a folder, by its role or id, of a box that the actor was let into; raises ``NotFoundError``."""
        folder_id = role_folder(box.id, _ROLES[folder]) if folder in _ROLES else folder
        seen = await self._store.box_glance(box.id, folder_id, page)
        folders = _folders(seen)
        chosen = next((one for one in folders if one.folder.id == folder_id), None)
        if chosen is None:
            raise NotFoundError
        return BoxShown(
            box=box,
            boxes=tuple(boxes),
            folders=folders,
            folder=chosen,
            items=seen.items,
            filling=Filling(seen.used, self._rules.most(box)),
            talks=seen.talks,
        )

    async def sizes(self, box: Box, items: Sequence[MailItem]) -> dict[str, int]:
        """Return the sizes of the conversations that the items are of."""
        return await self._store.conversation_sizes(box.id, {item.thread_id for item in items})

    async def conversation(self, actor: Actor, item_id: str) -> list[Said]:
        """Return the conversation that the item is of, oldest first; the newest mails of it with what they say.

        What lies in the trash or junk is left out, unless the item itself does.
        """
        box, item = await access_item(self._store, actor, item_id)
        away = {role_folder(box.id, role) for role in (FolderRole.TRASH, FolderRole.JUNK)} - {item.folder_id}
        found = await self._store.mail_thread(box.id, item.thread_id, MOST_OF_A_THREAD)
        kept = [one for one in found if one.folder_id not in away]
        opened = kept[-OPENED_OF_A_THREAD:]
        texts = await self._store.get_all(MailText, {one.content_id for one in opened})
        return [Said(one, texts.get(one.content_id) if one in opened else None) for one in kept]

    async def texts(self, items: Sequence[MailItem]) -> dict[str, MailText]:
        """Return what the items say, by content, as far as it was read; the caller was let in to them."""
        return await self._store.get_all(MailText, {item.content_id for item in items})

    async def posts(self, items: Sequence[MailItem]) -> dict[str, str]:
        """Return the post of everybody who took one of the items upon himself, by account."""
        takers = {item.taken.by for item in items if item.taken is not None}
        return {one.id: one.post for one in (await self._store.get_all(Account, takers)).values()} if takers else {}

    async def item_ids(self, actor: Actor, folder_id: str) -> list[str]:
        """Return the ids of the first items of a folder, as many as may be changed at once."""
        _, folder = await access_folder(self._store, actor, folder_id)
        return [one.id for one in await self._store.mail_by_uid(folder.id, 1, None, MOST_AT_ONCE)]

    async def take(self, actor: Actor, item_id: str) -> None:
        """Take a mail of a shared box upon oneself (认领); raises ``NotFoundError`` for one of another box."""
        box, _ = await access_item(self._store, actor, item_id)
        if box.kind not in SHARED:
            raise NotFoundError
        await self._mailboxes.take(actor, item_id)

    async def release(self, actor: Actor, item_id: str) -> None:
        """Give a mail of a shared box back that somebody took upon himself (退领); raises ``NotFoundError``."""
        box, item = await access_item(self._store, actor, item_id)
        if box.kind not in SHARED:
            raise NotFoundError
        if item.taken is not None:
            await self._store.commit(moves.put(item, taken=None))

    def exported(self, actor: Actor, box_id: str, kind: str) -> AsyncIterator[bytes]:
        """Yield the whole box as ``mbox`` or ``zip``; raises ``NotFoundError`` at the first piece."""
        return export_mbox(self._store, actor, box_id) if kind == "mbox" else export_zip(self._store, actor, box_id)


def _folders(seen: BoxGlance) -> tuple[FolderShown, ...]:
    """Return the folders: those with a role first, then the others by name."""
    found = sorted(seen.folders, key=lambda one: (_ORDER.index(one.role) if one.role else len(_ORDER), one.name))
    return tuple(FolderShown(one, _state(seen, one)) for one in found)


def _state(seen: BoxGlance, folder: Folder) -> FolderState:
    total, unseen = seen.counts.get(folder.id, (0, 0))
    return FolderState(total, unseen, 0)
