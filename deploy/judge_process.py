"""The service's side of the judge's process (研判进程): judging never holds the interpreter that serves people.

One child with the models loaded takes what waits, a batch of a few letters at a time. When it dies or hangs it is
killed and followed by another. The letters of that batch are asked again one by one: only the one that kills is blamed.
When other models are chosen, a second child loads them and hears all lessons while the first one serves; it takes over
between two batches.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from minxin.classifier.text import MAX_JUDGED_CHARS
from minxin.core.abuse import AbuseSpan
from minxin.core.errors import MinxinError, UnavailableError
from minxin.core.judgement import Judgement
from minxin.core.meters import JUDGE_SECONDS
from minxin.deploy.judge_child import JudgeChild
from minxin.deploy.judge_frames import Asked, News, Ready
from minxin.deploy.piped_child import LostError

log = logging.getLogger(__name__)

BATCH: Final = 16
# A batch takes milliseconds, but a process of low priority may wait long on a machine that is very busy.
LIMIT_S: Final = 20.0
# How long to wait before the next child, by how many before this one ended without judging anything.
BACK_OFF_S: Final = (0.0, 0.5, 2.0, 10.0, 60.0)
WATCH_S: Final = 3.0  # between two looks at what is chosen: three small files


def judge_command(city: Path, models: Path, precision: float, meeting: Path | None = None) -> tuple[str, ...]:
    """Return the command of a judge for the city's folder; its models are kept below ``models``.

    It has its vectors from the searching process that lends them at ``meeting``, else from an encoder of its own.
    """
    python = (sys.executable, "-P", "-s", "-X", "utf8", "-m", "minxin.deploy.judge_worker")
    return (*python, str(city), str(models), str(precision), *([str(meeting)] if meeting else []))


class NewsSource(Protocol):
    """Tells one child what people decided since it was asked last, at first everything."""

    def news(self) -> AsyncIterator[News]:
        """Yield the news in pieces that take well under a second to learn; none when there is nothing new."""
        ...


class _Nothing:
    """What is told where nobody decides."""

    async def news(self) -> AsyncIterator[News]:
        return
        yield


class JudgeProcess:
    """``consult.ports.Judge`` by a child that ``command`` starts, at the latest when it is asked for something.

    ``progress`` is told of work that takes a while; ``limit_s`` is the time for one batch of letters, in seconds.
    ``chosen`` names what a child that starts now would load: it is called every ``watch_s`` seconds, and another name
    has another child take over.
    """

    def __init__(
        self,
        command: Sequence[str],
        progress: Callable[[str], None] = lambda _: None,
        *,
        chosen: Callable[[], Hashable] = lambda: None,
        limit_s: float = LIMIT_S,
        watch_s: float = WATCH_S,
    ) -> None:
        self._command = command
        self._progress = progress
        self._chosen = chosen
        self._limit_s = limit_s
        self._watch_s = watch_s
        self._waiting: deque[_Wait] = deque()
        self._doubted: deque[_Wait] = deque()  # they were in the hands of a child that was lost
        self._in_hand: list[_Wait] = []
        self._bell = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._source: Callable[[], NewsSource] = _Nothing
        self._start_lender: Callable[[], None] = lambda: None
        self._down = False
        self._fruitless = 0
        self.pid: int | None = None

    def learn_from(self, source: Callable[[], NewsSource]) -> None:
        """Have every child told what people decided, before it judges another letter. To be called before the start.

        ``source`` makes a new source for each child: two of them are told apart while one takes over from the other.
        """
        self._source = source

    def hear_by(self, start_lender: Callable[[], None]) -> None:
        """Have the process started, too, that lends the children their vectors. To be called before the start."""
        self._start_lender = start_lender

    @property
    def missing(self) -> bool:
        """Say whether the child is wanted and not there, or not yet."""
        return self._keeper is not None and self.pid is None

    def start(self) -> None:
        """Start the child without waiting for it: loading takes a moment, and the first training longer."""
        if self._keeper is None:
            self._start_lender()
            self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Wait until letters are judged; raises ``UnavailableError`` when the child can't be started."""
        await self.judge("", "")

    async def judge(self, subject: str, body: str) -> Judgement:
        """Return the judgement, after the child's start if need be.

        Raises ``UnavailableError`` when the child can't be started, or died or hung over this letter.
        """
        # No more of a long text is judged, so no more of it travels.
        judgement: Judgement = await self._answer_to((subject[:MAX_JUDGED_CHARS], body[:MAX_JUDGED_CHARS]))
        return judgement

    async def abuse_in(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return what in a text offends or threatens somebody; raises as :meth:`judge` does."""
        spans: tuple[AbuseSpan, ...] = await self._answer_to(text[:MAX_JUDGED_CHARS])
        return spans

    async def close(self) -> None:
        """Kill the child and wait until it is gone; whoever still waits gets ``UnavailableError``."""
        self._down = True
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        self._refuse_all()

    async def _answer_to(self, asked: Asked) -> Any:
        if self._down:
            raise UnavailableError("judge.down")
        self.start()
        wait = _Wait(asked, asyncio.get_running_loop().create_future())
        self._waiting.append(wait)
        self._bell.set()
        with JUDGE_SECONDS.time():
            return await wait.answer

    async def _keep(self) -> None:
        """Keep a child alive until cancelled."""
        while True:
            self._down, on_duty = False, None
            try:
                on_duty = await self._hired(gives_way=False)
                while True:
                    self.pid = on_duty.child.pid
                    self._down = False
                    log.debug("the judge is ready: %s", on_duty.ready.model, extra={"event": "judge_ready"})
                    relieved, on_duty = on_duty, await self._serve(on_duty)
                    await relieved.child.end()
            except LostError as error:
                log.warning("the judge is lost: %s", error, extra={"event": "judge_lost"})
            finally:
                if on_duty is not None:
                    await on_duty.child.end()
            self.pid = None
            self._down = on_duty is None
            self._blame()
            await asyncio.sleep(BACK_OFF_S[min(self._fruitless, len(BACK_OFF_S) - 1)])
            self._fruitless += 1

    async def _hired(self, *, gives_way: bool) -> _OnDuty:
        """Return a child that has its models and knows what people decided."""
        chosen, source = self._chosen(), self._source()
        child = await JudgeChild.started(self._command, self._bell, gives_way=gives_way)
        try:
            hired = _OnDuty(child, source, chosen, await child.ready(self._progress))
            await self._teach(hired)
        except BaseException:
            await child.end()
            raise
        return hired

    async def _serve(self, on_duty: _OnDuty) -> _OnDuty:
        """Serve until another child takes over, and return that one."""
        successor = asyncio.create_task(self._successor(on_duty))
        successor.add_done_callback(lambda _: self._bell.set())
        try:
            while not successor.done():
                await self._bell.wait()
                on_duty.child.must_live()
                self._in_hand = self._next_batch()
                if self._in_hand:
                    await self._answer_batch(on_duty)
        except BaseException:
            await _dismiss(successor)
            raise
        return successor.result()

    async def _answer_batch(self, on_duty: _OnDuty) -> None:
        await self._teach(on_duty)
        answers = await on_duty.child.answer(tuple(wait.asked for wait in self._in_hand), self._limit_s)
        for wait, answer in zip(self._in_hand, answers, strict=True):
            if not wait.answer.done():
                wait.answer.set_result(answer)
        self._in_hand = []
        self._fruitless = 0

    async def _successor(self, on_duty: _OnDuty) -> _OnDuty:
        """Return a child with other models than those that serve, once others are chosen and can be used."""
        served = on_duty.chosen
        while True:
            await asyncio.sleep(self._watch_s)
            chosen = self._chosen()
            if chosen == served:
                continue
            served = chosen
            try:
                hired = await self._hired(gives_way=True)
            except LostError as error:
                log.warning("the judge that should take over is lost: %s", error, extra={"event": "judge_lost"})
                continue
            # What the one on duty could not use either is no reason to keep it.
            refused = set(hired.ready.refused) - set(on_duty.ready.refused)
            if not refused:
                return hired
            await hired.child.end()
            named = ", ".join(sorted(refused))
            log.error("the judge serves on: %s can't be used", named, extra={"event": "judge_refused"})

    async def _teach(self, on_duty: _OnDuty) -> None:
        try:
            async for piece in on_duty.source.news():
                await on_duty.child.learn(piece, self._limit_s)
        except MinxinError:
            # Advice without the last lessons is better than none.
            log.exception("the lessons can't be read", extra={"event": "lessons_unread"})

    def _next_batch(self) -> list[_Wait]:
        """Take what waits, without those who went away meanwhile."""
        source, size = (self._doubted, 1) if self._doubted else (self._waiting, BATCH)
        batch: list[_Wait] = []
        while source and len(batch) < size:
            wait = source.popleft()
            if not wait.answer.done():
                batch.append(wait)
        if not self._waiting and not self._doubted:
            self._bell.clear()
        return batch

    def _blame(self) -> None:
        """Decide what becomes of those who wait when a child was lost."""
        if self._down:
            self._refuse_all()
        elif len(self._in_hand) == 1:
            _refuse(self._in_hand, "judge.lost")
        else:
            self._doubted.extend(self._in_hand)
        self._in_hand = []
        if self._waiting or self._doubted:
            self._bell.set()

    def _refuse_all(self) -> None:
        _refuse((*self._in_hand, *self._doubted, *self._waiting), "judge.down")
        self._waiting.clear()
        self._doubted.clear()


class _OnDuty(Struct, frozen=True, eq=False):
    """A child that judges, who tells it what people decided, and what was chosen when it started."""

    child: JudgeChild
    source: NewsSource
    chosen: Hashable
    ready: Ready


class _Wait(Struct, frozen=True, eq=False):
    """What is asked, and the one who waits for the answer."""

    asked: Asked
    answer: asyncio.Future[Any]


def _refuse(refused: Iterable[_Wait], reason: str) -> None:
    for wait in refused:
        if not wait.answer.done():
            wait.answer.set_exception(UnavailableError(reason))


async def _dismiss(successor: asyncio.Task[_OnDuty]) -> None:
    """Stop looking for a successor; one that was found already goes."""
    successor.cancel()
    with suppress(asyncio.CancelledError, LostError):
        await (await successor).child.end()
