"""The judge's process dies, hangs, comes late or never: every letter is judged or given to a clerk, none is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.bad_judge import MODEL, POISON, command
from support.live import HOST, LiveCity
from support.office import WRITER, submission

from minxin.consult import jobs
from minxin.consult.records import Letter, OrderState, WorkOrder
from minxin.core.clock import FixedClock
from minxin.core.errors import UnavailableError
from minxin.core.store import Queue
from minxin.deploy.house import House, open_house
from minxin.deploy.judge_process import BATCH, JudgeProcess, judge_command
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import load_settings

pytestmark = pytest.mark.fault
LIMIT_S = 0.3
GONE_S = 5.0
MOST_SECONDS = 120
LAMP = "小区门口的路灯坏了一个星期，晚上很黑。"

OpenHouse = Callable[[JudgeProcess], AbstractAsyncContextManager[House]]


@pytest.fixture
def house_with(tmp_path: Path) -> OpenHouse:
    """Opens a house of its own around a judge."""

    @asynccontextmanager
    async def opened(judge: JudgeProcess) -> AsyncIterator[House]:
        settings = load_settings(None, {}, data=tmp_path / "city", demo=True)
        async with open_house(settings, clock=FixedClock(datetime.now(UTC)), judge=judge) as house:
            await ensure_offices(house)
            yield house

    return opened


async def _write(house: House, text: str, count: int = 1) -> list[str]:
    letters = [submission(token=f"{text} {number}", text=text) for number in range(count)]
    receipts = [await house.letterbox.submit(WRITER, letter, [], origin=HOST) for letter in letters]
    return [receipt.letter_id for receipt in receipts]


async def _work_off(house: House) -> None:
    """Let the worker do its work, and time pass while what failed waits for another try."""
    clock = house.clock
    assert isinstance(clock, FixedClock)
    for _ in range(MOST_SECONDS):
        while await house.workers[0].run_once():
            pass
        if not await house.store.waiting(Queue.JOBS):
            return
        clock.advance(timedelta(seconds=1))
    raise AssertionError("work is left")


async def _models(house: House, letter_ids: list[str]) -> set[str]:
    letters = [await house.store.get(Letter, letter_id) for letter_id in letter_ids]
    return {letter.judgement.model if letter and letter.judgement else "" for letter in letters}


async def _order(house: House, letter_id: str) -> WorkOrder:
    (order,) = await house.store.orders_of(letter_id)
    return order


async def test_every_letter_is_judged_although_the_judge_is_killed_again_and_again(
    prepared: Path, house_with: OpenHouse
) -> None:
    settings = load_settings(None, {}, demo=True)
    judge = JudgeProcess(judge_command(settings.city, prepared / "model", 0.95))
    killed: list[int] = []

    async def kill() -> None:
        for _ in range(4):
            await judge.ready()
            assert judge.pid is not None
            killed.append(judge.pid)
            os.kill(judge.pid, signal.SIGKILL)
            while judge.pid == killed[-1]:  # noqa: ASYNC110 - nothing tells when a child is missed
                await asyncio.sleep(0.001)

    async with house_with(judge) as house:
        letters = await _write(house, "自来水浑浊，三天了，居委会说不归他们管。", 6 * BATCH)
        killing = asyncio.create_task(kill())
        await _work_off(house)
        await killing
        (model,) = await _models(house, letters)
    assert model.startswith("linear")
    assert len(set(killed)) == 4


@pytest.mark.parametrize(("fault", "why"), [("hangs", f"no answer within {LIMIT_S:g} s"), ("dies", "exit status 7")])
async def test_letter_that_the_judge_fails_over_goes_to_a_clerk_and_the_others_are_judged(
    fault: str, why: str, tmp_path: Path, house_with: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    seen = tmp_path / "seen"
    async with house_with(JudgeProcess(command(fault, seen), limit_s=LIMIT_S)) as house:
        before, (poison,), after = (
            await _write(house, LAMP, 3),
            await _write(house, POISON),
            await _write(house, "路边的井盖坏了一个星期，没有人管。", 3),
        )
        await _work_off(house)
        order = await _order(house, poison)
        assert (order.state, order.office_id) == (OrderState.TO_DISPATCH, None)
        assert await _models(house, [poison]) == {"rules"}
        assert await _models(house, [*before, *after]) == {MODEL}
    # Whoever shared a batch with it is asked again, and only it is asked alone, once for each of its three runs.
    assert seen.read_text().split().count("1") == 3
    lost = [record.getMessage() for record in caplog.records if getattr(record, "event", "") == "judge_lost"]
    assert lost
    assert all(why in text for text in lost)
    assert POISON not in caplog.text


@pytest.mark.parametrize(
    ("judge", "why"),
    [
        (("/nowhere/python",), "it can't be started (No such file or directory)"),
        (("/bin/true",), "exit status 0"),
        (judge_command(Path("/nowhere"), Path("/nowhere"), 0.95), "/nowhere/offices.json"),
    ],
    ids=["no command", "ends at once", "no city"],
)
async def test_without_a_judge_letters_go_to_a_clerk(
    judge: tuple[str, ...], why: str, house_with: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with house_with(JudgeProcess(judge)) as house:
        (letter,) = await _write(house, LAMP)
        await _work_off(house)
        assert (await _order(house, letter)).state is OrderState.TO_DISPATCH
    assert why in caplog.text


async def test_denunciation_is_sealed_and_an_emergency_is_urgent_although_there_is_no_judge(
    house_with: OpenHouse,
) -> None:
    async with house_with(JudgeProcess(("/bin/true",))) as house:
        (accusing,) = await _write(house, "我要举报城管局王局长收受贿赂，证据在附件里。")
        (burning,) = await _write(house, "三单元着火了，楼上有两个老人，快来救人。")
        (idle,) = await _write(house, LAMP)
        await _work_off(house)
        order = await _order(house, accusing)
        assert (order.sealed, order.office_id) == (True, house.city.discipline_office)
        assert (await _order(house, burning)).urgent
        assert (await _order(house, idle)).state is OrderState.TO_DISPATCH
        assert await _models(house, [accusing, burning, idle]) == {"rules"}


async def test_letter_does_not_wait_for_ever_for_a_judge_that_is_never_ready(
    tmp_path: Path, house_with: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PATIENCE_S", 0.1)
    async with house_with(JudgeProcess(command("late", tmp_path / "never"))) as house:
        (accusing,) = await _write(house, "实名检举望洲区住建局局长贪污。")
        await _work_off(house)
        assert (await _order(house, accusing)).sealed


async def test_waiting_for_the_first_training_is_no_failure(tmp_path: Path, house_with: OpenHouse) -> None:
    trained = tmp_path / "trained"
    async with house_with(JudgeProcess(command("late", trained), limit_s=LIMIT_S)) as house:
        (letter,) = await _write(house, LAMP)
        working = asyncio.create_task(house.workers[0].run_once())
        done, _ = await asyncio.wait({working}, timeout=2 * LIMIT_S)
        assert not done
        trained.touch()
        assert await working == 1
        assert await _models(house, [letter]) == {MODEL}


async def test_who_goes_away_is_not_judged_and_who_asks_after_the_end_is_told() -> None:
    judge = JudgeProcess(("/bin/sleep", "60"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await judge.judge("路灯", "不亮")
    waiting = asyncio.create_task(judge.judge("路灯", "不亮"))
    await asyncio.sleep(0)
    await judge.close()
    for asked in (waiting, judge.judge("路灯", "不亮")):
        with pytest.raises(UnavailableError):
            await asked


def _judge_of(city: LiveCity) -> int:
    assert city.process
    children = Path(f"/proc/{city.process.pid}/task/{city.process.pid}/children").read_text().split()
    (found,) = [child for child in children if b"judge_worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return int(found)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


async def _gone(pid: int) -> None:
    async with asyncio.timeout(GONE_S):
        while _lives(pid):  # noqa: ASYNC110 - it is nobody's child any more
            await asyncio.sleep(0.01)


async def _advised(city: LiveCity) -> None:
    """Wait until the judge answers on a page."""
    async with city.browser() as browser, asyncio.timeout(60):
        while "暂时无法推荐承办单位" in await browser.get(f"/ask?q={LAMP}"):
            pass
        assert browser.status == 200


async def test_ctrl_c_ends_the_service_and_its_judge_not_the_judge_alone(live_city: LiveCity) -> None:
    await live_city.start()
    try:
        judge = _judge_of(live_city)
        await _advised(live_city)
        os.kill(judge, signal.SIGINT)
        await _advised(live_city)
        assert _judge_of(live_city) == judge
        assert os.getpgid(judge) == judge
        assert await live_city.stop() == 0
        assert not _lives(judge)
    finally:
        await live_city.kill()


async def test_killed_service_leaves_no_judge_behind_even_in_its_first_training(tmp_path: Path) -> None:
    city = LiveCity(tmp_path / "fresh")
    starting = asyncio.create_task(city.start())
    try:
        async with asyncio.timeout(60):
            while not city.process or "first start" not in city.log():  # noqa: ASYNC110 - the log rings no bell
                await asyncio.sleep(0.01)
        judge = _judge_of(city)
    finally:
        await city.kill()
    with pytest.raises(AssertionError):
        await starting
    await _gone(judge)
