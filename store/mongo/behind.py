"""The list behind a number of the department table (``consult.behind.PartReads``), in the order of the limits.

The indexes of the limits hold traits and office too: what is not in the part is passed over there. Whether a turn was
cancelled stands at its work order, so turns are read in batches, each looked up at theirs, until the page is full.
"""

from __future__ import annotations

from typing import Final

from minxin.consult.behind import PartFilter, Span
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.records import OrderState
from minxin.consult.traits import TurnTrait
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, all_of, cut, sifted
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.behind import order_facts, turn_facts
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import ASSIGNMENTS, WORK_ORDERS

_BY_ANSWER_DUE: Final = Order(("answer_due", "_id"), (int, str))
_BY_SIGN_DUE: Final = Order(("sign_due", "_id"), (int, str))
_CANCELLED: Final = int(TurnTrait.CANCELLED)


class MongoBehind:
    """Lists the parts of figures."""

    reader: ReaderPool

    async def orders_behind(self, wanted: PartFilter, page: PageRequest) -> Page[OrderFacts]:
        found = await self.reader.at_one_moment(lambda view: _orders(view, wanted, page))
        return cut(found, page_size(page), _BY_ANSWER_DUE, lambda one: order_facts(one["body"], one["answer_due"]))

    async def turns_behind(self, wanted: PartFilter, page: PageRequest) -> Page[AssignmentFacts]:
        found = await self.reader.at_one_moment(lambda view: _turns(view, wanted, page))
        return cut(found, page_size(page), _BY_SIGN_DUE, _turn)


async def _orders(reader: Reader, wanted: PartFilter, page: PageRequest) -> list[Document]:
    """Return the documents of the page and one more, if there is one."""
    found: list[Document] = []
    for span in wanted.spans:
        most = page_size(page) + 1 - len(found)
        if not most:
            break
        hours = {"working_hours": {"$gte": 0}} if wanted.with_hours else {}
        traits = {"traits": {"$in": list(span.traits)}}
        where = all_of(_within(wanted, span, "answer_due"), traits, hours, *_BY_ANSWER_DUE.after(page))
        fields = ("answer_due", "body")
        found += await reader.find(WORK_ORDERS.name, where, by=_BY_ANSWER_DUE.by(), most=most, fields=fields)
    return found


async def _turns(reader: Reader, wanted: PartFilter, page: PageRequest) -> list[Document]:
    """Return the documents of the page and one more, if there is one; each says whether it was ``cancelled``."""
    found: list[Document] = []
    for span in wanted.spans:
        most = page_size(page) + 1 - len(found)
        if not most:
            break

        async def in_part(batch: list[Document], traits: frozenset[int] = frozenset(span.traits)) -> list[Document]:
            return [one for one in await _with_cancelled(reader, batch) if _kept(one) in traits]

        where: Filter = {**_within(wanted, span, "sign_due"), "traits": {"$in": _of_records(span)}}
        after, fields = _BY_SIGN_DUE.after(page), ("order_id", "traits")
        found += await sifted(reader, ASSIGNMENTS.name, where, _BY_SIGN_DUE, after, most, fields, in_part)
    ids = [one["_id"] for one in found]
    read = await reader.find(ASSIGNMENTS.name, {"_id": {"$in": ids}}, fields=("body",))
    bodies = {one["_id"]: one["body"] for one in read}
    return [{**one, "body": bodies[one["_id"]]} for one in found]


def _within(wanted: PartFilter, span: Span, due: str) -> Document:
    whose = {} if wanted.of_all else {"office_id": wanted.office_id}
    return {"sealed": 0, **whose, due: {"$gte": micros(span.start), "$lt": micros(span.end)}}


def _of_records(span: Span) -> list[int]:
    """Return the traits that turns of the span have in their own documents."""
    return sorted({one & ~_CANCELLED for one in span.traits})


async def _with_cancelled(reader: Reader, turns: list[Document]) -> list[Document]:
    ids = sorted({one["order_id"] for one in turns})
    ended = {"_id": {"$in": ids}, "state": OrderState.CANCELLED.value}
    cancelled = {one["_id"] for one in await reader.find(WORK_ORDERS.name, ended, fields=("_id",))}
    return [{**one, "cancelled": one["order_id"] in cancelled} for one in turns]


def _kept(turn: Document) -> int:
    return int(turn["traits"]) | (_CANCELLED if turn["cancelled"] else 0)


def _turn(one: Document) -> AssignmentFacts:
    return turn_facts(one["body"], one["sign_due"], cancelled=one["cancelled"])
