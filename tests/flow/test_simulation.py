"""A simulated city: true to its chains, its figures and its seed, and whole after it was stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.whole_lists import received

from minxin.consult.deadlines import local_day
from minxin.consult.records import Channel, Letter, LetterState, OrderState, PublicState, WorkOrder
from minxin.consult.verify import verify_letters
from minxin.core.clock import FixedClock
from minxin.core.errors import ConfigError
from minxin.core.paging import PageRequest
from minxin.core.verify import verify
from minxin.deploy.house import House, open_house
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import load_settings
from minxin.deploy.simulation import Size, simulate

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SIZE = Size(citizens=40, letters=300, years=1)
BATCH = 64


class StoppedError(Exception):
    """Ends a run in its middle."""


@asynccontextmanager
async def house_in(folder: Path, now: datetime = NOW) -> AsyncIterator[House]:
    settings = load_settings(None, {}, data=folder, demo=True)
    async with open_house(settings, clock=FixedClock(now)) as house:
        yield house


def unheard(_: int) -> None:
    """Hear of progress, and stay silent."""


async def letters_of(house: House) -> list[Letter]:
    ids = [letter_id for _, letter_id in await house.store.letter_numbers()]
    found = await house.store.get_all(Letter, ids)
    return [found[letter_id] for letter_id in ids]


async def told(house: House) -> list[Any]:
    """Return what a city tells, without the ids that are drawn anew in every run."""
    lines = []
    for letter in await letters_of(house):
        orders = [
            (order.number, order.state, order.office_id, order.answered_at, order.rating and order.rating.level)
            for order in await house.store.orders_of(letter.id)
        ]
        events = [(one.event.kind, one.event.at) for one in await house.store.events(f"letter:{letter.id}")]
        said = (letter.number, letter.writer_id, letter.subject, letter.text, letter.received_at, letter.state)
        lines.append((*said, letter.intake_key, orders, events))
    return lines


async def test_chains_hold_and_the_figures_add_up(tmp_path: Path) -> None:
    async with house_in(tmp_path / "city") as house:
        assert await simulate(house, SIZE, unheard) == 300

        verdict = await verify(house.store, {})
        assert verdict.broken is None
        assert (verdict.numbers, verdict.checkpoints) == (300, 1)
        assert (await verify_letters(house.store)).broken is None
        letters = await letters_of(house)
        orders: list[WorkOrder] = [order for letter in letters for order in await house.store.orders_of(letter.id)]
        long_ago = NOW - timedelta(days=400)
        assert len(await received(house.store, long_ago, NOW)) == len(letters) == 300
        still_open = sum(one.count for one in await house.store.open_counts())
        days = (await house.store.days_between(local_day(long_ago), local_day(NOW))).days
        assert still_open + sum(day.answered + day.cancelled for day in days) == len(orders) == 300
        tomorrow = local_day(NOW + timedelta(days=1))
        assert (await house.store.days_between(tomorrow, tomorrow)).open_before == still_open
        states = Counter(order.state for order in orders)
        assert states[OrderState.CLOSED] > 200
        assert states[OrderState.CANCELLED] == sum(letter.state is LetterState.REFUSED for letter in letters)
        assert {letter.channel for letter in letters} == {Channel.WEB, Channel.MAIL, Channel.COUNTER}
        assert any(order.returns for order in orders)
        assert any(order.redo for order in orders)
        assert len({letter.text for letter in letters}) == 300
        copies = (await house.store.published_copies(PageRequest(None, 100))).items
        assert copies
        assert all(copy.state is PublicState.PUBLISHED for copy in copies)


async def test_stopped_run_goes_on_and_makes_the_same_city(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done >= 2 * BATCH:
            raise StoppedError

    async with house_in(tmp_path / "whole") as house:
        await simulate(house, SIZE, unheard, BATCH)
        whole = await told(house)
    async with house_in(tmp_path / "stopped") as house:
        with pytest.raises(StoppedError):
            await simulate(house, SIZE, stop, BATCH)
    async with house_in(tmp_path / "stopped", NOW + timedelta(days=9)) as house:
        written = await simulate(house, SIZE, unheard, BATCH)
        again = await told(house)
        verdict = await verify(house.store, {})

    assert 0 < written <= 300 - 2 * BATCH
    assert again == whole
    assert verdict.broken is None


async def test_folder_that_serves_citizens_is_refused(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await ensure_offices(house)
        with pytest.raises(ConfigError, match="empty folder"):
            await simulate(house, SIZE, unheard)


async def test_city_of_another_size_is_refused(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await simulate(house, Size(citizens=2, letters=3, years=1), unheard)
        with pytest.raises(ConfigError, match="simulated-1-2-3-1"):
            await simulate(house, SIZE, unheard)
