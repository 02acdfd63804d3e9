"""Pages by cursor over one table, in the order of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from minxin.core.changes import Record
from minxin.core.paging import Page, PageRequest, decode_cursor, encode_cursor, page_size
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Order(Struct, frozen=True):
    """The columns that a list is sorted by, the last one unique, with their types."""

    columns: tuple[str, ...]
    types: tuple[type, ...]
    descending: bool = False

    def by(self) -> str:
        """Return the ORDER BY terms."""
        return ", ".join(f"{column} {'DESC' if self.descending else 'ASC'}" for column in self.columns)

    def after(self, page: PageRequest) -> tuple[str, tuple[SqlValue, ...]]:
        """Return the condition that skips what came before, with its values; raises ``InvalidInputError``."""
        if page.after is None:
            return "1", ()
        sign = "<" if self.descending else ">"
        marks = ", ".join("?" * len(self.columns))
        return f"({', '.join(self.columns)}) {sign} ({marks})", decode_cursor(page.after, *self.types)


def since(column: str, instant: datetime, page: PageRequest) -> tuple[str, tuple[SqlValue, ...]]:
    """Return the condition that a list begins at an instant; a later page begins at its cursor alone.

    By both of them each page would read the index from the instant on.
    """
    return (f"{column} >= ?", (micros(instant),)) if page.after is None else ("1", ())


def text_after(text: str) -> str:
    """Return the least text that sorts after this one, as SQLite compares."""
    return text + "\0"


def one_record(connection: sqlite3.Connection, table: Table[R], where: str, *values: SqlValue) -> R | None:
    """Return the record that the condition names, or None."""
    row = connection.execute(f"SELECT body FROM {table.name} WHERE {where}", values).fetchone()  # noqa: S608
    return table.record(row[0]) if row else None


def all_records(
    connection: sqlite3.Connection, table: Table[R], where: str, *values: SqlValue, index: str = ""
) -> list[R]:
    """Return every record that the condition (and the order after it) names.

    They are found by ``index``, when given: where the planner would take another.
    """
    rows = connection.execute(f"SELECT body FROM {_by(table, index)} WHERE {where}", values)  # noqa: S608
    return [table.record(body) for (body,) in rows]


def record_page(
    connection: sqlite3.Connection,
    table: Table[R],
    where: str,
    values: Sequence[SqlValue],
    order: Order,
    page: PageRequest,
    *,
    index: str = "",
) -> Page[R]:
    """Return one page of the records that the condition names; ``index`` as for :func:`all_records`."""
    after, place = order.after(page)
    size = page_size(page)
    rows = connection.execute(
        f"SELECT {', '.join(order.columns)}, body FROM {_by(table, index)} "  # noqa: S608
        f"WHERE {where} AND {after} ORDER BY {order.by()} LIMIT ?",
        (*values, *place, size + 1),
    ).fetchall()
    return page_of(rows, size, order, lambda row: table.record(row[-1]))


def _by(table: Table[R], index: str) -> str:
    return f"{table.name} INDEXED BY {index}" if index else table.name


def page_of(rows: Sequence[Any], size: int, order: Order, make: Callable[[Any], T]) -> Page[T]:
    """Make a page of up to ``size`` of the rows; each begins with the columns of the order."""
    kept = rows[:size]
    more = encode_cursor(*kept[-1][: len(order.columns)]) if len(rows) > size else None
    return Page([make(row) for row in kept], more)
