"""Bytes under their own SHA-256, in pieces.

A document holds 16 MB at most, and attachments may be larger. The first piece bears the digest as its id and is small:
it has the head of every mail, which lists read without the rest. GridFS would keep such pieces under ids of its own in
two collections, and outside of the transaction that names them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from minxin.core.changes import Blob
from minxin.store.mongo.client import Document
from minxin.store.mongo.reading import Filter, Reader
from minxin.store.mongo.tables import BLOBS

FIRST_BYTES: Final = 64 * 1024
PIECE_BYTES: Final = 8 * 1024 * 1024


def pieces_of(blob: Blob) -> Iterator[Document]:
    """Yield the documents of a blob, in the order of their ids."""
    size = len(blob.data)
    yield {"_id": blob.id, "size": size, "data": blob.data[:FIRST_BYTES]}
    for number, start in enumerate(range(FIRST_BYTES, size, PIECE_BYTES), start=1):
        yield {"_id": f"{blob.id}.{number:04d}", "data": blob.data[start : start + PIECE_BYTES]}


def all_pieces(blob_id: str) -> Filter:
    """Return the condition that names every piece of a blob."""
    return {"_id": {"$gte": blob_id, "$lt": f"{blob_id}/"}}  # "/" is the character after "."


async def read_blob(reader: Reader, blob_id: str) -> bytes | None:
    """Return the bytes with this SHA-256, or None."""
    found = await reader.find(BLOBS, all_pieces(blob_id), by=("_id",), fields=("data",))
    return b"".join(piece["data"] for piece in found) if found else None


async def read_pieces(reader: Reader, blob_id: str) -> AsyncIterator[bytes]:
    """Yield the bytes piece by piece; nothing when there are none."""
    after: Filter = {"$gte": blob_id, "$lt": f"{blob_id}/"}
    while piece := await reader.one(BLOBS, {"_id": after}, by=("_id",), fields=("data",)):
        yield piece["data"]
        after = {"$gt": piece["_id"], "$lt": f"{blob_id}/"}
