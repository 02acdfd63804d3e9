"""One's own box in a copy: the messages with their files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.core.actor import Actor
from minxin.mailbox.box_service import BoxMessage, MessageFile
from minxin.webui.context import services
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import FileCopy, Listed, as_json, as_page, file_piece, path_of_file

FOLDER: Final = "messages"


class MessageCopy(Struct, frozen=True):
    """A message in the box."""

    id: str
    at: datetime
    sender: str
    subject: str
    text: str
    letter_id: str | None
    read_at: datetime | None
    original: str | None
    files: list[FileCopy]


async def box_pieces(request: web.Request, actor: Actor, listed: list[Listed]) -> AsyncIterator[Piece]:
    """Yield what there is of each mail of the actor's box, whatever folder it is in, and list it."""
    number = 0
    async for message in services(request).boxes.everything(actor):
        number += 1
        async for piece in _message(request, actor, message, f"{FOLDER}/{number:04d}", listed):
            yield piece


async def _message(
    request: web.Request, actor: Actor, message: BoxMessage, folder: str, listed: list[Listed]
) -> AsyncIterator[Piece]:
    original = await _original(request, actor, message, folder)
    if original is not None:
        yield original
    files = []
    for place, file in enumerate(message.files):
        path = path_of_file(folder, place + 1, file.name)
        piece = await _file(request, actor, message, place, path)
        files.append(_file_copy(message, place, file, path if piece else None))
        if piece is not None:
            yield piece
    copy = MessageCopy(
        id=message.id,
        at=message.at,
        sender=message.sender,
        subject=message.subject,
        text=message.text,
        letter_id=message.letter_id,
        read_at=message.read_at,
        original=original.path if original else None,
        files=files,
    )
    yield as_json(f"{folder}/message.json", copy)
    yield as_page(request, f"{folder}/message.html", "message.html", message=copy, folder=folder)
    listed.append(Listed(message.subject, message.at, f"{folder}/message.html"))


def _file_copy(message: BoxMessage, place: int, file: MessageFile, path: str | None) -> FileCopy:
    return FileCopy(f"{message.id}-{place}", file.name, file.content_type, file.size_bytes, path)


async def _original(request: web.Request, actor: Actor, message: BoxMessage, folder: str) -> Piece | None:
    mailboxes = services(request).mailroom.mailboxes
    return await file_piece(f"{folder}/original.eml", lambda: mailboxes.raw(actor, message.id))


async def _file(request: web.Request, actor: Actor, message: BoxMessage, place: int, path: str) -> Piece | None:
    async def read() -> bytes:
        _, data = await services(request).boxes.file(actor, message.id, place)
        return data

    return await file_piece(path, read)
