"""A clerk's choice changes the next judgement of the running judge, and can be taken back; the aim reaches it too."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.dispatching import until
from support.live import HOST
from support.office import WRITER, submission

from minxin.consult.records import OrderState, WorkOrder
from minxin.core.actor import Actor, Role
from minxin.core.clock import FixedClock
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Judgement
from minxin.core.paging import PageRequest
from minxin.deploy.house import House, open_house
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import load_settings

CLERK = Actor("clerk", frozenset({Role.CLERK}), "zhongxin", "受理员")
ADMINISTRATOR = Actor("administrator", frozenset({Role.ADMINISTRATOR}), "zhongxin")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "chengguan")
SUBJECT = "风筝线"
TEXT = "广场上空常有人放风筝，断了的风筝线缠在树上，割伤过路的人。"


@pytest.fixture
async def house(prepared: Path, tmp_path: Path) -> AsyncIterator[House]:
    shutil.copytree(prepared / "model", tmp_path / "city" / "model")
    settings = load_settings(None, {}, data=tmp_path / "city", demo=True)
    async with open_house(settings, clock=FixedClock(datetime.now(UTC))) as opened:
        await ensure_offices(opened)
        yield opened


async def order_in_tray(house: House) -> WorkOrder:
    receipt = await house.letterbox.submit(WRITER, submission(subject=SUBJECT, text=TEXT), [], origin=HOST)
    while await house.workers[0].run_once():
        pass
    (order,) = await house.store.orders_of(receipt.letter_id)
    assert order.state is OrderState.TO_DISPATCH
    return order


async def until_judged(house: House, office: str) -> Judgement:
    """Wait until what was decided has reached the judge, which takes less than a second."""

    async def judged() -> Judgement | None:
        judgement = await house.adviser.judge(SUBJECT, TEXT)
        return judgement if judgement.candidates[0].office_id == office else None

    found = await until(judged)
    assert isinstance(found, Judgement)
    return found


async def confident(house: House, letter: tuple[str, str]) -> bool:
    return (await house.adviser.judge(*letter)).confident


async def unsure(house: House, letter: tuple[str, str]) -> bool:
    return not await confident(house, letter)


async def test_next_letter_is_judged_by_the_clerk_s_choice_until_it_is_taken_back(house: House) -> None:
    order = await order_in_tray(house)
    before = await house.adviser.judge(SUBJECT, TEXT)
    assert before.candidates[0].office_id != "youzheng"
    await house.desk.dispatch(CLERK, order.id, "youzheng", "按职责", origin=HOST)
    after = await until_judged(house, "youzheng")
    assert after.model != before.model

    (example,) = (await house.teaching.examples(CLERK, PageRequest())).items
    await house.teaching.take_back(CLERK, example.id, origin=HOST)
    await house.teaching.take_back(CLERK, example.id, origin=HOST)
    assert await until_judged(house, before.candidates[0].office_id) == before


async def test_judge_that_died_is_told_everything_again(house: House) -> None:
    order = await order_in_tray(house)
    await house.desk.dispatch(CLERK, order.id, "youzheng", "按职责", origin=HOST)
    told = await until_judged(house, "youzheng")
    killed = house.judge.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    while house.judge.pid in (killed, None):  # noqa: ASYNC110 - nothing tells when a child is missed
        await asyncio.sleep(0.01)
    assert await house.adviser.judge(SUBJECT, TEXT) == told


async def test_only_clerks_and_managers_take_lessons_back(house: House) -> None:
    order = await order_in_tray(house)
    await house.desk.dispatch(CLERK, order.id, "youzheng", "按职责", origin=HOST)
    (example,) = (await house.teaching.examples(CLERK, PageRequest())).items
    for actor in (ADMINISTRATOR, HANDLER, WRITER):
        with pytest.raises(NotFoundError):
            await house.teaching.take_back(actor, example.id, origin=HOST)
    with pytest.raises(NotFoundError):
        await house.teaching.examples(HANDLER, PageRequest())
    with pytest.raises(NotFoundError):
        await house.teaching.take_back(CLERK, "nothing", origin=HOST)


async def test_precision_that_is_wished_is_aimed_at_by_the_next_judgement(house: House) -> None:
    letter = "路灯不亮", "小区门口的路灯坏了一个星期，晚上很黑。"
    await house.precision.wish(ADMINISTRATOR, 0.5, origin=HOST)
    await until(lambda: confident(house, letter))
    await house.precision.wish(ADMINISTRATOR, 0.999, origin=HOST)
    await until(lambda: unsure(house, letter))
    standing = await house.precision.standing(ADMINISTRATOR)
    assert (standing.precision.wished, standing.kept) == (0.999, None)
    with pytest.raises(NotFoundError):
        await house.precision.wish(CLERK, 0.9, origin=HOST)
