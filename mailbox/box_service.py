"""One's own inbox in its simplest form: what the house wrote and what came, for pages and programs that only read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError, NotFoundError, TooManyTriesError
from minxin.core.paging import MAX_PAGE, Page, PageRequest
from minxin.mailbox.boxes import deliver
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.mailroom import MailRoom
from minxin.mailbox.mail.records import SEEN, Box, FolderRole, MailItem, MailText
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account

# Beyond so many messages in a day nobody puts more into his own box by himself.
MOST_A_DAY: Final = 30
A_DAY: Final = timedelta(days=1)


class MessageFile(Struct, frozen=True):
    """A file that came with a message; the type is what the sender says."""

    name: str
    content_type: str
    size_bytes: int


class BoxMessage(Struct, frozen=True, kw_only=True):
    """A mail as a reader sees it; in a list ``text`` is only its beginning, and ``files`` are empty."""

    id: str
    at: datetime
    sender: str
    subject: str
    text: str
    letter_id: str | None
    read_at: datetime | None
    files: tuple[MessageFile, ...]


class Boxes:
    """Everyone's own box; nobody, of whatever role, sees another's."""

    def __init__(self, store: MailStore, clock: Clock, room: MailRoom) -> None:
        self._store = store
        self._clock = clock
        self._room = room

    async def own(self, actor: Actor) -> Box | None:
        """Return the actor's own box, opened now when it was not yet; None for who may have none."""
        account = await self._store.get(Account, actor.id)
        return await self._room.keeping.box_of(account) if account is not None else None

    async def list(self, actor: Actor, page: PageRequest) -> Page[BoxMessage]:
        """Return the actor's inbox, newest first."""
        box = await self.own(actor)
        if box is None:
            return Page([])
        found = await self._room.mailboxes.items(actor, role_folder(box.id, FolderRole.INBOX), page)
        return Page([_listed(item) for item in found.items], found.next)

    async def unread(self, actor: Actor) -> int:
        """Return how many mails of the actor's inbox were never opened."""
        return await self._store.unseen_mail(role_folder(actor.id, FolderRole.INBOX))

    async def message(self, actor: Actor, message_id: str) -> BoxMessage:
        """Return the message and leave it unread if it is; raises ``NotFoundError``."""
        opened = await self._room.mailboxes.open(actor, message_id)
        return _message(opened.item, opened.text)

    async def open(self, actor: Actor, message_id: str) -> None:
        """Mark the message as read; raises ``NotFoundError``."""
        await self._room.mailboxes.mark(actor, [message_id], add=[SEEN])

    async def put(
        self, actor: Actor, *, key: str, sender: str, subject: str, text: str, files: Sequence[tuple[str, str, bytes]]
    ) -> None:
        """Put what the actor wants to keep into his own box; the same ``key`` once more changes nothing.

        ``files`` are name, content type and bytes. Raises ``NotFoundError`` for who has no account,
        ``TooManyTriesError`` after :data:`MOST_A_DAY` a day.
        """
        account = await self._store.get(Account, actor.id)
        if account is None:
            raise NotFoundError
        now = self._clock.now()
        inbox = role_folder(actor.id, FolderRole.INBOX)
        newest = (await self._store.mail_items(inbox, PageRequest(None, MAX_PAGE))).items
        ours = [one.received_at for one in newest if one.official and now - one.received_at < A_DAY]
        if len(ours) >= MOST_A_DAY:
            raise TooManyTriesError(retry_after_s=int((ours[MOST_A_DAY - 1] + A_DAY - now).total_seconds()))
        changes = deliver(
            self._room.house, account, now, key=key, sender=sender, subject=subject, text=text, files=files
        )
        with suppress(DuplicateError):
            await self._store.commit(changes)

    async def file(self, actor: Actor, message_id: str, number: int) -> tuple[MessageFile, bytes]:
        """Return a file of a message by its place, from 0; raises ``NotFoundError``."""
        opened = await self._room.mailboxes.open(actor, message_id)
        if not 0 <= number < len(opened.text.files):
            raise NotFoundError
        found = opened.text.files[number]
        data = await self._room.mailboxes.file(actor, message_id, found.index)
        return MessageFile(found.name, found.content_type, len(data)), data

    async def everything(self, actor: Actor) -> AsyncIterator[BoxMessage]:
        """Yield every mail of the actor's own box, whatever folder it is in."""
        box = await self.own(actor)
        if box is None:
            return
        async for _, item in self._store.all_mail(box.id):
            yield _message(item, await self._room.mailboxes.contents.text(item.content_id))


def _listed(item: MailItem) -> BoxMessage:
    return _shown(item, item.snippet, ())


def _message(item: MailItem, text: MailText) -> BoxMessage:
    files = tuple(MessageFile(one.name, one.content_type, one.size_bytes) for one in text.files)
    return _shown(item, text.text, files)


def _shown(item: MailItem, text: str, files: tuple[MessageFile, ...]) -> BoxMessage:
    return BoxMessage(
        id=item.id,
        at=item.received_at,
        sender=item.sender.name or item.sender.address,
        subject=item.subject,
        text=text,
        letter_id=item.letter_id,
        read_at=item.opened_at if item.seen else None,
        files=files,
    )
