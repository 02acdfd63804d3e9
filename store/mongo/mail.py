"""Boxes, folders and mail (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest, page_size
from minxin.mailbox.mail.keys import message_key, stamp_sequence, uid_sequence
from minxin.mailbox.mail.ports import FolderState, MailChanges
from minxin.mailbox.mail.records import Box, BoxKind, BoxState, Expunged, Folder, MailItem
from minxin.store.mongo.client import Document
from minxin.store.mongo.counters import last_number, last_of
from minxin.store.mongo.paging import Order, all_records, cut, holding, record_page, sifted, up_to
from minxin.store.mongo.pieces import FIRST_BYTES, read_blob
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.mongo.tables import BLOBS, SEQUENCES
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import (
    BOXES,
    COMPANY_DELEGATES,
    EXPUNGED_MAIL,
    FOLDERS,
    MAIL_CONTENTS,
    MAIL_ITEMS,
    MAIL_TEXTS,
)

NEWEST: Final = Order(("received_at", "_id"), (int, str), descending=True)
_BY_ADDRESS: Final = Order(("address", "_id"), (str, str))
_AT_A_TIME: Final = 200


class MongoMail:
    """Answers the named queries about boxes and what is in them."""

    reader: ReaderPool

    async def boxes_of(self, holder_id: str) -> list[Box]:
        found = await self.reader.at_one_moment(lambda view: _held_by(view, holder_id))
        living = [box for box in found if box.state is not BoxState.CLOSED]
        return sorted(living, key=lambda box: (box.created_at, box.id))

    async def all_boxes(self, kind: BoxKind | None, page: PageRequest) -> Page[Box]:
        where = {} if kind is None else {"kind": kind.value}
        return await record_page(self.reader, BOXES, where, _BY_ADDRESS, page)

    async def folders_of(self, box_id: str) -> list[Folder]:
        return await all_records(self.reader, FOLDERS, {"box_id": box_id}, by=("name",))

    async def folder_states(self, box_id: str) -> dict[str, FolderState]:
        return await self.reader.at_one_moment(lambda view: _folder_states(view, box_id))

    async def unseen_mail(self, folder_id: str) -> int:
        return await self.reader.count(MAIL_ITEMS.name, {"folder_id": folder_id, "unseen": 1})

    async def last_stamp(self, box_id: str) -> int:
        return await last_number(self.reader, stamp_sequence(box_id))

    async def last_stamps(self, box_ids: Collection[str]) -> dict[str, int]:
        boxes = {stamp_sequence(one): one for one in box_ids}
        found = await last_of(self.reader, SEQUENCES, boxes)
        return {boxes[name]: last for name, last in found.items()}

    async def mail_items(self, folder_id: str, page: PageRequest) -> Page[MailItem]:
        return await record_page(self.reader, MAIL_ITEMS, {"folder_id": folder_id}, NEWEST, page)

    async def mail_by_uid(self, folder_id: str, first: int, last: int | None, limit: int) -> list[MailItem]:
        span = {"$gte": first} if last is None else {"$gte": first, **up_to(last)}
        where = {"folder_id": folder_id, "seq": span}
        return await all_records(self.reader, MAIL_ITEMS, where, by=("seq",), most=limit)

    async def mail_uids(self, folder_id: str) -> list[int]:
        where = {"folder_id": folder_id}
        return [one["seq"] for one in await self.reader.find(MAIL_ITEMS.name, where, by=("seq",), fields=("seq",))]

    async def mail_changes(self, box_id: str, folder_id: str | None, since: int, limit: int) -> MailChanges:
        return await self.reader.at_one_moment(lambda view: _changes(view, box_id, folder_id, since, limit))

    async def mail_thread(self, box_id: str, thread_id: str, limit: int) -> list[MailItem]:
        where = {"thread_id": thread_id, "box_id": box_id}
        found = await all_records(self.reader, MAIL_ITEMS, where, by=NEWEST.by(), most=limit)
        return found[::-1]

    async def mail_by_message_ids(self, box_id: str, message_ids: Collection[str]) -> list[MailItem]:
        if not message_ids:
            return []
        where = {"message_key": {"$in": [message_key(box_id, one) for one in message_ids]}}
        found = await all_records(self.reader, MAIL_ITEMS, where, by=("received_at", "_id"))
        return [item for item in found if item.box_id == box_id and item.message_id in message_ids]

    async def mail_heads(self, content_ids: Collection[str], size: int) -> dict[str, bytes]:
        contents = await all_records(self.reader, MAIL_CONTENTS, {"_id": {"$in": list(content_ids)}})
        heads = await _heads(self.reader, {content.skeleton for content in contents}, size)
        return {content.id: heads[content.skeleton] for content in contents if content.skeleton in heads}

    async def mail_with_content(self, content_id: str, after: str, limit: int) -> list[MailItem]:
        where = {"content_id": content_id, "_id": {"$gt": after}}
        return await all_records(self.reader, MAIL_ITEMS, where, by=("_id",), most=limit)

    async def search_mail(
        self, box_id: str, words: Sequence[str], folder_id: str | None, page: PageRequest
    ) -> Page[MailItem]:
        size = page_size(page)
        where = {"box_id": box_id} if folder_id is None else {"box_id": box_id, "folder_id": folder_id}
        found = await self.reader.at_one_moment(lambda view: _search(view, where, words, page))
        return cut(found, size, NEWEST, lambda one: MAIL_ITEMS.record(one["body"]))

    async def trashed_mail(self, before: datetime, limit: int) -> list[MailItem]:
        where = {"trashed_at": {"$lt": micros(before)}}
        return await all_records(self.reader, MAIL_ITEMS, where, by=("trashed_at", "_id"), most=limit)

    async def old_expunged(self, before: datetime, limit: int) -> list[Expunged]:
        where = {"at": {"$lt": micros(before)}}
        return await all_records(self.reader, EXPUNGED_MAIL, where, by=("at", "_id"), most=limit)

    async def all_mail(self, box_id: str) -> AsyncIterator[tuple[Folder, MailItem]]:
        for folder in await self.folders_of(box_id):
            first = 1
            while batch := await self.mail_by_uid(folder.id, first, None, _AT_A_TIME):
                for item in batch:
                    yield folder, item
                first = batch[-1].seq + 1


async def _held_by(reader: Reader, holder_id: str) -> list[Box]:
    """Return the boxes that somebody owns or inherited, and those of companies whose delegate he is."""
    delegates = await reader.find(COMPANY_DELEGATES.name, {"account_id": holder_id}, fields=("company_id",))
    owners = [holder_id, *(one["company_id"] for one in delegates)]
    return await all_records(reader, BOXES, {"$or": [{"owner_id": {"$in": owners}}, {"heir_id": holder_id}]})


async def folder_counts(reader: Reader, folder_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return how many items each folder holds, and how many of them nobody opened."""
    counted = {"_id": "$folder_id", "total": {"$sum": 1}, "unseen": {"$sum": "$unseen"}}
    where = {"folder_id": {"$in": list(folder_ids)}}
    counts = await reader.aggregate(MAIL_ITEMS.name, [{"$match": where}, {"$group": counted}])
    return dict.fromkeys(folder_ids, (0, 0)) | {one["_id"]: (one["total"], one["unseen"]) for one in counts}


async def _folder_states(reader: Reader, box_id: str) -> dict[str, FolderState]:
    ids = [one["_id"] for one in await reader.find(FOLDERS.name, {"box_id": box_id}, fields=("_id",))]
    last = await last_of(reader, SEQUENCES, [uid_sequence(one) for one in ids])
    counts = await folder_counts(reader, ids)
    return {one: FolderState(*counts[one], last.get(uid_sequence(one), 0) + 1) for one in ids}


async def _changes(reader: Reader, box_id: str, folder_id: str | None, since: int, limit: int) -> MailChanges:
    """Read both kinds of change up to the same stamp, so that going on from it misses nothing."""
    where = {"box_id": box_id, "stamp": {"$gt": since}}
    items = await all_records(reader, MAIL_ITEMS, where, by=("stamp",), most=limit)
    gone = await all_records(reader, EXPUNGED_MAIL, where, by=("stamp",), most=limit)
    ends = [found[-1].stamp for found in (items, gone) if len(found) == limit]
    stamp = min(ends) if ends else max(since, await last_number(reader, stamp_sequence(box_id)))
    return MailChanges(
        [item for item in items if item.stamp <= stamp and folder_id in (None, item.folder_id)],
        [one for one in gone if one.stamp <= stamp and folder_id in (None, one.folder_id)],
        stamp,
        bool(ends),
    )


async def _heads(reader: Reader, blob_ids: Collection[str], size: int) -> dict[str, bytes]:
    """Return the first bytes of each blob; as a rule its first piece has them."""
    found = await reader.find(BLOBS, {"_id": {"$in": sorted(blob_ids)}}, fields=("data", "size"))
    heads = {one["_id"]: one["data"][:size] for one in found}
    for one in found:
        if size > FIRST_BYTES and one["size"] > FIRST_BYTES:
            heads[one["_id"]] = (await read_blob(reader, one["_id"]) or b"")[:size]
    return heads


async def _search(reader: Reader, where: Filter, words: Sequence[str], page: PageRequest) -> list[Document]:
    """Go through the items, newest first, asking for the texts that hold the words: no text leaves the server."""
    held = {"$expr": {"$and": [holding("words", word) for word in words]}} if words else {}

    async def with_words(items: list[Document]) -> list[Document]:
        contents = {"_id": {"$in": [one["content_id"] for one in items]}}
        texts = {one["_id"] for one in await reader.find(MAIL_TEXTS.name, {**contents, **held}, fields=("_id",))}
        return [one for one in items if one["content_id"] in texts]

    wanted, after, fields = page_size(page) + 1, NEWEST.after(page), ("content_id", "body")
    return await sifted(reader, MAIL_ITEMS.name, where, NEWEST, after, wanted, fields, with_words)
