"""What a department table is counted from, read from two indexes and no record (migration 0026)."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from minxin.consult.traits import FigureSums, OrderTrait, TraitSum, TurnTrait
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.readers import one_view

_DAY_US: Final = 86_400_000_000
_AHEAD_OF_UTC_US: Final = 28_800_000_000  # Asia/Shanghai
_ANSWERED: Final = int(OrderTrait.ANSWERED)
_DONE: Final = int(TurnTrait.SIGNED | TurnTrait.RETURNED)

# The days come first, as the indexes have them: so the groups need no sorting.
_ORDERS: Final = f"""SELECT office_id, traits, answer_due > :now AND NOT traits & {_ANSWERED} AS ahead,
    COUNT(*)
    FROM work_orders WHERE sealed = 0 AND answer_day BETWEEN :first AND :last
    AND answer_due >= :start AND answer_due < :end AND {{office}} GROUP BY answer_day, office_id, traits, ahead"""  # noqa: S608
_HOURS: Final = """SELECT office_id, working_hours
    FROM work_orders WHERE sealed = 0 AND answer_day BETWEEN :first AND :last
    AND answer_due >= :start AND answer_due < :end AND {office} AND working_hours IS NOT NULL"""
_TURNS: Final = f"""SELECT office_id, traits | cancelled * {int(TurnTrait.CANCELLED)},
    sign_due > :now AND NOT traits & {_DONE} AS ahead, COUNT(*)
    FROM assignments WHERE sealed = 0 AND sign_day BETWEEN :first AND :last
    AND sign_due >= :start AND sign_due < :end AND {{office}} GROUP BY sign_day, office_id, traits, cancelled, ahead"""  # noqa: S608


def figure_sums(
    db: sqlite3.Connection, start: datetime, end: datetime, now: datetime, office_id: str | None
) -> FigureSums:
    """Return the sums of what has its limit in ``[start, end)``, of one moment."""
    values: dict[str, SqlValue] = {
        "start": micros(start),
        "end": micros(end),
        "first": day_of(micros(start)),
        "last": day_of(micros(end)),
        "now": micros(now),
        "office_id": office_id,
    }
    office = "TRUE" if office_id is None else "office_id = :office_id"
    with one_view(db):
        return FigureSums(
            orders=[
                TraitSum(who, traits | (ahead and OrderTrait.NOT_DUE.value), count)
                for who, traits, ahead, count in db.execute(_ORDERS.format(office=office), values)
            ],
            turns=[
                TraitSum(who, traits | (ahead and TurnTrait.NOT_DUE.value), count)
                for who, traits, ahead, count in db.execute(_TURNS.format(office=office), values)
            ],
            hours=db.execute(_HOURS.format(office=office), values).fetchall(),
        )


def day_of(at: int) -> int:
    """Return the number of the local day of an instant in microseconds, as ``answer_day`` and ``sign_day`` have it."""
    return (at + _AHEAD_OF_UTC_US) // _DAY_US
