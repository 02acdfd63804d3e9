"""The last answers of an office, which a new one is compared with."""

from __future__ import annotations

from typing import Any

from support.store import Maker, WholeStore

from minxin.consult.records import OrderState, WorkOrder
from minxin.core.changes import Changes

S = OrderState


async def test_an_offices_answers_come_last_answered_first_and_sealed_ones_never(
    store: WholeStore, make: Maker
) -> None:
    def answered(order_id: str, hours: float, **fields: Any) -> WorkOrder:
        given = {"office_id": "lamps", "state": S.ANSWERED, "answered_at": make.at(hours=hours)}
        return make.order(id=order_id, **(given | fields))

    orders = [
        answered("first", 1, state=S.CLOSED),
        answered("last", 3),
        answered("second", 2),
        answered("of another office", 4, office_id="parks"),
        answered("sealed", 5, sealed=True),
        make.order(id="not answered", office_id="lamps", state=S.IN_PROGRESS),
    ]
    await store.commit(Changes(inserts=list(orders)))

    assert [order.id for order in await store.answers_of_office("lamps", 9)] == ["last", "second", "first"]
    assert [order.id for order in await store.answers_of_office("lamps", 2)] == ["last", "second"]
    assert await store.answers_of_office("nobody", 9) == []
