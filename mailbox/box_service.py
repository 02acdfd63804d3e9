"""The citizen's own box as a service: list it, open a message, count what is unread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DamagedError, DuplicateError, NotFoundError, TooManyTriesError
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox.boxes import deliver, read
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, BoxFile, BoxMessage

# Beyond so many messages in a day nobody puts more into his own box by himself.
MOST_A_DAY: Final = 30
A_DAY: Final = timedelta(days=1)


class Boxes:
    """Everyone's own box; nobody, of whatever role, sees another's."""

    def __init__(self, store: MailStore, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def list(self, actor: Actor, page: PageRequest) -> Page[BoxMessage]:
        """Return the actor's messages, newest first."""
        return await self._store.box_messages(actor.id, page)

    async def unread(self, actor: Actor) -> int:
        """Return how many of the actor's messages were never opened."""
        return await self._store.unread_messages(actor.id)

    async def message(self, actor: Actor, message_id: str) -> BoxMessage:
        """Return the message and leave it unread if it is; raises ``NotFoundError``."""
        return await access_message(self._store, actor, message_id)

    async def open(self, actor: Actor, message_id: str) -> None:
        """Mark the message as read; raises ``NotFoundError``."""
        message = await access_message(self._store, actor, message_id)
        if message.read_at is not None:
            return
        try:
            await self._store.commit(read(message, self._clock.now()))
        except ConflictError:
            # Another window opened it at the same moment, and nothing else ever changes a message.
            return

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
        newest = await self._store.box_messages(actor.id, PageRequest(None, MOST_A_DAY))
        if len(newest.items) == MOST_A_DAY and now - newest.items[-1].at < A_DAY:
            raise TooManyTriesError(retry_after_s=int((newest.items[-1].at + A_DAY - now).total_seconds()))
        changes = deliver(self._vault, account, now, key=key, sender=sender, subject=subject, text=text, files=files)
        with suppress(DuplicateError):
            await self._store.commit(changes)

    async def file(self, actor: Actor, message_id: str, number: int) -> tuple[BoxFile, bytes]:
        """Return a file of a message by its place, from 0; raises ``NotFoundError``."""
        message = await access_message(self._store, actor, message_id)
        if not 0 <= number < len(message.files):
            raise NotFoundError
        data = await self._store.blob(message.files[number].blob_id)
        if data is None:
            raise DamagedError
        return message.files[number], data


async def access_message(store: MailStore, actor: Actor, message_id: str) -> BoxMessage:
    """Return a message of the actor's own box: the one door to messages; raises ``NotFoundError``."""
    message = await store.get(BoxMessage, message_id)
    if message is None or message.account_id != actor.id:
        raise NotFoundError
    return message
