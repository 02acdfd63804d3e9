"""Everything under one letter's id, for holding it against the letter's events (``consult.ports.ContentReads``)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from minxin.consult.decision import stream_of
from minxin.consult.ports import CaseFile
from minxin.core.changes import Event, Record
from minxin.core.errors import DamagedError
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import text_after, up_to
from minxin.store.mongo.pieces import read_pieces
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import EVENTS, STREAMS
from minxin.store.sqlite.codec import decode
from minxin.store.sqlite.tables import LETTERS, PUBLIC_COPIES, WORK_ORDERS, Table

_LETTERS_AT_A_TIME: Final = 200
_EVENT: Final = msgspec.json.Decoder(Event)
_STREAMS_PREFIX: Final = stream_of("")
_STREAMS_END: Final = _STREAMS_PREFIX[:-1] + chr(ord(_STREAMS_PREFIX[-1]) + 1)

R = TypeVar("R", bound=Record)


class MongoContents:
    """Reads letters with everything that belongs to them, and the digests of blobs."""

    reader: ReaderPool

    async def case_files(self) -> AsyncIterator[CaseFile]:
        first = ""
        while batch := await self.reader.at_one_moment(partial(_case_files, first=first)):
            for case in batch:
                yield case
            first = text_after(batch[-1].letter_id)

    async def blob_digest(self, blob_id: str) -> str | None:
        digest, found = hashlib.sha256(), False
        async for piece in read_pieces(self.reader, blob_id):
            digest.update(piece)
            found = True
        return digest.hexdigest() if found else None


async def _case_files(reader: Reader, first: str) -> list[CaseFile]:
    ids = await _ids(reader, first)
    if not ids:
        return []
    span = {"$gte": ids[0], **up_to(ids[-1])}
    letters = {letter.id: letter for _, letter in await _records(reader, LETTERS, "_id", span)}
    copies = {copy.id: copy for _, copy in await _records(reader, PUBLIC_COPIES, "_id", span)}
    orders = defaultdict(list)
    for letter_id, order in await _records(reader, WORK_ORDERS, "letter_id", span):
        orders[letter_id].append(order)
    events = await _events(reader, {sign: stream_of(letter_id) for sign, letter_id in span.items()})
    return [
        CaseFile(
            letter_id,
            letters.get(letter_id),
            tuple(events[letter_id]),
            tuple(sorted(orders[letter_id], key=lambda order: order.number)),
            copies.get(letter_id),
        )
        for letter_id in ids
    ]


async def _ids(reader: Reader, first: str) -> list[str]:
    """Return the next ids that anything knows of: a letter's record, its chain, its work orders, its public copy.

    Each of the four is read up to a bound; behind the first of their ends the others may not be whole.
    """
    found: set[str] = set()
    ends: list[str] = []
    for name, field, span in (
        (LETTERS.name, "_id", {"$gte": first}),
        (WORK_ORDERS.name, "letter_id", {"$gte": first}),
        (PUBLIC_COPIES.name, "_id", {"$gte": first}),
        (STREAMS, "_id", {"$gte": stream_of(first), "$lt": _STREAMS_END}),
    ):
        rows = await reader.find(name, {field: span}, by=(field,), most=_LETTERS_AT_A_TIME, fields=(field,))
        ids = [str(row[field]).removeprefix(_STREAMS_PREFIX if name == STREAMS else "") for row in rows]
        found.update(ids)
        if len(rows) == _LETTERS_AT_A_TIME:
            ends.append(ids[-1])
    return sorted(one for one in found if not ends or one <= min(ends))


async def _records(reader: Reader, table: Table[R], field: str, span: Document) -> list[tuple[str, R]]:
    found: list[tuple[str, R]] = []
    for one in await reader.find(table.name, {field: span}, fields=(field, "body")):
        record = table.record(one["body"], letter=one[field])
        if record.id != one["_id"]:
            raise DamagedError("a stored record has two ids", letter=one[field])
        found.append((one[field], record))
    return found


async def _events(reader: Reader, span: dict[str, Any]) -> dict[str, list[Event]]:
    events = defaultdict(list)
    for one in await reader.find(EVENTS, {"stream": span}, by=("stream", "seq"), fields=("stream", "body")):
        letter_id = one["stream"].removeprefix(_STREAMS_PREFIX)
        events[letter_id].append(decode(_EVENT.decode, one["body"], letter=letter_id))
    return events
