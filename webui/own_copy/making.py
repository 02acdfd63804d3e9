"""What the pieces of a copy share: the page that they are rendered for, JSON, and safe paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from minxin.core.errors import DamagedError, NotFoundError
from minxin.mailbox.mime.filename import safe_filename
from minxin.webui.context import language
from minxin.webui.own_copy.archive import Piece
from minxin.webui.templating import ENVIRONMENTS, part


class Listed(Struct, frozen=True):
    """An entry in the copy's table of contents."""

    title: str
    at: datetime
    path: str
    number: str = ""


class FileCopy(Struct, frozen=True):
    """A file and where it lies in the copy; ``path`` is None when its bytes can't be read."""

    id: str
    name: str
    content_type: str
    size_bytes: int
    path: str | None


def as_json(path: str, what: object) -> Piece:
    """Return the data as JSON that a person can read as well."""
    return Piece(path, msgspec.json.format(msgspec.json.encode(what), indent=2))


def as_page(request: web.Request, path: str, template: str, **values: Any) -> Piece:
    """Return a page that stands for itself, in the language of who asked for the copy."""
    top = "../" * path.count("/")
    text = part(request.app[ENVIRONMENTS][language(request)], f"own_copy/{template}", {**values, "top": top})
    return Piece(path, text.encode())


def path_of_file(folder: str, number: int, name: str) -> str:
    """Return where a file lies; the number keeps files of one name apart."""
    return f"{folder}/files/{number}-{safe_filename(name)}"


async def file_piece(path: str, read: Callable[[], Awaitable[bytes]]) -> Piece | None:
    """Return the file, or None when its bytes are gone: the rest of the copy comes all the same."""
    try:
        return Piece(path, await read())
    except (NotFoundError, DamagedError):
        return None
