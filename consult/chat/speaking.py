"""Speaking: one message into one conversation, durable before it is acknowledged, and once however often it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from minxin.consult.chat import decisions
from minxin.consult.chat.records import Author, Conversation, Message
from minxin.consult.ports import LetterStore
from minxin.consult.records import Attachment
from minxin.consult.trying import TRIES
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError, InvalidInputError, NotFoundError

FILES_MAX: Final = 20  # of one conversation

Said = tuple[Conversation, Message]


async def speak(
    store: LetterStore,
    find: Callable[[], Awaitable[Conversation]],
    decide: Callable[[Conversation], Said],
    besides: Changes,
    sender: tuple[Author, str],
) -> Message:
    """Commit what ``decide`` says in the conversation that ``find`` reads, together with ``besides``, and return it.

    ``sender`` is who speaks and his token: with a token that was used before nothing is written, and the first message
    comes back. Two who speak at once are both heard, one after the other.
    """
    author, token = sender
    for tries_left in reversed(range(TRIES)):
        conversation = await find()
        if token:
            known = await store.get(Message, decisions.message_id(conversation.id, author, token))
            if known is not None:
                return known
        said, message = decide(conversation)
        try:
            # A browser that leaves now may come back and ask what became of its words.
            await asyncio.shield(store.commit(decisions.written(said, [message]) + besides))
        except ConflictError:
            if not tries_left:
                raise
        else:
            return message
    raise ConflictError


async def check_files(store: LetterStore, conversation: Conversation, more: int) -> None:
    """Raise ``InvalidInputError`` when so many more files were too many for one conversation."""
    kept = sum(len(message.attachments) for message in await store.messages_of(conversation.id))
    if kept + more > FILES_MAX:
        raise InvalidInputError("chat.files", field="attachments", most=FILES_MAX)


async def find_file(store: LetterStore, conversation: Conversation, attachment_id: str) -> tuple[Attachment, bytes]:
    """Return a file of a conversation that the caller got through the door; raises ``NotFoundError``."""
    for message in await store.messages_of(conversation.id):
        for file in message.attachments:
            if file.id == attachment_id:
                data = await store.blob(file.blob_id)
                if data is not None:
                    return file, data
    raise NotFoundError
