from __future__ import annotations

import asyncio

import pytest

from minxin.mailbox.texting.bucket import Bucket


async def test_without_a_rate_everything_passes() -> None:
    bucket = Bucket(0)
    async with asyncio.timeout(1):
        for _ in range(1000):
            await bucket.take()


async def test_one_second_s_worth_passes_at_once_and_then_one_for_each_token() -> None:
    moments = [0.0]
    bucket = Bucket(100, lambda: moments[0])
    async with asyncio.timeout(1):
        for _ in range(100):
            await bucket.take()
    late = asyncio.create_task(bucket.take())
    await asyncio.sleep(0)
    assert not late.done()
    moments[0] = 0.02
    async with asyncio.timeout(1):
        await late


async def test_urgent_lane_goes_before_those_that_waited_longer() -> None:
    bucket, order = Bucket(200), list[str]()
    for _ in range(200):
        await bucket.take()

    async def leave(name: str, rank: int) -> None:
        await bucket.take(rank)
        order.append(name)

    bulk = [asyncio.create_task(leave(f"bulk {number}", 2)) for number in range(3)]
    await asyncio.sleep(0)
    code = asyncio.create_task(leave("code", 0))
    async with asyncio.timeout(2):
        await asyncio.gather(*bulk, code)
    assert order == ["code", "bulk 0", "bulk 1", "bulk 2"]


async def test_who_gives_up_waiting_costs_no_token() -> None:
    bucket = Bucket(50)
    for _ in range(50):
        await bucket.take()
    gone = asyncio.create_task(bucket.take())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    async with asyncio.timeout(1):
        await bucket.take()
