"""Letters and what belongs to them (``consult.ports.LetterReads``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from minxin.consult.place_records import KnownPlace
from minxin.consult.ports import QueueFilter, QueueItem
from minxin.consult.records import Assignment, Example, Letter, LetterDraft, LetterState, Office, PublicCopy, WorkOrder
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, all_of, all_records, cut, one_record, record_page, since
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.columns import NEVER
from minxin.store.sqlite.tables import (
    ASSIGNMENTS,
    EXAMPLES,
    LETTER_DRAFTS,
    LETTERS,
    OFFICES,
    PLACES,
    PUBLIC_COPIES,
    WORK_ORDERS,
)

_NEWEST_LETTER: Final = Order(("received_at", "_id"), (int, str), descending=True)
_NEAREST: Final = Order(("next_due", "_id"), (int, str))
_NEWEST_COPY: Final = Order(("proposed_at", "_id"), (int, str), descending=True)
_NEWEST: Final = Order(("at", "_id"), (int, str), descending=True)
_BY_CHANGE: Final = Order(("changed_at", "_id"), (int, str))
_SERIAL_DIGITS: Final = 18  # a larger number fits no field


class MongoLetters:
    """Answers the named queries about letters."""

    reader: ReaderPool

    async def letter_by_intake_key(self, intake_key: str) -> Letter | None:
        return await one_record(self.reader, LETTERS, {"intake_key": intake_key})

    async def letter_by_number(self, number: str) -> Letter | None:
        series, _, serial = number.rpartition("-")
        if not (serial.isascii() and serial.isdecimal() and len(serial) <= _SERIAL_DIGITS):
            return None
        found = await one_record(self.reader, LETTERS, {"series": series, "serial": int(serial)})
        return found if found is not None and found.number == number else None

    async def letters_of(self, writer_id: str, page: PageRequest) -> Page[Letter]:
        return await record_page(self.reader, LETTERS, {"writer_id": writer_id}, _NEWEST_LETTER, page)

    async def letters_of_company(self, company_id: str, page: PageRequest) -> Page[Letter]:
        wanted = {"company_id": company_id, "sealed": 0, "state": {"$ne": LetterState.SUBMITTED.value}}
        return await record_page(self.reader, LETTERS, wanted, _NEWEST_LETTER, page)

    async def orders_of(self, letter_id: str) -> list[WorkOrder]:
        return await self.orders_of_letters([letter_id])

    async def orders_of_letters(self, letter_ids: Sequence[str]) -> list[WorkOrder]:
        orders = await all_records(self.reader, WORK_ORDERS, {"letter_id": {"$in": list(letter_ids)}})
        return sorted(orders, key=lambda order: (order.letter_id, len(order.number), order.number))

    async def assignments_of(self, order_id: str) -> list[Assignment]:
        return await all_records(self.reader, ASSIGNMENTS, {"order_id": order_id}, by=("at", "_id"))

    async def order_queue(self, wanted: QueueFilter, page: PageRequest) -> Page[QueueItem]:
        return await self.reader.at_one_moment(lambda view: _queue(view, wanted, page))

    async def count_orders(self, wanted: Sequence[QueueFilter]) -> list[int]:
        return [await self.reader.count(WORK_ORDERS.name, _condition(one)) for one in wanted]

    async def answered_before(self, instant: datetime, limit: int) -> list[WorkOrder]:
        where = {"state": "answered", "answered_at": {"$lt": micros(instant)}}
        return await all_records(self.reader, WORK_ORDERS, where, by=("answered_at", "_id"), most=limit)

    async def answers_of_office(self, office_id: str, limit: int) -> list[WorkOrder]:
        where = {"sealed": 0, "office_id": office_id, "answered_at": {"$gt": 0}}
        return await all_records(self.reader, WORK_ORDERS, where, by=("-answered_at", "_id"), most=limit)

    async def drafts_of(self, writer_id: str) -> list[LetterDraft]:
        return await all_records(self.reader, LETTER_DRAFTS, {"writer_id": writer_id}, by=("-updated_at", "_id"))

    async def published_copies(self, page: PageRequest, office_id: str | None = None) -> Page[PublicCopy]:
        where: Filter = {"state": "published"}
        if office_id is not None:
            where = {"office_id": office_id, **where}
        return await record_page(self.reader, PUBLIC_COPIES, where, _NEWEST_COPY, page)

    async def copies_to_decide(self, page: PageRequest) -> Page[PublicCopy]:
        return await record_page(self.reader, PUBLIC_COPIES, {"waits": 1}, _NEWEST_COPY, page)

    async def examples(self, page: PageRequest) -> Page[Example]:
        return await record_page(self.reader, EXAMPLES, {}, _NEWEST, page)

    async def examples_since(self, instant: datetime, page: PageRequest) -> Page[Example]:
        return await record_page(self.reader, EXAMPLES, since("changed_at", instant, page), _BY_CHANGE, page)

    async def taught_places(self, page: PageRequest) -> Page[KnownPlace]:
        return await record_page(self.reader, PLACES, {"source": "clerk"}, _NEWEST, page)

    async def places_since(self, instant: datetime) -> list[KnownPlace]:
        return await all_records(self.reader, PLACES, {"at": {"$gte": micros(instant)}}, by=("at", "_id"))

    async def offices(self) -> list[Office]:
        return await all_records(self.reader, OFFICES, {}, by=("_id",))


def _condition(wanted: QueueFilter) -> Filter:
    """Return what holds for the work orders that the filter wants."""
    states = [state.value for state in dict.fromkeys(wanted.states)]
    where: Document = {"sealed": int(wanted.sealed), "state": {"$in": states}}
    if wanted.office_id is not None:
        where["office_id"] = wanted.office_id
    due = {}
    if wanted.due_from is not None:
        due = {"$gte": micros(wanted.due_from), "$lt": NEVER}
    if wanted.due_before is not None:
        due["$lt"] = micros(wanted.due_before)
    if due:
        where["next_due"] = due
    flags = {"urgent": wanted.urgent, "extension_waits": wanted.extension_waits, "redone": wanted.redone}
    return where | {name: int(flag) for name, flag in flags.items() if flag is not None}


async def _queue(reader: Reader, wanted: QueueFilter, page: PageRequest) -> Page[QueueItem]:
    size = page_size(page)
    where = all_of(_condition(wanted), *_NEAREST.after(page))
    fields = ("next_due", "letter_id", "body")
    found = await reader.find(WORK_ORDERS.name, where, by=_NEAREST.by(), most=size + 1, fields=fields)
    letter_ids = [one["letter_id"] for one in found[:size]]
    letters = {one.id: one for one in await all_records(reader, LETTERS, {"_id": {"$in": letter_ids}})}
    return cut(found, size, _NEAREST, lambda one: QueueItem(WORK_ORDERS.record(one["body"]), letters[one["letter_id"]]))
