"""The process that has the encoder dies or hangs: letters are judged meanwhile, at once, and vectors come back."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from support.lender import ended, lent
from support.tiny_encoder import tiny_weights

from minxin.classifier.encoder.encoder import load_encoder
from minxin.classifier.encoder.export import export
from minxin.classifier.retrieval.entries import Entry
from minxin.core.errors import UnavailableError
from minxin.deploy.judge_process import JudgeProcess, judge_command
from minxin.deploy.retrieval_frames import Changed, News
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command
from minxin.deploy.settings import load_settings
from minxin.deploy.vector_client import FarEncoder
from minxin.deploy.vector_server import serve_vectors

pytestmark = pytest.mark.fault
PATIENCE_S, AGAIN_S = 0.3, 0.01
BACK_S = 60.0
TEXTS = ("水管漏水", "公交")
LAMP = ("路灯", "小区门口的路灯坏了一个星期，晚上很黑，老人不敢出门。")
OTHERS = [("水", f"自来水浑浊，已经{days}天了，居委会说不归他们管。") for days in "二三四五六七八"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder") / "tiny"
    export(tiny_weights(), folder)
    return folder


@pytest.fixture
def far(folder: Path, tmp_path: Path) -> FarEncoder:
    return FarEncoder(tmp_path, load_encoder(folder).version, patience_s=PATIENCE_S, again_s=AGAIN_S)


def returned(far: FarEncoder) -> bool:
    """Look for the encoder until it is there again."""
    until = time.monotonic() + BACK_S
    while time.monotonic() < until:
        try:
            far(TEXTS)
        except UnavailableError:
            continue
        return True
    return False


def test_far_encoder_says_what_the_near_one_does(folder: Path, far: FarEncoder, tmp_path: Path) -> None:
    lender = lent(folder, tmp_path)
    try:
        assert np.array_equal(far(TEXTS), load_encoder(folder)(TEXTS))
    finally:
        far.close()
        ended(lender)


def test_killed_lender_is_missed_within_bounds_and_found_again(folder: Path, far: FarEncoder, tmp_path: Path) -> None:
    lender = lent(folder, tmp_path)
    before = far(TEXTS)
    ended(lender)
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        far(TEXTS)
    assert time.monotonic() - started < PATIENCE_S + BACK_S

    lender = lent(folder, tmp_path)
    try:
        assert returned(far)
        assert np.array_equal(far(TEXTS), before)
    finally:
        far.close()
        ended(lender)


def test_whoever_asks_while_the_lender_starts_anew_has_his_vectors(folder: Path, tmp_path: Path) -> None:
    far = FarEncoder(tmp_path, load_encoder(folder).version, patience_s=BACK_S)
    lender = lent(folder, tmp_path)
    before = far(TEXTS)
    ended(lender)
    with ThreadPoolExecutor(1) as one:
        asked = one.submit(far, TEXTS)
        lender = lent(folder, tmp_path)
        assert np.array_equal(asked.result(), before)
    far.close()
    ended(lender)


def test_nobody_waits_for_a_lender_that_hangs(folder: Path, far: FarEncoder, tmp_path: Path) -> None:
    lender = lent(folder, tmp_path)
    try:
        far(TEXTS)
        lender.send_signal(signal.SIGSTOP)
        with pytest.raises(UnavailableError):
            far(TEXTS)
        lender.send_signal(signal.SIGCONT)
        assert returned(far)
    finally:
        far.close()
        ended(lender)


def test_another_encoder_is_none(folder: Path, tmp_path: Path) -> None:
    far = FarEncoder(tmp_path, "encoder-of-yesterday", patience_s=PATIENCE_S)
    lender = lent(folder, tmp_path)
    try:
        with pytest.raises(UnavailableError):
            far(TEXTS)
    finally:
        far.close()
        ended(lender)


def test_what_the_encoder_fails_over_costs_the_others_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def read(texts: Sequence[str]) -> np.typing.NDArray[np.float32]:
        if texts[0] == "poison":
            raise ValueError("bad text")
        return np.ones((1, 2), dtype=np.float32)

    serve_vectors(tmp_path, "encoder-1", read)
    far = FarEncoder(tmp_path, "encoder-1", patience_s=PATIENCE_S, again_s=AGAIN_S)
    with pytest.raises(UnavailableError):
        far(["poison"])
    assert returned(far)
    far.close()
    assert "vectors_failed" in {getattr(record, "event", "") for record in caplog.records}


def test_texts_of_several_are_read_one_after_another(tmp_path: Path) -> None:
    reading, most = threading.Semaphore(1), []

    def read(texts: Sequence[str]) -> np.typing.NDArray[np.float32]:
        most.append(reading.acquire(blocking=False))
        time.sleep(0)
        reading.release()
        return np.full((1, 2), len(texts[0]), dtype=np.float32)

    serve_vectors(tmp_path, "encoder-1", read)
    with ThreadPoolExecutor(4) as four:
        askers = [FarEncoder(tmp_path, "encoder-1", patience_s=BACK_S) for _ in range(4)]
        rows = list(four.map(lambda asker: asker(["水" * 3] * 20), askers))
    for asker in askers:
        asker.close()
    assert all(most)
    assert np.array_equal(np.concatenate(rows), np.full((80, 2), 3))


class Feed:
    """Tells the searching process of one entry."""

    def __init__(self) -> None:
        entry = Entry(id="knowledge:dog", kind="knowledge", heads=("养犬登记",), body="每年办一次免疫。")
        self._news: list[News] = [Changed((entry,), ())]

    async def news(self) -> AsyncIterator[News]:
        while self._news:
            yield self._news.pop(0)


@asynccontextmanager
async def both(prepared: Path, tmp_path: Path) -> AsyncIterator[tuple[JudgeProcess, RetrievalProcess]]:
    """A judge that has its vectors from the searching process beside it."""
    models, meeting = prepared / "model", tmp_path / "meeting"
    meeting.mkdir()
    city = load_settings(None, {}, demo=True).city
    search = RetrievalProcess(retrieval_command(models, tmp_path / "vectors", meeting), Feed, limit_s=2.0)
    judge = JudgeProcess(judge_command(city, models, 0.5, meeting))
    search.start()
    try:
        yield judge, search
    finally:
        await judge.close()
        await search.close()


async def vectors_are_back(judge: JudgeProcess) -> bool:
    """Judge other letters until one is heard: a judgement by characters alone is never sure."""
    async with asyncio.timeout(BACK_S):
        for number in count():
            subject, body = LAMP
            if (await judge.judge(subject, f"{number}号楼{time.monotonic()}：{body}")).confident:
                return True
    return False


async def test_letters_are_judged_and_questions_answered_although_the_lender_is_killed_again_and_again(
    prepared: Path, tmp_path: Path
) -> None:
    async with both(prepared, tmp_path) as (judge, search):
        assert await vectors_are_back(judge)
        for _ in range(2):
            assert search.pid is not None
            os.kill(search.pid, signal.SIGKILL)
            judged = await asyncio.gather(*(judge.judge(*letter) for letter in OTHERS))
            assert all(one.candidates for one in judged)
            assert await vectors_are_back(judge)
            while not await _found(search):  # noqa: ASYNC110 - nothing tells when it is there again
                await asyncio.sleep(0.05)


async def test_letters_are_judged_by_their_characters_while_the_lender_hangs_and_it_is_replaced(
    prepared: Path, tmp_path: Path
) -> None:
    async with both(prepared, tmp_path) as (judge, search):
        assert await vectors_are_back(judge)
        hung = search.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        async with asyncio.timeout(BACK_S):
            judgement = await judge.judge(*LAMP)
            assert judgement.candidates
            # On a busy machine another lender may be there before the judge has stopped waiting for this one.
            assert not judgement.confident or search.pid != hung
            while search.pid in {hung, None}:  # noqa: ASYNC110 - nothing tells when it is replaced
                await asyncio.sleep(0.05)
        assert await vectors_are_back(judge)


async def _found(search: RetrievalProcess) -> bool:
    try:
        return [one.id for one in await search.find("养犬登记", 3)] == ["knowledge:dog"]
    except UnavailableError:
        return False
