"""A running service takes what ``minxin train`` and ``minxin teach`` made, and goes back, without losing a lesson."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.live import HOST
from support.office import WRITER, submission
from support.trained import made_letters, write_letters

from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.version import write_version
from minxin.classifier.shelf import POINTER, TRAINED, chosen
from minxin.classifier.training import Example
from minxin.consult.records import OrderState
from minxin.core.abuse import Abuse
from minxin.core.actor import Actor, Role
from minxin.core.clock import FixedClock, SystemClock
from minxin.core.errors import InvalidInputError
from minxin.core.ids import new_id
from minxin.deploy.city import load_city
from minxin.deploy.cli import main
from minxin.deploy.house import House, open_house
from minxin.deploy.judge_process import JudgeProcess, judge_command
from minxin.deploy.judging import duties_of
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import BUILTIN_CITY, load_settings
from minxin.deploy.training.selfteaching import check_of, letters_of_store, teaching_shelf

OFFICES = {"buses": "jiaotong", "water": "shuiwu"}
SUBJECT, TEXT = "请教", "门口那件事拖了很久了，到底该找谁问，请给个说法。"
CLERK = Actor("clerk", frozenset({Role.CLERK}), "zhongxin")
POSTS = [(f"你们这些{word}{number}号真恶心", "1") for number in range(8) for word in ("猪", "狗", "蛀虫")]
POSTS += [(f"今天{word}很好{number}", "0") for number in range(8) for word in ("天气", "心情", "饭菜")]
OFFENDING = "你们这些蛀虫7号真恶心"


LONG_S = 90.0  # a child that gives way loads slowly on a busy machine


@pytest.fixture
async def house(prepared: Path, tmp_path: Path) -> AsyncIterator[House]:
    models = tmp_path / "city" / "model"
    shutil.copytree(prepared / "model", models)
    settings = load_settings(None, {}, data=tmp_path / "city", demo=True)
    command = judge_command(settings.city, models, settings.precision)
    judge = JudgeProcess(command, chosen=lambda: chosen(models), watch_s=0.05)
    async with open_house(settings, clock=FixedClock(datetime.now(UTC)), judge=judge) as opened:
        await ensure_offices(opened)
        yield opened


async def until(look: Callable[[], Awaitable[object]]) -> object:
    """Look again and again until there is something to see."""
    async with asyncio.timeout(LONG_S):
        while not (found := await look()):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)
        return found


async def run(house: House, *arguments: object) -> None:
    """Run a command beside the service."""
    done = await asyncio.to_thread(main, [*map(str, arguments), "--data", str(house.settings.data)])
    assert done == 0


def models_of(house: House) -> Path:
    return house.settings.data / "model"


async def served_by(house: House, name: str, *, no_more: bool = False) -> str:
    """Wait until the judge's version holds the name, or holds it no more, and return it."""

    async def model() -> str | None:
        found = (await house.adviser.judge(SUBJECT, TEXT)).model
        return found if (name in found) is not no_more else None

    return str(await until(model))


async def train(house: House, tmp_path: Path) -> str:
    letters = [Example(letter.text, OFFICES[letter.label]) for letter in made_letters(60)]
    file = write_letters(tmp_path / "history.csv", letters)
    await run(house, "train", file, "--linear", "--folds", 2)
    version: str = json.loads((models_of(house) / TRAINED / POINTER).read_text())["current"]
    return version


async def test_trained_version_takes_over_with_every_lesson_and_goes_again(house: House, tmp_path: Path) -> None:
    receipt = await house.letterbox.submit(WRITER, submission(subject=SUBJECT, text=TEXT), [], origin=HOST)
    while await house.workers[0].run_once():
        pass
    (order,) = await house.store.orders_of(receipt.letter_id)
    assert order.state is OrderState.TO_DISPATCH
    await house.desk.dispatch(CLERK, order.id, "youzheng", "按职责", origin=HOST)
    plain = await served_by(house, "linear-")
    version = await train(house, tmp_path)
    await served_by(house, version)
    assert (await house.adviser.judge(SUBJECT, TEXT)).candidates[0].office_id == "youzheng"
    await run(house, "train", "--back")
    assert (await served_by(house, version, no_more=True)).split("+")[0] == plain.split("+")[0]
    assert (await house.adviser.judge(SUBJECT, TEXT)).candidates[0].office_id == "youzheng"


async def test_damaged_version_is_refused_while_the_old_one_serves_on(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await house.judge.ready()
    serving = house.judge.pid
    version = await train(house, tmp_path)
    harmed = models_of(house) / TRAINED / version / "unseen.npz"
    harmed.write_bytes(harmed.read_bytes()[:-1] + b"x")
    caplog.set_level(logging.ERROR)

    async def refused() -> bool:
        return f"the judge serves on: {version} can't be used" in caplog.text

    await until(refused)
    assert house.judge.pid == serving
    assert version not in (await house.adviser.judge(SUBJECT, TEXT)).model


async def test_learnt_abuse_marks_posts_and_letters_and_blocks_nothing(house: House, tmp_path: Path) -> None:
    assert await house.abuse.find(OFFENDING) == ()
    file = tmp_path / "posts.csv"
    file.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in POSTS), "utf-8")
    await run(house, "train", "--abuse", file)

    async def learnt() -> bool:
        return bool(await house.abuse.find(OFFENDING))

    await until(learnt)
    (found, *_) = await house.abuse.find(OFFENDING)
    assert (found.kind, OFFENDING[found.start : found.end]) == (Abuse.OFFENSIVE, found.text)
    judged = await house.adviser.judge("路灯", OFFENDING)
    assert judged.abuse
    assert {span.kind for span in (await house.adviser.judge("", "再不退钱我弄死你")).abuse} >= {Abuse.THREAT}
    await run(house, "train", "--abuse", "--back")
    assert await house.abuse.find(OFFENDING) == ()


async def test_phrases_serve_when_the_judge_cannot_be_had(house: House) -> None:
    pointer = models_of(house) / "abuse" / POINTER
    pointer.parent.mkdir()
    pointer.write_text('{"current": "20260101-abuse-00000000"}')
    await house.judge.close()
    assert {span.kind for span in await house.abuse.find("再不退钱我弄死你")} == {Abuse.THREAT}


async def test_letters_that_the_service_holds_are_read_without_the_sealed_ones(house: House) -> None:
    sealed, empty = "我要举报城管局王局长收受贿赂，证据在附件里。", await letters_of(house)
    for text in (TEXT, sealed, TEXT):
        await house.letterbox.submit(WRITER, submission(subject=SUBJECT, text=text, token=new_id()), [], origin=HOST)
    while await house.workers[0].run_once():
        pass
    assert (empty, await letters_of(house)) == ([], [f"{SUBJECT}\n{TEXT}"])


async def letters_of(house: House) -> list[str]:
    try:
        return list((await letters_of_store(house.settings, datetime.now(UTC) + timedelta(days=1))).texts)
    except InvalidInputError:
        return []


async def test_what_letters_without_labels_taught_is_taken_and_taken_back(house: House) -> None:
    city = load_city(BUILTIN_CITY)
    shelf = teaching_shelf(models_of(house))
    made = models_of(house) / "made"
    made.mkdir()
    lessons = [Lesson(f"self:{number}", f"公交{number}\n公交车不来", "jiaotong") for number in range(40)]
    now = SystemClock().now()
    card = write_version(made, lessons, source="made", letters=40, agreement=1.0, duties=duties_of(city), now=now)
    await house.judge.ready()
    shelf.put(made, card.version)
    shelf.use(card.version, check_of(city))
    await served_by(house, card.version)
    await run(house, "teach", "--list")
    await run(house, "teach", "--back")
    await served_by(house, card.version, no_more=True)
