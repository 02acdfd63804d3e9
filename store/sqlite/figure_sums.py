"""What a department table is counted from, read from two indexes and no record."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from minxin.consult.deadlines import local_day
from minxin.consult.traits import FigureSums, OrderTrait, TraitSum, TurnTrait
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.columns import day_number
from minxin.store.sqlite.readers import one_view
from minxin.store.sqlite.trait_indexes import ORDER_TRAITS_THERE, ORDERS, TURN_TRAITS_THERE, TURNS

_ANSWERED: Final = int(OrderTrait.ANSWERED)
_DONE: Final = int(TurnTrait.SIGNED | TurnTrait.RETURNED)
_CANCELLED: Final = int(TurnTrait.CANCELLED)

# The traits that are there are named, so that each has its days in the index in one piece.
_ORDERS_DUE: Final = f"""FROM work_orders INDEXED BY {ORDERS}
    WHERE sealed = 0 AND traits IN ({ORDER_TRAITS_THERE}) AND answer_day BETWEEN :first AND :last
    AND answer_due >= :start AND answer_due < :end"""  # noqa: S608
_TURNS_DUE: Final = f"""FROM assignments INDEXED BY {TURNS}
    WHERE sealed = 0 AND traits IN ({TURN_TRAITS_THERE}) AND cancelled IN (0, 1)
    AND sign_day BETWEEN :first AND :last AND sign_due >= :start AND sign_due < :end"""  # noqa: S608
# Grouped inside in the order of the index, so that no work order has to be sorted; some thousand groups are.
_ORDERS: Final = f"""SELECT office_id, traits, sum(items), sum(ahead) FROM (
    SELECT office_id, traits, count(*) AS items, sum(answer_due > :now) AS ahead
    {_ORDERS_DUE} AND {{office}} GROUP BY traits, answer_day, office_id) GROUP BY office_id, traits"""  # noqa: S608
_TURNS: Final = f"""SELECT office_id, traits | cancelled * {_CANCELLED}, sum(items), sum(ahead) FROM (
    SELECT office_id, traits, cancelled, count(*) AS items, sum(sign_due > :now) AS ahead
    {_TURNS_DUE} AND {{office}} GROUP BY traits, cancelled, sign_day, office_id)
    GROUP BY office_id, traits, cancelled"""  # noqa: S608
_HOURS: Final = f"SELECT office_id, working_hours {_ORDERS_DUE} AND {{office}} AND working_hours IS NOT NULL"  # noqa: S608


def figure_sums(
    db: sqlite3.Connection, start: datetime, end: datetime, now: datetime, office_id: str | None
) -> FigureSums:
    """Return the sums of what has its limit in ``[start, end)``, of one moment."""
    values: dict[str, SqlValue] = {
        "start": micros(start),
        "end": micros(end),
        "first": day_number(local_day(start)),
        "last": day_number(local_day(end)),
        "now": micros(now),
        "office_id": office_id,
    }
    office = "TRUE" if office_id is None else "office_id = :office_id"
    with one_view(db):
        orders = db.execute(_ORDERS.format(office=office), values).fetchall()
        turns = db.execute(_TURNS.format(office=office), values).fetchall()
        hours = db.execute(_HOURS.format(office=office), values).fetchall()
    return FigureSums(_sums(orders, _ANSWERED, OrderTrait.NOT_DUE), _sums(turns, _DONE, TurnTrait.NOT_DUE), hours)


def _sums(rows: list[tuple[str | None, int, int, int]], done: int, not_due: int) -> list[TraitSum]:
    """Return the sums of ``(office, traits, items, items whose limit lies ahead)``; what is ``done`` waits for none."""
    found = []
    for office_id, traits, items, ahead in rows:
        waiting = 0 if traits & done else ahead
        found += [TraitSum(office_id, traits | not_due, waiting)] if waiting else []
        found += [TraitSum(office_id, traits, items - waiting)] if items > waiting else []
    return found
