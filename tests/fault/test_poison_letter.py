"""A mail that kills its reader every time reaches a person with its raw bytes, and holds nobody else up."""

from __future__ import annotations

import os
import shutil
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.live import HOST
from support.post import mail
from support.web import Browser, open_browser, serve

from minxin.consult.records import Letter, OrderState
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.deploy.house import House, open_house
from minxin.deploy.populate import PASSWORD
from minxin.deploy.settings import load_settings
from minxin.deploy.site import services_of
from minxin.deploy.workers import Worker
from minxin.mailbox import safe_pool
from minxin.webui.app import create_app

pytestmark = pytest.mark.fault
POISON = "这封信会杀死读它的进程"
HEALTHY = "自来水浑浊，三天了"
MAX_MINUTE = timedelta(seconds=60)
CLERK = "zhongxin.clerk1"


@pytest.fixture
async def house(prepared: Path, tmp_path: Path) -> AsyncIterator[House]:
    shutil.copytree(prepared, tmp_path / "city")
    settings = load_settings(None, {}, data=tmp_path / "city", demo=True, staff_second_factor=False)
    async with open_house(settings, clock=FixedClock(datetime.now(UTC))) as opened:
        yield opened


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every reader that gets the poison dies by a signal; the list holds whom it killed."""
    found: list[int] = []
    exchange = safe_pool._exchange

    async def exchange_and_die(worker: Process, frame: bytes) -> bytes:
        if POISON.encode() in frame:
            found.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
        return await exchange(worker, frame)

    monkeypatch.setattr(safe_pool, "_exchange", exchange_and_die)
    return found


async def _accept(house: House, text: str, login: str) -> str:
    account = await house.store.account_by_login(login)
    assert account is not None
    writer = await house.accounts.people.actor_of(account.id)
    raw = mail(text, message_id=f"<{login}@example.cn>")
    receipt = await house.letterbox.accept_mail(writer, raw, login, received_at=house.clock.now(), origin=HOST)
    return receipt.letter_id


async def _work(house: House, worker: Worker, span: timedelta) -> None:
    """Let the worker do what becomes due within the span."""
    clock = house.clock
    assert isinstance(clock, FixedClock)
    for _ in range(int(span.total_seconds())):
        while await worker.run_once():
            pass
        clock.advance(timedelta(seconds=1))


async def _letter(house: House, letter_id: str) -> Letter:
    letter = await house.store.get(Letter, letter_id)
    assert letter is not None
    return letter


async def test_poison_reaches_a_clerk_with_its_raw_mail_and_others_go_on(house: House, killed: list[int]) -> None:
    poison = await _accept(house, POISON, "citizen1")
    healthy = await _accept(house, HEALTHY, "citizen2")
    await _work(house, house.workers[0], timedelta(seconds=1))
    assert (await _letter(house, healthy)).text == HEALTHY
    assert not (await _letter(house, poison)).parsed

    await _work(house, house.workers[0], MAX_MINUTE)
    assert len(killed) == 3 == len(set(killed))
    letter = await _letter(house, poison)
    assert (letter.parsed, letter.readable) == (True, False)
    (order,) = await house.store.orders_of(poison)
    assert order.state is OrderState.TO_DISPATCH
    assert (await house.store.quarantined(PageRequest())).items == []

    async with serve(create_app(services_of(house))) as base, open_browser(base) as clerk:
        await clerk.log_in(CLERK, PASSWORD)
        await _sees_and_downloads(clerk, order.id)

    after = await _accept(house, "第二封", "citizen3")
    await _work(house, house.workers[0], timedelta(seconds=1))
    assert (await _letter(house, after)).readable


async def _sees_and_downloads(clerk: Browser, order_id: str) -> None:
    assert f"/desk/orders/{order_id}" in await clerk.get("/desk?list=to_dispatch")
    await clerk.get(f"/desk/orders/{order_id}")
    assert f"/desk/orders/{order_id}/mail" in clerk.text
    assert POISON in await clerk.get(f"/desk/orders/{order_id}/mail")
    assert clerk.headers["Content-Disposition"].startswith("attachment")
    assert clerk.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_judge_that_fails_each_time_leaves_the_letter_to_a_clerk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(subject: str, body: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.jobs._judge, "judge", fail, raising=False)
    letter_id = await _accept(house, HEALTHY, "citizen4")
    await _work(house, house.workers[0], MAX_MINUTE)
    (order,) = await house.store.orders_of(letter_id)
    assert (order.state, order.office_id) == (OrderState.TO_DISPATCH, None)


async def test_without_a_last_resort_the_poison_would_reach_the_machine_room_only(
    house: House, killed: list[int]
) -> None:
    worker = house.workers[0]
    without = Worker(worker._queues, worker._queue, house.clock, worker._tasks)
    poison = await _accept(house, POISON, "citizen5")
    await _work(house, without, MAX_MINUTE)
    assert await house.store.orders_of(poison) == []
    (work,) = (await house.store.quarantined(PageRequest())).items
    assert work.error == "ParseCrashedError"
