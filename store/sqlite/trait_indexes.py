"""The indexes that the figures are counted and listed by: what has the same traits lies together there."""

from __future__ import annotations

from typing import Final


def _there(table: str, index: str) -> str:
    """Return the query for the traits that are there: it skips from one to the next, however many have them."""
    return f"""WITH RECURSIVE there (traits) AS (
        SELECT min(traits) FROM {table} INDEXED BY {index} WHERE sealed = 0
        UNION ALL SELECT (SELECT min(traits) FROM {table} INDEXED BY {index} WHERE sealed = 0 AND traits > there.traits)
            FROM there WHERE there.traits IS NOT NULL
    ) SELECT traits FROM there WHERE traits IS NOT NULL"""  # noqa: S608


ORDERS: Final = "work_orders_by_traits"
TURNS: Final = "assignments_by_traits"
ORDER_TRAITS_THERE: Final = _there("work_orders", ORDERS)
TURN_TRAITS_THERE: Final = _there("assignments", TURNS)
