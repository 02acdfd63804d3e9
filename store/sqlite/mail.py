"""Boxes, folders and mail (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from minxin.core.paging import Page, PageRequest, page_size
from minxin.mailbox.mail.keys import message_key, stamp_sequence, uid_sequence
from minxin.mailbox.mail.ports import FolderState, MailChanges
from minxin.mailbox.mail.records import Box, BoxKind, BoxState, Expunged, Folder, MailItem
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.packing import unpack_blob
from minxin.store.sqlite.paging import Order, all_records, page_of, record_page
from minxin.store.sqlite.readers import Reader, one_view
from minxin.store.sqlite.tables import BOXES, EXPUNGED_MAIL, FOLDERS, MAIL_ITEMS

_HEADS: Final = """SELECT mail_contents.id, CASE packed WHEN 0 THEN substr(data, 1, ?) ELSE data END, packed
    FROM mail_contents
    JOIN blobs ON blobs.id = json_extract(mail_contents.body, '$.skeleton')
    WHERE mail_contents.id IN (SELECT value FROM json_each(?))"""
NEWEST: Final = Order(("received_at", "id"), (int, str), descending=True)
_BY_ADDRESS: Final = Order(("address", "id"), (str, str))
_OPEN: Final = BoxState.OPEN.value
_CLOSED: Final = BoxState.CLOSED.value
_AT_A_TIME: Final = 200
_HELD: Final = f"""(owner_id = ? OR heir_id = ?
    OR owner_id IN (SELECT company_id FROM company_delegates WHERE account_id = ?))
    AND state <> '{_CLOSED}' ORDER BY created_at, id"""  # noqa: S608 - nothing of it is a person's
_STATES: Final = """SELECT id, (SELECT COUNT(*) FROM mail_items WHERE folder_id = folders.id),
    (SELECT COUNT(*) FROM mail_items WHERE folder_id = folders.id AND unseen = 1) FROM folders WHERE box_id = ?"""
_FOUND: Final = """SELECT item.received_at, item.id, item.body FROM mail_items AS item INDEXED BY mail_items_stamped
    JOIN mail_texts AS text ON text.id = item.content_id WHERE item.box_id = ?"""


class SqliteMail:
    """Answers the named queries about boxes and what is in them."""

    reader: Reader

    async def boxes_of(self, holder_id: str) -> list[Box]:
        return await self.reader.read(lambda db: all_records(db, BOXES, _HELD, *(holder_id,) * 3))

    async def all_boxes(self, kind: BoxKind | None, page: PageRequest) -> Page[Box]:
        where, values = ("kind = ?", (kind.value,)) if kind is not None else ("1", ())
        return await self.reader.read(lambda db: record_page(db, BOXES, where, values, _BY_ADDRESS, page))

    async def folders_of(self, box_id: str) -> list[Folder]:
        return await self.reader.read(lambda db: all_records(db, FOLDERS, "box_id = ? ORDER BY name", box_id))

    async def folder_states(self, box_id: str) -> dict[str, FolderState]:
        return await self.reader.read(lambda db: _folder_states(db, box_id))

    async def unseen_mail(self, folder_id: str) -> int:
        query = "SELECT COUNT(*) FROM mail_items WHERE folder_id = ? AND unseen = 1"
        count: int = await self.reader.read(lambda db: db.execute(query, (folder_id,)).fetchone()[0])
        return count

    async def last_stamp(self, box_id: str) -> int:
        return await self.reader.read(lambda db: _last(db, stamp_sequence(box_id)))

    async def last_stamps(self, box_ids: Collection[str]) -> dict[str, int]:
        return await self.reader.read(lambda db: _last_stamps(db, {stamp_sequence(one): one for one in box_ids}))

    async def mail_items(self, folder_id: str, page: PageRequest) -> Page[MailItem]:
        return await self.reader.read(
            lambda db: record_page(db, MAIL_ITEMS, "folder_id = ?", (folder_id,), NEWEST, page)
        )

    async def mail_by_uid(self, folder_id: str, first: int, last: int | None, limit: int) -> list[MailItem]:
        span, values = ("BETWEEN ? AND ?", (first, last)) if last is not None else (">= ?", (first,))
        where = f"folder_id = ? AND seq {span} ORDER BY seq LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, MAIL_ITEMS, where, folder_id, *values, limit))

    async def mail_uids(self, folder_id: str) -> list[int]:
        query = "SELECT seq FROM mail_items WHERE folder_id = ? ORDER BY seq"
        return await self.reader.read(lambda db: [row[0] for row in db.execute(query, (folder_id,))])

    async def mail_changes(self, box_id: str, folder_id: str | None, since: int, limit: int) -> MailChanges:
        return await self.reader.read(lambda db: _changes(db, box_id, folder_id, since, limit))

    async def mail_thread(self, box_id: str, thread_id: str, limit: int) -> list[MailItem]:
        where = "thread_id = ? AND +box_id = ? ORDER BY received_at DESC, id DESC LIMIT ?"
        found = await self.reader.read(lambda db: all_records(db, MAIL_ITEMS, where, thread_id, box_id, limit))
        return found[::-1]

    async def mail_by_message_ids(self, box_id: str, message_ids: Collection[str]) -> list[MailItem]:
        if not message_ids:
            return []
        keys = [message_key(box_id, one) for one in message_ids]
        where = f"message_key IN ({', '.join('?' * len(keys))}) ORDER BY received_at, id"
        found = await self.reader.read(lambda db: all_records(db, MAIL_ITEMS, where, *keys))
        return [item for item in found if item.box_id == box_id and item.message_id in message_ids]

    async def mail_heads(self, content_ids: Collection[str], size: int) -> dict[str, bytes]:
        values = (size, json.dumps(list(content_ids)))
        rows = await self.reader.read(lambda db: db.execute(_HEADS, values).fetchall())
        return {content_id: unpack_blob(data, packed)[:size] for content_id, data, packed in rows}

    async def mail_with_content(self, content_id: str, after: str, limit: int) -> list[MailItem]:
        where = "content_id = ? AND id > ? ORDER BY id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, MAIL_ITEMS, where, content_id, after, limit))

    async def search_mail(
        self, box_id: str, words: Sequence[str], folder_id: str | None, page: PageRequest
    ) -> Page[MailItem]:
        return await self.reader.read(lambda db: _search(db, box_id, words, folder_id, page))

    async def trashed_mail(self, before: datetime, limit: int) -> list[MailItem]:
        where = "trashed_at < ? ORDER BY trashed_at, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, MAIL_ITEMS, where, micros(before), limit))

    async def old_expunged(self, before: datetime, limit: int) -> list[Expunged]:
        where = "at < ? ORDER BY at, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, EXPUNGED_MAIL, where, micros(before), limit))

    async def all_mail(self, box_id: str) -> AsyncIterator[tuple[Folder, MailItem]]:
        for folder in await self.folders_of(box_id):
            first = 1
            while batch := await self.reader.read(partial(_batch, folder_id=folder.id, first=first)):
                for item in batch:
                    yield folder, item
                first = batch[-1].seq + 1


def _batch(connection: sqlite3.Connection, folder_id: str, first: int) -> list[MailItem]:
    where = "folder_id = ? AND seq >= ? ORDER BY seq LIMIT ?"
    return all_records(connection, MAIL_ITEMS, where, folder_id, first, _AT_A_TIME)


def _last(connection: sqlite3.Connection, sequence: str) -> int:
    row = connection.execute("SELECT last FROM sequences WHERE name = ?", (sequence,)).fetchone()
    return row[0] if row else 0


def _last_stamps(connection: sqlite3.Connection, boxes: dict[str, str]) -> dict[str, int]:
    query = "SELECT name, last FROM sequences WHERE name IN (SELECT value FROM json_each(?))"
    return {boxes[name]: last for name, last in connection.execute(query, (json.dumps(list(boxes)),))}


def _folder_states(connection: sqlite3.Connection, box_id: str) -> dict[str, FolderState]:
    with one_view(connection):
        rows = connection.execute(_STATES, (box_id,)).fetchall()
        return {
            folder_id: FolderState(total, unseen, _last(connection, uid_sequence(folder_id)) + 1)
            for folder_id, total, unseen in rows
        }


def _changes(connection: sqlite3.Connection, box_id: str, folder_id: str | None, since: int, limit: int) -> MailChanges:
    """Read both kinds of change up to the same stamp, so that going on from it misses nothing."""
    with one_view(connection):
        where = "box_id = ? AND stamp > ? ORDER BY stamp LIMIT ?"
        items = all_records(connection, MAIL_ITEMS, where, box_id, since, limit)
        gone = all_records(connection, EXPUNGED_MAIL, where, box_id, since, limit)
        ends = [found[-1].stamp for found in (items, gone) if len(found) == limit]
        stamp = min(ends) if ends else max(since, _last(connection, stamp_sequence(box_id)))
    return MailChanges(
        [item for item in items if item.stamp <= stamp and folder_id in (None, item.folder_id)],
        [one for one in gone if one.stamp <= stamp and folder_id in (None, one.folder_id)],
        stamp,
        bool(ends),
    )


def _search(
    connection: sqlite3.Connection, box_id: str, words: Sequence[str], folder_id: str | None, page: PageRequest
) -> Page[MailItem]:
    after, place = NEWEST.after(page)
    size = page_size(page)
    holds = "".join(" AND instr(text.words, ?) > 0" for _ in words)
    values: list[SqlValue] = [box_id, *words]
    if folder_id is not None:
        holds, values = f"{holds} AND item.folder_id = ?", [*values, folder_id]
    query = f"SELECT * FROM ({_FOUND}{holds}) WHERE {after} ORDER BY {NEWEST.by()} LIMIT ?"  # noqa: S608
    rows = connection.execute(query, (*values, *place, size + 1)).fetchall()
    return page_of(rows, size, NEWEST, lambda row: MAIL_ITEMS.record(row[-1]))
