"""Boxes as a service: everything that a page or a mail program may ask of them.

    mailboxes = Mailboxes(store, pool, clock, rules)
    page = await mailboxes.items(actor, folder_id, PageRequest())
    opened = await mailboxes.open(actor, page.items[0].id)

Each method goes through the one access door and raises ``NotFoundError`` for what the actor may not see. What many
change at once (two mail programs and a page) is read and decided again when it moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.changes import Changes, Committed
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box, access_folder, access_item, boxes_for
from minxin.mailbox.mail.contents import LARGE, MailContents
from minxin.mailbox.mail.delivery import Incoming, deliver_mail, fields_of, pack
from minxin.mailbox.mail.folded import search_words
from minxin.mailbox.mail.folders import FolderKeeper
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.ports import FolderState, MailChanges
from minxin.mailbox.mail.records import DELETED, Box, Folder, FolderRole, MailItem, MailText
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.mime.head import look
from minxin.mailbox.mime.sanitize import SafeHtml
from minxin.mailbox.ports import MailStore
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.spam.learning import learned

TRIES: Final = 8
MOST_AT_ONCE: Final = 1_000  # items of one act
MOST_OF_A_THREAD: Final = 200
_EMPTY: Final = FolderState(0, 0, 1)


class FolderShown(Struct, frozen=True):
    """A folder with how much is in it."""

    folder: Folder
    state: FolderState


class OpenedMail(Struct, frozen=True):
    """An item with what it says."""

    item: MailItem
    text: MailText


class Filling(Struct, frozen=True):
    """How many bytes of mail a box holds, and how many it may."""

    used: int
    most: int


class Mailboxes(FolderKeeper):
    """Boxes, folders and mail of whoever asks."""

    def __init__(self, store: MailStore, pool: SafePool, clock: Clock, rules: MailRules) -> None:
        super().__init__(store, clock, rules)
        self.contents = MailContents(store, pool)

    async def boxes(self, actor: Actor) -> list[Box]:
        """Return the boxes that the actor may open, his own first."""
        return await boxes_for(self._store, actor)

    async def filling(self, actor: Actor, box_id: str) -> Filling:
        """Return how full the box is."""
        box = await access_box(self._store, actor, box_id)
        key = mail_usage(box.id)
        return Filling((await self._store.used([key]))[key], self.rules.most(box))

    async def folders(self, actor: Actor, box_id: str) -> list[FolderShown]:
        """Return the folders of the box: those with a role first, then the others by name."""
        box = await access_box(self._store, actor, box_id)
        states = await self._store.folder_states(box.id)
        found = await self._store.folders_of(box.id)
        order = list(FolderRole)
        found.sort(key=lambda one: (order.index(one.role) if one.role else len(order), one.name))
        return [FolderShown(one, states.get(one.id, _EMPTY)) for one in found]

    async def last_stamp(self, box: Box) -> int:
        """Return the highest stamp of a box that the actor was let into: it grows with all that happens there."""
        return await self._store.last_stamp(box.id)

    async def unseen(self, actor: Actor, box_id: str) -> int:
        """Return how many mails in the inbox nobody opened."""
        box = await access_box(self._store, actor, box_id)
        return await self._store.unseen_mail(role_folder(box.id, FolderRole.INBOX))

    async def items(self, actor: Actor, folder_id: str, page: PageRequest) -> Page[MailItem]:
        """Return a folder, newest first."""
        _, folder = await access_folder(self._store, actor, folder_id)
        return await self._store.mail_items(folder.id, page)

    async def item(self, actor: Actor, item_id: str) -> MailItem:
        """Return one item."""
        _, item = await access_item(self._store, actor, item_id)
        return item

    async def open(self, actor: Actor, item_id: str) -> OpenedMail:
        """Return what a mail says; it stays unread (see :meth:`mark`)."""
        item = await self.item(actor, item_id)
        return OpenedMail(item, await self.contents.text(item.content_id))

    async def html(self, actor: Actor, item_id: str, files_at: str, *, remote_images: bool = False) -> SafeHtml:
        """Return the mail's HTML form, cleaned, for a sandboxed document of its own."""
        item = await self.item(actor, item_id)
        return await self.contents.html(item.content_id, files_at, remote_images=remote_images)

    async def raw(self, actor: Actor, item_id: str) -> bytes:
        """Return the mail as it came, to the byte."""
        item = await self.item(actor, item_id)
        return await self.contents.raw(item.content_id)

    async def file(self, actor: Actor, item_id: str, index: int) -> bytes:
        """Return the bytes of a file in the mail."""
        item = await self.item(actor, item_id)
        return await self.contents.file(item.content_id, index)

    async def thread(self, actor: Actor, item_id: str) -> list[MailItem]:
        """Return the conversation that the item is of, oldest first."""
        item = await self.item(actor, item_id)
        return await self._store.mail_thread(item.box_id, item.thread_id, MOST_OF_A_THREAD)

    async def search(
        self, actor: Actor, box_id: str, typed: str, page: PageRequest, folder_id: str | None = None
    ) -> Page[MailItem]:
        """Return mails of the box, of one folder when given, that hold every word of what was typed, newest first.

        Senders, recipients, subject, text and names of files are looked into. Raises ``InvalidInputError``
        ``mail.search.empty`` when there is no word.
        """
        box = await access_box(self._store, actor, box_id)
        words = search_words(typed)
        if not words:
            raise InvalidInputError("mail.search.empty", field="q")
        return await self._store.search_mail(box.id, words, folder_id, page)

    async def changes_since(self, actor: Actor, folder_id: str, stamp: int, limit: int = 1_000) -> MailChanges:
        """Return what changed in a folder after the stamp."""
        box, folder = await access_folder(self._store, actor, folder_id)
        return await self._store.mail_changes(box.id, folder.id, stamp, limit)

    async def mark(
        self,
        actor: Actor,
        item_ids: Sequence[str],
        *,
        add: Collection[str] = (),
        remove: Collection[str] = (),
        unchanged_since: int | None = None,
    ) -> frozenset[str]:
        """Add flags to the items and take others away.

        With ``unchanged_since`` items with a higher stamp are left as they are (RFC 7162), and their ids returned.
        """
        left: frozenset[str] = frozenset()

        async def decide(now: datetime) -> Changes:
            nonlocal left
            items = [item for _, item in await self._all(actor, item_ids)]
            left = frozenset(item.id for item in items if unchanged_since is not None and item.stamp > unchanged_since)
            changes = Changes()
            for item in items:
                if item.id not in left:
                    changes += moves.with_flags(item, (set(item.flags) - set(remove)) | set(add), now)
            return changes

        await self._carry_out(decide)
        return left

    async def move(self, actor: Actor, item_ids: Sequence[str], folder_id: str) -> Committed:
        """Move items into another folder, of their box or of another that the actor may open.

        ``seqs`` of the answer are the new UIDs by item. Raises ``QuotaError`` and moves none when they do not fit.
        """

        async def decide(now: datetime) -> Changes:
            box, folder = await access_folder(self._store, actor, folder_id)
            items = await self._all(actor, item_ids)
            changes = await learned(self._store, box, [item for _, item in items], folder)
            for own, item in items:
                if own.id == box.id:
                    changes += moves.move(item, folder, now)
                else:
                    changes += moves.move_over(item, folder, now, self.rules.most(box))
            return changes

        return await self._carry_out(decide)

    async def copy(self, actor: Actor, item_ids: Sequence[str], folder_id: str) -> tuple[dict[str, str], Committed]:
        """Copy items into a folder of their box, or of another one's own, and return the copies' ids by item.

        Raises ``QuotaError`` and copies none when they do not fit.
        """
        copies = {one: new_id() for one in item_ids}

        async def decide(now: datetime) -> Changes:
            box, folder = await access_folder(self._store, actor, folder_id)
            items = [item for _, item in await self._all(actor, item_ids)]
            changes = await learned(self._store, box, items, folder)
            for item in items:
                changes += moves.copy(item, folder, copies[item.id], now, self.rules.most(box))
            return changes

        return copies, await self._carry_out(decide)

    async def delete(self, actor: Actor, item_ids: Sequence[str]) -> None:
        """Put items into the trash; what is there already is deleted for good."""

        async def decide(now: datetime) -> Changes:
            changes = Changes()
            for box, item in await self._all(actor, item_ids):
                trash = await self._store.get(Folder, role_folder(box.id, FolderRole.TRASH))
                if trash is None or item.folder_id == trash.id:
                    changes += moves.expunge(item, now)
                else:
                    changes += moves.move(item, trash, now)
            return changes

        await self._carry_out(decide)

    async def expunge(self, actor: Actor, item_ids: Sequence[str], *, marked_only: bool = False) -> None:
        """Delete items for good, from whatever folder.

        With ``marked_only`` (IMAP EXPUNGE) those stay that somebody takes the mark from at the same moment, and those
        that somebody deleted are none of them.
        """

        async def decide(now: datetime) -> Changes:
            wanted = item_ids
            if marked_only:
                there = await self._store.get_all(MailItem, item_ids)
                wanted = [one for one in item_ids if one in there and DELETED in there[one].flags]
            changes = Changes()
            for _, item in await self._all(actor, wanted):
                changes += moves.expunge(item, now)
            return changes

        await self._carry_out(decide)

    async def take(self, actor: Actor, item_id: str) -> None:
        """Take a mail of a shared box upon oneself, so that the others see it (认领)."""

        async def decide(now: datetime) -> Changes:
            _, item = await access_item(self._store, actor, item_id)
            return moves.take(item, actor.id, now)

        await self._carry_out(decide)

    async def append(
        self,
        actor: Actor,
        folder_id: str,
        raw: bytes,
        *,
        flags: Sequence[str] = (),
        received_at: datetime | None = None,
        replaces: str | None = None,
    ) -> tuple[str, Committed]:
        """Put a mail into a folder (IMAP APPEND; a draft as it is typed) and return its item's id.

        ``replaces`` is the item that it takes the place of: an older state of the same draft, deleted in the same
        commit. Raises ``TooLargeError``, and ``QuotaError`` when it does not fit.
        """
        if len(raw) > self.rules.message_bytes:
            raise TooLargeError(limit=self.rules.message_bytes)
        fields, made = fields_of(look(raw)), new_id()
        packed = pack(raw) if len(raw) < LARGE else await asyncio.to_thread(pack, raw)

        async def decide(now: datetime) -> Changes:
            box, folder = await access_folder(self._store, actor, folder_id)
            old = await self._replaced(box, replaces)
            mail = Incoming(
                item_id=made,
                folder_id=folder.id,
                packed=packed,
                fields=fields,
                received_at=received_at or now,
                thread_id=old.thread_id if old else await thread_of(self._store, box.id, fields, made),
                most=self.rules.most(box),
                flags=tuple(flags),
            )
            # What the old state frees comes first, so that a draft in a full box can still be changed.
            return (moves.expunge(old, now) if old else Changes()) + deliver_mail(box.id, mail)

        return made, await self._carry_out(decide)

    async def _replaced(self, box: Box, item_id: str | None) -> MailItem | None:
        """Return the older state of a draft; one that somebody deleted meanwhile is simply gone."""
        item = await self._store.get(MailItem, item_id) if item_id is not None else None
        return item if item is not None and item.box_id == box.id else None

    async def _all(self, actor: Actor, item_ids: Sequence[str]) -> list[tuple[Box, MailItem]]:
        """Return the items with their boxes; raises ``NotFoundError`` unless the actor may see every one."""
        wanted = list(dict.fromkeys(item_ids))
        if len(wanted) > MOST_AT_ONCE:
            raise InvalidInputError("mail.too_many_at_once", limit=MOST_AT_ONCE)
        found = await self._store.get_all(MailItem, wanted)
        if len(found) != len(wanted):
            raise NotFoundError
        boxes = {box_id: await access_box(self._store, actor, box_id) for box_id in {i.box_id for i in found.values()}}
        return [(boxes[found[one].box_id], found[one]) for one in wanted]

    async def _carry_out(self, decide: Callable[[datetime], Awaitable[Changes]]) -> Committed:
        """Decide and commit, again when something moved meanwhile; a client who leaves can't tear it."""
        for _ in range(TRIES):
            changes = await decide(self._clock.now())
            if changes == Changes():
                return Committed({}, {})
            try:
                return await asyncio.shield(self._store.commit(changes))
            except ConflictError:
                continue
        raise ConflictError
