"""The citizen's own box as a service: list it, open a message, count what is unread."""

from __future__ import annotations

from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.boxes import read
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import BoxMessage


class Boxes:
    """Everyone's own box; nobody, of whatever role, sees another's."""

    def __init__(self, store: MailStore, clock: Clock) -> None:
        self._store = store
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


async def access_message(store: MailStore, actor: Actor, message_id: str) -> BoxMessage:
    """Return a message of the actor's own box: the one door to messages; raises ``NotFoundError``."""
    message = await store.get(BoxMessage, message_id)
    if message is None or message.account_id != actor.id:
        raise NotFoundError
    return message
