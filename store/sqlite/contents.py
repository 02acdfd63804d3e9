"""Everything under one letter's id, for holding it against the letter's events (``consult.ports.ContentReads``)."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Final, TypeVar

from minxin.consult.decision import stream_of
from minxin.consult.ports import CaseFile
from minxin.core.changes import Event, Record
from minxin.core.errors import DamagedError
from minxin.store.sqlite.chains import events_within
from minxin.store.sqlite.paging import text_after
from minxin.store.sqlite.readers import Reader, one_view
from minxin.store.sqlite.records import blob_of
from minxin.store.sqlite.tables import LETTERS, PUBLIC_COPIES, WORK_ORDERS, Table

_LETTERS_AT_A_TIME: Final = 200
_CHUNK_BYTES: Final = 1024 * 1024
_STREAMS: Final = stream_of("")
# Whatever knows of a letter: its record, its chain, its work orders, its public copy.
_IDS: Final = f"""SELECT id FROM (SELECT id FROM letters WHERE id >= :first ORDER BY id LIMIT :many)
    UNION SELECT * FROM (SELECT DISTINCT letter_id FROM work_orders WHERE letter_id >= :first
        ORDER BY letter_id LIMIT :many)
    UNION SELECT * FROM (SELECT id FROM public_copies WHERE id >= :first ORDER BY id LIMIT :many)
    UNION SELECT * FROM (SELECT substr(name, {len(_STREAMS) + 1}) FROM names WHERE name >= '{_STREAMS}' || :first
        AND name < :end AND EXISTS (SELECT 1 FROM streams WHERE stream = no) ORDER BY name LIMIT :many)
    ORDER BY id LIMIT :many"""  # noqa: S608

R = TypeVar("R", bound=Record)


class SqliteContents:
    """Reads letters with everything that belongs to them, and the digests of blobs."""

    reader: Reader

    async def case_files(self) -> AsyncIterator[CaseFile]:
        first = ""
        while batch := await self.reader.read(partial(_case_files, first=first)):
            for case in batch:
                yield case
            first = text_after(batch[-1].letter_id)

    async def blob_digest(self, blob_id: str) -> str | None:
        return await self.reader.read(lambda db: _blob_digest(db, blob_id))


def _case_files(connection: sqlite3.Connection, first: str) -> list[CaseFile]:
    with one_view(connection):
        end = _STREAMS[:-1] + chr(ord(_STREAMS[-1]) + 1)
        ids = [row[0] for row in connection.execute(_IDS, {"first": first, "many": _LETTERS_AT_A_TIME, "end": end})]
        if not ids:
            return []
        span = (ids[0], ids[-1])
        letters = {letter.id: letter for _, letter in _records(connection, LETTERS, "id", span)}
        copies = {copy.id: copy for _, copy in _records(connection, PUBLIC_COPIES, "id", span)}
        orders = defaultdict(list)
        for letter_id, order in _records(connection, WORK_ORDERS, "letter_id", span):
            orders[letter_id].append(order)
        events = _events(connection, span)
    return [
        CaseFile(
            letter_id,
            letters.get(letter_id),
            tuple(events.get(letter_id, ())),
            tuple(sorted(orders[letter_id], key=lambda order: order.number)),
            copies.get(letter_id),
        )
        for letter_id in ids
    ]


def _records(
    connection: sqlite3.Connection, table: Table[R], column: str, span: tuple[str, str]
) -> Iterator[tuple[str, R]]:
    rows = connection.execute(
        f"SELECT {column}, id, body FROM {table.name} WHERE {column} BETWEEN ? AND ?",  # noqa: S608
        span,
    )
    for letter_id, record_id, body in rows:
        record = table.record(body, letter=letter_id)
        if record.id != record_id:
            raise DamagedError("a stored record has two ids", letter=letter_id)
        yield letter_id, record


def _events(connection: sqlite3.Connection, span: tuple[str, str]) -> dict[str, list[Event]]:
    first, last = map(stream_of, span)
    found = events_within(connection, (first, last))
    return {stream.removeprefix(_STREAMS): [one.event for one in events] for stream, events in found.items()}


def _blob_digest(connection: sqlite3.Connection, blob_id: str) -> str | None:
    row = connection.execute(
        "SELECT rowid, packed FROM blobs WHERE id = ? AND typeof(data) = 'blob'", (blob_id,)
    ).fetchone()
    if row is None:
        return None
    if row[1]:
        return hashlib.sha256(blob_of(connection, blob_id) or b"").hexdigest()
    digest = hashlib.sha256()
    with connection.blobopen("blobs", "data", row[0], readonly=True) as blob:
        while chunk := blob.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
