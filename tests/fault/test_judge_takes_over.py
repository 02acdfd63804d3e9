"""Another model is chosen while the judge serves: a second child takes over, and no letter and no lesson is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.changing_judge import OFFENDS, command

from minxin.classifier.learning.lessons import Lesson
from minxin.deploy.judge_frames import News
from minxin.deploy.judge_process import JudgeProcess

pytestmark = pytest.mark.fault
LONG_S = 30.0


class People:
    """What people decided: each child is told everything once, and then what is new."""

    def __init__(self) -> None:
        self.lessons: list[Lesson] = []
        self.told: list[Heard] = []

    def decide(self) -> None:
        self.lessons.append(Lesson(str(len(self.lessons)), "路灯\n路灯坏了", "chengguan"))

    def source(self) -> Heard:
        self.told.append(Heard(self))
        return self.told[-1]


class Heard:
    """How much of it one child was told."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.many = 0

    async def news(self) -> AsyncIterator[News]:
        new = tuple(self._people.lessons[self.many :])
        self.many += len(new)
        if new:
            yield News(new, (), 0.95)


@pytest.fixture
def people() -> People:
    return People()


@asynccontextmanager
async def serving(file: Path, people: People) -> AsyncIterator[JudgeProcess]:
    judge = JudgeProcess(command(file), chosen=file.read_text, watch_s=0.01)
    judge.learn_from(people.source)
    try:
        async with asyncio.timeout(LONG_S):
            await judge.ready()
            yield judge
    finally:
        await judge.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    choose(path, "first")
    return path


def choose(file: Path, model: str) -> None:
    partial = file.with_suffix(".part")
    partial.write_text(model)
    partial.replace(file)


def let_be_ready(file: Path) -> None:
    Path(f"{file}.ready").touch()


async def model_of(judge: JudgeProcess) -> str:
    return (await judge.judge("路灯", "路灯坏了")).model


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.005)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if getattr(record, "event", "") == "judge_refused"]


async def test_letters_that_come_meanwhile_are_all_judged_and_every_lesson_counts(file: Path, people: People) -> None:
    async with serving(file, people) as judge:
        first = judge.pid
        said: list[str] = []

        async def write() -> None:
            while not said or not said[-1].startswith("second"):
                people.decide()
                said.append(await model_of(judge))

        choose(file, "second")
        await asyncio.gather(*(write() for _ in range(20)))
        people.decide()
        assert await model_of(judge) == f"second {len(people.lessons)}"
    models = [one.split()[0] for one in said]
    assert models == sorted(models)
    assert models[0] == "first"
    assert first is not None
    assert not lives(first)
    assert len(people.told) == 2


async def test_old_one_serves_while_the_new_one_loads(file: Path, people: People) -> None:
    async with serving(file, people) as judge:
        people.decide()
        choose(file, "slow second")
        await until(lambda: len(people.told) == 2)
        assert [await model_of(judge) for _ in range(3)] == ["first 1"] * 3
        let_be_ready(file)
        while await model_of(judge) != "second 1":
            pass


async def test_one_that_cannot_be_used_is_refused_and_the_old_one_serves_on(
    file: Path, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(file, people) as judge:
        first = judge.pid
        choose(file, "refused second")
        await until(lambda: bool(refusals(caplog)))
        assert (await model_of(judge), judge.pid) == ("first 0", first)
        choose(file, "third")
        while await model_of(judge) != "third 0":
            pass
    assert refusals(caplog) == ["the judge serves on: second can't be used"]


async def test_one_that_ends_at_its_start_does_not_take_the_old_one_with_it(
    file: Path, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(file, people) as judge:
        first = judge.pid
        choose(file, "broken second")
        await until(lambda: "should take over is lost: exit status 3" in caplog.text)
        assert (await model_of(judge), judge.pid) == ("first 0", first)


async def test_old_one_that_dies_before_the_new_one_is_ready_is_followed_at_once(file: Path, people: People) -> None:
    async with serving(file, people) as judge:
        people.decide()
        choose(file, "slow second")
        await until(lambda: len(people.told) == 2)
        killed = judge.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: judge.pid != killed)
        let_be_ready(file)
        assert await model_of(judge) == "second 1"


async def test_first_start_serves_with_what_can_be_used(file: Path, people: People) -> None:
    choose(file, "refused damaged")
    async with serving(file, people) as judge:
        assert await model_of(judge) == "damaged 0"


async def test_what_could_not_be_used_before_either_keeps_nothing_new_away(file: Path, people: People) -> None:
    choose(file, "refused damaged")
    async with serving(file, people) as judge:
        choose(file, "refused damaged\n")
        await until(lambda: len(people.told) == 2)
        await until(lambda: len(judges()) == 1)
        assert await model_of(judge) == "damaged\n 0"


async def test_service_that_ends_leaves_no_child_behind(file: Path, people: People) -> None:
    async with serving(file, people):
        choose(file, "slow second")
        await until(lambda: len(judges()) == 2)
    assert judges() == []


def judges() -> list[str]:
    """Return the living children that judge."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [pid for pid in children if b"changing_judge" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def test_posts_are_answered_among_letters(file: Path, people: People) -> None:
    async with serving(file, people) as judge:
        found = tuple(await asyncio.gather(judge.abuse_in("坏"), model_of(judge), judge.abuse_in("坏" * 200_000)))
    assert found == (OFFENDS, "first 0", OFFENDS)
