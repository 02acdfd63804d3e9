"""Letters and what belongs to them (``consult.ports.LetterReads``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from minxin.consult.place_records import KnownPlace
from minxin.consult.ports import QueueFilter, QueueItem
from minxin.consult.records import (
    Assignment,
    Example,
    Letter,
    LetterDraft,
    Office,
    PublicCopy,
    WorkOrder,
)
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.columns import NEVER, key_digest
from minxin.store.sqlite.paging import Order, all_records, one_record, page_of, record_page, since
from minxin.store.sqlite.readers import Reader, one_view
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

_NEWEST_LETTER: Final = Order(("received_at", "id"), (int, str), descending=True)
_NEAREST: Final = Order(("next_due", "id"), (int, str))
_NEWEST_COPY: Final = Order(("proposed_at", "id"), (int, str), descending=True)
_PUBLISHED: Final = "state = 'published'"
_NEWEST_PLACE: Final = Order(("at", "id"), (int, str), descending=True)
_NEWEST_EXAMPLE: Final = Order(("at", "id"), (int, str), descending=True)
_BY_CHANGE: Final = Order(("changed_at", "id"), (int, str))
_SERIAL_DIGITS: Final = 18  # a larger number fits no column


class SqliteLetters:
    """Answers the named queries about letters."""

    reader: Reader

    async def letter_by_intake_key(self, intake_key: str) -> Letter | None:
        return await self.reader.read(lambda db: one_record(db, LETTERS, "intake_key = ?", key_digest(intake_key)))

    async def letter_by_number(self, number: str) -> Letter | None:
        series, _, serial = number.rpartition("-")
        if not (serial.isascii() and serial.isdecimal() and len(serial) <= _SERIAL_DIGITS):
            return None
        found = await self.reader.read(
            lambda db: one_record(db, LETTERS, "series = ? AND serial = ?", series, int(serial))
        )
        return found if found is not None and found.number == number else None

    async def letters_of(self, writer_id: str, page: PageRequest) -> Page[Letter]:
        return await self.reader.read(
            lambda db: record_page(db, LETTERS, "writer_id = ?", (writer_id,), _NEWEST_LETTER, page)
        )

    async def letters_of_company(self, company_id: str, page: PageRequest) -> Page[Letter]:
        where = "company_id = ? AND NOT sealed AND state != 'submitted'"
        return await self.reader.read(lambda db: record_page(db, LETTERS, where, (company_id,), _NEWEST_LETTER, page))

    async def orders_of(self, letter_id: str) -> list[WorkOrder]:
        orders = await self.reader.read(lambda db: all_records(db, WORK_ORDERS, "letter_id = ?", letter_id))
        return sorted(orders, key=lambda order: (len(order.number), order.number))

    async def orders_of_letters(self, letter_ids: Sequence[str]) -> list[WorkOrder]:
        marks = ", ".join("?" * len(letter_ids))
        where = f"letter_id IN ({marks})"
        orders = await self.reader.read(lambda db: all_records(db, WORK_ORDERS, where, *letter_ids))
        return sorted(orders, key=lambda order: (order.letter_id, len(order.number), order.number))

    async def assignments_of(self, order_id: str) -> list[Assignment]:
        where = "order_id = ? ORDER BY at, id"
        return await self.reader.read(lambda db: all_records(db, ASSIGNMENTS, where, order_id))

    async def order_queue(self, wanted: QueueFilter, page: PageRequest) -> Page[QueueItem]:
        return await self.reader.read(lambda db: _queue(db, wanted, page))

    async def count_orders(self, wanted: Sequence[QueueFilter]) -> list[int]:
        return await self.reader.read(lambda db: [_count(db, one) for one in wanted])

    async def answered_before(self, instant: datetime, limit: int) -> list[WorkOrder]:
        where = "state = 'answered' AND answered_at < ? ORDER BY answered_at, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, WORK_ORDERS, where, micros(instant), limit))

    async def answers_of_office(self, office_id: str, limit: int) -> list[WorkOrder]:
        where = "office_id = ? AND answered_at IS NOT NULL AND sealed = 0 ORDER BY answered_at DESC, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, WORK_ORDERS, where, office_id, limit))

    async def drafts_of(self, writer_id: str) -> list[LetterDraft]:
        where = "writer_id = ? ORDER BY updated_at DESC, id"
        return await self.reader.read(lambda db: all_records(db, LETTER_DRAFTS, where, writer_id))

    async def published_copies(self, page: PageRequest, office_id: str | None = None) -> Page[PublicCopy]:
        where, values = (_PUBLISHED, ()) if office_id is None else (f"office_id = ? AND {_PUBLISHED}", (office_id,))
        return await self.reader.read(lambda db: record_page(db, PUBLIC_COPIES, where, values, _NEWEST_COPY, page))

    async def copies_to_decide(self, page: PageRequest) -> Page[PublicCopy]:
        return await self.reader.read(lambda db: record_page(db, PUBLIC_COPIES, "waits = 1", (), _NEWEST_COPY, page))

    async def examples(self, page: PageRequest) -> Page[Example]:
        return await self.reader.read(lambda db: record_page(db, EXAMPLES, "1", (), _NEWEST_EXAMPLE, page))

    async def examples_since(self, instant: datetime, page: PageRequest) -> Page[Example]:
        where, values = since("changed_at", instant, page)
        return await self.reader.read(lambda db: record_page(db, EXAMPLES, where, values, _BY_CHANGE, page))

    async def taught_places(self, page: PageRequest) -> Page[KnownPlace]:
        return await self.reader.read(lambda db: record_page(db, PLACES, "source = 'clerk'", (), _NEWEST_PLACE, page))

    async def places_since(self, instant: datetime) -> list[KnownPlace]:
        return await self.reader.read(lambda db: all_records(db, PLACES, "at >= ? ORDER BY at, id", micros(instant)))

    async def offices(self) -> list[Office]:
        return await self.reader.read(lambda db: all_records(db, OFFICES, "1 ORDER BY id"))


def _conditions(wanted: QueueFilter) -> tuple[str, list[SqlValue]]:
    """Return what holds in each state of the filter, and its values."""
    parts = ["sealed = ?"]
    values: list[SqlValue] = [int(wanted.sealed)]
    for column, value in (
        ("office_id = ?", wanted.office_id),
        ("next_due >= ?", None if wanted.due_from is None else micros(wanted.due_from)),
        ("next_due < ?", NEVER if wanted.due_from is not None else None),
        ("next_due < ?", None if wanted.due_before is None else micros(wanted.due_before)),
    ):
        if value is not None:
            parts.append(column)
            values.append(value)
    # In the text and not as values: only then does an index of those alone that are so come into question.
    flags = {"urgent": wanted.urgent, "extension_waits": wanted.extension_waits, "redone": wanted.redone}
    parts += [f"{column} = {flag:d}" for column, flag in flags.items() if flag is not None]
    return " AND ".join(parts), values


def _queue(connection: sqlite3.Connection, wanted: QueueFilter, page: PageRequest) -> Page[QueueItem]:
    """Merge one index range for each state: only within a state does the index give the order.

    Only the places are merged, which the index holds; the records are read for those that the page keeps.
    """
    where, values = _conditions(wanted)
    after, place = _NEAREST.after(page)
    size = page_size(page)
    with one_view(connection):
        rows: list[tuple[int, str]] = []
        for state in dict.fromkeys(wanted.states):
            rows += connection.execute(
                "SELECT next_due, id FROM work_orders "  # noqa: S608
                f"WHERE state = ? AND {where} AND {after} ORDER BY {_NEAREST.by()} LIMIT ?",
                (state.value, *values, *place, size + 1),
            )
        rows.sort()
        items = _items(connection, [row[1] for row in rows[:size]])
    return page_of(rows, size, _NEAREST, lambda row: items[row[1]])


def _items(connection: sqlite3.Connection, order_ids: Sequence[str]) -> dict[str, QueueItem]:
    marks = ", ".join("?" * len(order_ids))
    rows = connection.execute(
        "SELECT work_orders.id, work_orders.body, letters.body FROM work_orders "  # noqa: S608
        f"JOIN letters ON letters.id = work_orders.letter_id WHERE work_orders.id IN ({marks})",
        order_ids,
    )
    return {row[0]: QueueItem(WORK_ORDERS.record(row[1]), LETTERS.record(row[2])) for row in rows}


def _count(connection: sqlite3.Connection, wanted: QueueFilter) -> int:
    where, values = _conditions(wanted)
    count = 0
    for state in dict.fromkeys(wanted.states):
        count += connection.execute(
            f"SELECT COUNT(*) FROM work_orders WHERE state = ? AND {where}",  # noqa: S608
            (state.value, *values),
        ).fetchone()[0]
    return count
