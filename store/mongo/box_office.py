"""Boxes as those see them who look after them (``mailbox.boxoffice.ports.BoxOfficeReads``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest, page_size
from minxin.mailbox.boxoffice.ports import BoxUse, BoxWish
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.store.mongo.client import Document
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.paging import Order, all_records, cut, holding, sifted, up_to
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import USAGES
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import BOX_ADDRESSES, BOXES

_BY_ADDRESS: Final = Order(("address", "_id"), (str, str))


class MongoBoxOffice:
    """Answers the named queries about boxes without looking into them."""

    reader: ReaderPool

    async def find_boxes(self, wish: BoxWish, quotas: Mapping[BoxKind, int], page: PageRequest) -> Page[BoxUse]:
        return await self.reader.at_one_moment(lambda view: _find(view, wish, quotas, page))

    async def ending_boxes(self, now: datetime, limit: int) -> list[Box]:
        where = {"ends_at": up_to(micros(now))}
        return await all_records(self.reader, BOXES, where, by=("ends_at", "_id"), most=limit)


async def _find(reader: Reader, wish: BoxWish, quotas: Mapping[BoxKind, int], page: PageRequest) -> Page[BoxUse]:
    wanted = {"kind": wish.kind.value if wish.kind else None, "state": wish.state.value if wish.state else None}
    where = {name: value for name, value in wanted.items() if value is not None}

    async def fitting(boxes: list[Document]) -> list[Document]:
        named = await _named(reader, boxes, wish.words.lower())
        return [one for one in await _measured(reader, named) if _is_full(one, wish.percent, quotas)]

    size, after, fields = page_size(page), _BY_ADDRESS.after(page), ("kind", "mail_quota", "body")
    found = await sifted(reader, BOXES.name, where, _BY_ADDRESS, after, size + 1, fields, fitting)
    return cut(found, size, _BY_ADDRESS, lambda one: BoxUse(BOXES.record(one["body"]), one["mail"], one["disk"]))


async def _named(reader: Reader, boxes: list[Document], words: str) -> list[Document]:
    """Return those of the boxes that have an address with the words in it."""
    if not words:
        return boxes
    where = {"box_id": {"$in": [one["_id"] for one in boxes]}, "$expr": holding("_id", words)}
    found = {one["box_id"] for one in await reader.find(BOX_ADDRESSES.name, where, fields=("box_id",))}
    return [one for one in boxes if one["_id"] in found]


async def _measured(reader: Reader, boxes: list[Document]) -> list[Document]:
    ids = [one["_id"] for one in boxes]
    used = await last_of(reader, USAGES, [key(one) for one in ids for key in (mail_usage, usage_key)])
    return [
        {**one, "mail": used.get(mail_usage(one["_id"]), 0), "disk": used.get(usage_key(one["_id"]), 0)}
        for one in boxes
    ]


def _is_full(box: Document, percent: int, quotas: Mapping[BoxKind, int]) -> bool:
    own = box.get("mail_quota")
    most: int = quotas[BoxKind(box["kind"])] if own is None else own
    return not percent or box["mail"] * 100 >= percent * most
