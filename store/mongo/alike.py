"""Like letters and hot issues (``consult.alike_ports.AlikeReads``)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from minxin.consult.alike_records import HotIssue
from minxin.consult.records import Letter, PublicCopy
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, all_records, cut, sifted
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.alike import OF_A_MARK
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import HOT_ISSUES, LETTER_MARKS, LETTERS, PUBLIC_COPIES, WORK_ORDERS

_NEWEST_LETTER: Final = Order(("received_at", "_id"), (int, str), descending=True)


class MongoAlike:
    """Answers the named queries about like letters and hot issues."""

    reader: ReaderPool

    async def letters_to_mark(self, limit: int) -> list[Letter]:
        async def judged(view: Reader) -> list[Letter]:
            found = await _judged(view, {"marked": 0, "sealed": 0}, [], limit)
            return [LETTERS.record(one["body"]) for one in found]

        return await self.reader.at_one_moment(judged)

    async def letters_marked(self, marks: Sequence[int], limit: int) -> list[str]:
        return await self.reader.at_one_moment(lambda view: _marked(view, marks, limit))

    async def letters_within(self, start: datetime, end: datetime, page: PageRequest) -> Page[Letter]:
        where = {"sealed": 0, "received_at": {"$gte": micros(start), "$lt": micros(end)}}
        size = page_size(page)

        async def judged(view: Reader) -> Page[Letter]:
            found = await _judged(view, where, _NEWEST_LETTER.after(page), size + 1)
            return cut(found, size, _NEWEST_LETTER, lambda one: LETTERS.record(one["body"]))

        return await self.reader.at_one_moment(judged)

    async def published_among(self, letter_ids: Sequence[str]) -> list[PublicCopy]:
        where = {"_id": {"$in": list(letter_ids)}, "state": "published"}
        return await all_records(self.reader, PUBLIC_COPIES, where)

    async def hot_issues(self) -> list[HotIssue]:
        return await all_records(self.reader, HOT_ISSUES, {"current": 1}, by=("-heat", "_id"))


async def _judged(reader: Reader, where: Filter, after: list[Filter], wanted: int) -> list[Document]:
    """Return the newest letters that have a work order: before that nobody judged whether one must be sealed."""

    async def with_order(letters: list[Document]) -> list[Document]:
        ids = [one["_id"] for one in letters]
        orders = await reader.find(WORK_ORDERS.name, {"letter_id": {"$in": ids}}, fields=("letter_id",))
        judged = {one["letter_id"] for one in orders}
        return [one for one in letters if one["_id"] in judged]

    return await sifted(reader, LETTERS.name, where, _NEWEST_LETTER, after, wanted, ("body",), with_order)


async def _marked(reader: Reader, marks: Sequence[int], limit: int) -> list[str]:
    weights: defaultdict[int, float] = defaultdict(float)
    letters: dict[int, str] = {}
    for mark in marks:
        where = {"marks": mark}
        found = await reader.find(LETTER_MARKS.name, where, by=("-row",), most=OF_A_MARK, fields=("row",))
        weight = math.log(1 + OF_A_MARK / max(1, len(found)))
        for one in found:
            weights[one["row"]] += weight
            letters[one["row"]] = one["_id"]
    best = sorted(weights.items(), key=lambda one: (-one[1], -one[0]))[:limit]
    return [letters[row] for row, _ in best]
