"""Brings a letter of a living city to an office, whatever the judge thought of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from support.caller import Caller


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Look again and again, for at most 20 s, until there is something to see."""
    async with asyncio.timeout(20):
        while not (found := await look()):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.1)
        return found


async def order_at(api: Callable[[str], Awaitable[Caller]], letter_id: str, office: str) -> str:
    """Wait for the judge, have people send the letter to the office when the judge did not, and return the order.

    ``api`` gives the caller of a log-in.
    """
    clerk = await api("zhongxin.clerk1")

    async def judged() -> Any:
        letter = await clerk.get(f"/letters/{letter_id}")
        return letter["orders"][0] if letter["orders"] else None

    order = await until(judged)
    if order["state"] == "to_dispatch":
        await clerk.post(f"/orders/{order['id']}/dispatch", office_id=office, reason="职责对应")
        assert clerk.status == 200
    elif order["office_id"] != office:
        other = await api(f"{order['office_id']}.handler1")
        await other.post(f"/orders/{order['id']}/return", reason="不属于本单位职责", proposed_office_id=office)
        await clerk.post(f"/orders/{order['id']}/rule", office_id=office, reason="按职责表裁定")
        assert clerk.status == 200
    return str(order["id"])
