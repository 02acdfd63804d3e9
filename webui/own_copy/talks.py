"""One's own conversations in a copy, with the assistant and with staff, and their files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.assistant.records import Mark
from minxin.consult.chat.records import Author, Conversation, HandOver, Stage
from minxin.consult.chat.room import VisitorIs
from minxin.consult.records import Attachment
from minxin.core.actor import Actor
from minxin.core.clock import SHANGHAI
from minxin.webui.context import services
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import FileCopy, Listed, as_json, as_page, file_piece, path_of_file

FOLDER: Final = "conversations"


class SaidCopy(Struct, frozen=True):
    """One thing said."""

    seq: int
    at: datetime
    author: Author
    post: str
    text: str
    files: list[FileCopy]


class TalkCopy(Struct, frozen=True):
    """A conversation; ``marks`` are what its visitor said of the entries that the assistant showed."""

    id: str
    opened_at: datetime
    last_at: datetime
    stage: Stage
    called_for: HandOver | None
    served_by: str
    letter_id: str | None
    rating: int | None
    marks: dict[str, Mark]
    messages: list[SaidCopy]


async def talk_pieces(request: web.Request, actor: Actor, listed: list[Listed]) -> AsyncIterator[Piece]:
    """Yield what there is of each of the actor's conversations, oldest first, and list it."""
    room = services(request).chat.room
    for number, conversation in enumerate(await room.all_of(actor), start=1):
        day = conversation.opened_at.astimezone(SHANGHAI).date().isoformat()
        folder = f"{FOLDER}/{number}-{day}"
        said = []
        for message in await room.messages(conversation):
            files: list[FileCopy] = []
            for file in message.attachments:
                path = path_of_file(f"{folder}/{message.seq}", len(files) + 1, file.name)
                piece = await _file(request, actor, conversation, file, path)
                files.append(FileCopy(file.id, file.name, file.content_type, file.size_bytes, path if piece else None))
                if piece is not None:
                    yield piece
            said.append(SaidCopy(message.seq, message.at, message.author, message.post, message.text, files))
        copy = await _copy(request, conversation, said)
        yield as_json(f"{folder}/conversation.json", copy)
        page = f"{folder}/conversation.html"
        yield as_page(request, page, "conversation.html", talk=copy)
        listed.append(Listed(conversation.about, conversation.opened_at, page))


async def _file(
    request: web.Request, actor: Actor, conversation: Conversation, file: Attachment, path: str
) -> Piece | None:
    async def read() -> bytes:
        who = VisitorIs(None, actor, conversation_id=conversation.id)
        _, data = await services(request).chat.room.file(who, file.id)
        return data

    return await file_piece(path, read)


async def _copy(request: web.Request, conversation: Conversation, said: list[SaidCopy]) -> TalkCopy:
    return TalkCopy(
        id=conversation.id,
        opened_at=conversation.opened_at,
        last_at=conversation.last_at,
        stage=conversation.stage,
        called_for=conversation.reason,
        served_by=conversation.staff_post,
        letter_id=conversation.letter_id,
        rating=conversation.rating,
        marks=await services(request).assistant.marks(conversation),
        messages=said,
    )
