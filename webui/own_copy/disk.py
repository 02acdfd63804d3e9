"""One's own network disk in a copy: every file at its place, and its older versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.errors import NotAllowedError
from minxin.mailbox.disk.records import DiskItem
from minxin.mailbox.disk.tree import Tree
from minxin.webui.context import services
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import Listed, as_json, file_piece

FOLDER: Final = "disk"


class VersionCopy(Struct, frozen=True):
    """A version of a file; ``path`` is None for what lies in the bin, or can't be read."""

    at: datetime
    size_bytes: int
    path: str | None


class DiskFileCopy(Struct, frozen=True):
    """A file with its versions, the newest first; ``place`` are the folders that it lies in, with its name."""

    place: str
    binned_at: datetime | None
    versions: list[VersionCopy]


async def disk_pieces(request: web.Request, actor: Actor, listed: list[Listed]) -> AsyncIterator[Piece]:
    """Yield what lies on the actor's disk, and list it; nothing for who has none."""
    try:
        tree = (await services(request).disk.files.shelf(actor)).tree
    except NotAllowedError:
        return
    files = []
    for item in tree.items.values():
        if item.is_folder:
            continue
        place = "/".join(one.name for one in (*tree.above(item), item))
        versions = []
        for number, version in enumerate(item.versions):
            path = f"{FOLDER}/files/{place}" if number == 0 else f"{FOLDER}/versions/{number}/{place}"
            piece = await _version(request, actor, tree, item, number, path)
            versions.append(VersionCopy(version.at, version.size_bytes, path if piece else None))
            if piece is not None:
                yield piece
        files.append(DiskFileCopy(place, item.binned_at, versions))
        if versions[0].path:
            listed.append(Listed(place, item.changed_at, versions[0].path))
    if files:
        yield as_json(f"{FOLDER}/disk.json", files)


async def _version(
    request: web.Request, actor: Actor, tree: Tree, item: DiskItem, number: int, path: str
) -> Piece | None:
    async def read() -> bytes:
        _, data = await services(request).disk.files.read(actor, item.id, number)
        return data

    return None if tree.in_bin(item) else await file_piece(path, read)
