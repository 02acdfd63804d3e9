"""The open work orders of the morning page (``consult.open_orders.OpenReads``), by the index of those that are open."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, Final

from minxin.consult.deadlines import Light
from minxin.consult.open_orders import OpenCount, OpenFilter, OpenOrder, OpenPage
from minxin.consult.records import OrderState
from minxin.core.paging import PageRequest, page_size
from minxin.store.sqlite.codec import SqlValue, encode, instant, micros
from minxin.store.sqlite.columns import NEVER, day_number, day_of
from minxin.store.sqlite.paging import Order, page_of
from minxin.store.sqlite.readers import Reader, one_view

_NEAREST: Final = Order(("next_due", "id"), (int, str))
_OPEN: Final = "work_orders INDEXED BY work_orders_open WHERE sealed = 0 AND ended_at IS NULL"
_COUNTS: Final = f"""SELECT received_day, next_due, amber_from, COUNT(*) FROM {_OPEN}
    GROUP BY next_due, amber_from, received_day"""  # noqa: S608
_COLUMNS: Final = "next_due, id, letter_id, office_id, state, received_at, amber_from"
# As consult.deadlines.light_at says it, which tests/contract holds it against.
_OF_LIGHT: Final = {
    Light.GREEN: f"next_due > ?1 AND next_due < {NEVER} AND amber_from > ?1",
    Light.AMBER: f"next_due > ?1 AND next_due < {NEVER} AND amber_from <= ?1",
    Light.RED: "next_due <= ?1 AND amber_from IS NOT NULL",
    Light.PAUSED: f"(next_due = {NEVER} OR amber_from IS NULL)",
}


class SqliteOpenOrders:
    """Counts and lists what is open."""

    reader: Reader

    async def open_counts(self) -> list[OpenCount]:
        return await self.reader.read(_counts)

    async def open_orders(self, wanted: OpenFilter, page: PageRequest) -> OpenPage:
        return await self.reader.read(lambda db: _page(db, wanted, page))


def end_of(next_due: int) -> datetime | None:
    """Return the end of the limit that runs, None while the clock stands still."""
    return None if next_due == NEVER else instant(next_due)


def amber_of(amber_from: int | None) -> datetime | None:
    """Return when the limit that runs becomes amber, None while the clock stands still."""
    return None if amber_from is None else instant(amber_from)


def _counts(connection: sqlite3.Connection) -> list[OpenCount]:
    rows = connection.execute(_COUNTS)
    return [OpenCount(day_of(day), end_of(due), amber_of(amber), count) for day, due, amber, count in rows]


def _page(connection: sqlite3.Connection, wanted: OpenFilter, page: PageRequest) -> OpenPage:
    where, values = _condition(wanted)
    after, place = _NEAREST.after(page)
    size = page_size(page)
    with one_view(connection):
        (total,) = connection.execute(f"SELECT COUNT(*) FROM {_OPEN} AND {where}", values).fetchone()  # noqa: S608
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM {_OPEN} AND {where} AND {after} ORDER BY {_NEAREST.by()} LIMIT ?",  # noqa: S608
            (*values, *place, size + 1),
        ).fetchall()
    return OpenPage(page_of(rows, size, _NEAREST, _open_order), total)


def _condition(wanted: OpenFilter) -> tuple[str, list[SqlValue]]:
    """Return what the filter wants, and its values, of which the first is the instant."""
    parts = ["?1 = ?1"]
    values: list[SqlValue] = [micros(wanted.at)]
    if wanted.light is not None:
        parts.append(_OF_LIGHT[wanted.light])
    if wanted.due_until is not None:
        parts.append("next_due > ?1 AND next_due <= ?")
        values.append(micros(wanted.due_until))
    if wanted.received_on is not None:
        # As a list in the text it would be known to be empty, and then the index that is named "can't be used".
        parts.append("received_day IN (SELECT value FROM json_each(?))")
        values.append(encode([day_number(day) for day in wanted.received_on]).decode())
    return " AND ".join(parts), values


def _open_order(row: tuple[Any, ...]) -> OpenOrder:
    due, order_id, letter_id, office_id, state, received_at, amber = row
    return OpenOrder(
        order_id=order_id,
        letter_id=letter_id,
        office_id=office_id,
        state=OrderState(state),
        received_at=instant(received_at),
        due=end_of(due),
        amber_from=amber_of(amber),
    )
