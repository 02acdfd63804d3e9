"""The service's side of the judge's process (研判进程): judging never holds the interpreter that serves people.

One child with the model loaded takes what waits, a batch of a few letters at a time. When it dies or hangs it is killed
and followed by another. The letters of that batch are asked again one by one: only the one that kills is blamed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from minxin.classifier.text import MAX_JUDGED_CHARS
from minxin.core.errors import MinxinError, UnavailableError
from minxin.core.judgement import Judgement
from minxin.deploy.judge_frames import (
    LENGTH,
    Batch,
    Broken,
    Judged,
    Learnt,
    Letters,
    News,
    Progress,
    Ready,
    Request,
    Word,
    decode_word,
    frame,
)
from minxin.mailbox.processes import bare_environment, end_process

log = logging.getLogger(__name__)

BATCH: Final = 16
# A batch takes milliseconds, but a process of low priority may wait long on a machine that is very busy.
LIMIT_S: Final = 20.0
# How long to wait before the next child, by how many before this one ended without judging anything.
BACK_OFF_S: Final = (0.0, 0.5, 2.0, 10.0, 60.0)


def judge_command(city: Path, models: Path, precision: float) -> tuple[str, ...]:
    """Return the command of a judge for the city's folder; its models are kept below ``models``."""
    python = (sys.executable, "-P", "-s", "-X", "utf8", "-m", "minxin.deploy.judge_worker")
    return (*python, str(city), str(models), str(precision))


class NewsSource(Protocol):
    """Tells what people decided since it was asked last."""

    def begin(self) -> None:
        """Begin anew: whoever is told next knows nothing yet."""
        ...

    async def news(self) -> Sequence[News]:
        """Return the news in pieces that take well under a second to learn; none when there is nothing new."""
        ...


class JudgeProcess:
    """``consult.ports.Judge`` by a child that ``command`` starts, at the latest when it is asked for something.

    ``progress`` is told of work that takes a while; ``limit_s`` is the time for one batch of letters, in seconds.
    """

    def __init__(
        self, command: Sequence[str], progress: Callable[[str], None] = lambda _: None, *, limit_s: float = LIMIT_S
    ) -> None:
        self._command = command
        self._progress = progress
        self._limit_s = limit_s
        self._waiting: deque[_Asked] = deque()
        self._doubted: deque[_Asked] = deque()  # they were in the hands of a child that was lost
        self._in_hand: list[_Asked] = []
        self._bell = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._source: NewsSource | None = None
        self._down = False
        self._fruitless = 0
        self.pid: int | None = None

    def learn_from(self, source: NewsSource) -> None:
        """Have every child told what people decided, before it judges another letter. To be called before the start."""
        self._source = source

    def start(self) -> None:
        """Start the child without waiting for it: loading takes a moment, and the first training longer."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Wait until letters are judged; raises ``UnavailableError`` when the child can't be started."""
        await self.judge("", "")

    async def judge(self, subject: str, body: str) -> Judgement:
        """Return the judgement, after the child's start if need be.

        Raises ``UnavailableError`` when the child can't be started, or died or hung over this letter.
        """
        if self._down:
            raise UnavailableError("judge.down")
        self.start()
        # No more of a long text is judged, so no more of it travels.
        letter = (subject[:MAX_JUDGED_CHARS], body[:MAX_JUDGED_CHARS])
        asked = _Asked(letter, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._bell.set()
        return await asked.answer

    async def close(self) -> None:
        """Kill the child and wait until it is gone; whoever still waits gets ``UnavailableError``."""
        self._down = True
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        self._refuse_all()

    async def _keep(self) -> None:
        """Keep a child alive until cancelled."""
        while True:
            self._down, started = False, False
            try:
                async with _running(self._command, self._bell) as child:
                    self.pid = child.pid
                    model = await child.ready(self._progress)
                    if self._source is not None:
                        self._source.begin()
                        await self._teach(child, self._source)
                    started = True
                    log.debug("the judge is ready: %s", model, extra={"event": "judge_ready"})
                    await self._serve(child)
            except _LostError as error:
                log.warning("the judge is lost: %s", error, extra={"event": "judge_lost"})
            self.pid = None
            self._down = not started
            self._blame()
            await asyncio.sleep(BACK_OFF_S[min(self._fruitless, len(BACK_OFF_S) - 1)])
            self._fruitless += 1

    async def _serve(self, child: _Child) -> None:
        while True:
            await self._bell.wait()
            child.must_live()
            self._in_hand = self._next_batch()
            if self._in_hand:
                if self._source is not None:
                    await self._teach(child, self._source)
                judgements = await child.judge(tuple(asked.letter for asked in self._in_hand), self._limit_s)
                for asked, judgement in zip(self._in_hand, judgements, strict=True):
                    if not asked.answer.done():
                        asked.answer.set_result(judgement)
                self._in_hand = []
                self._fruitless = 0

    async def _teach(self, child: _Child, source: NewsSource) -> None:
        try:
            pieces = await source.news()
        except MinxinError:
            # Advice without the last lessons is better than none.
            log.exception("the lessons can't be read", extra={"event": "lessons_unread"})
            return
        for piece in pieces:
            await child.learn(piece, self._limit_s)

    def _next_batch(self) -> list[_Asked]:
        """Take what waits, without those who went away meanwhile."""
        source, size = (self._doubted, 1) if self._doubted else (self._waiting, BATCH)
        batch: list[_Asked] = []
        while source and len(batch) < size:
            asked = source.popleft()
            if not asked.answer.done():
                batch.append(asked)
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


class _LostError(Exception):
    """The child is of no more use; the text says why, for the log."""


class _Asked(Struct, frozen=True, eq=False):
    """A letter and the one who waits for its judgement."""

    letter: tuple[str, str]
    answer: asyncio.Future[Judgement]


def _refuse(refused: Iterable[_Asked], reason: str) -> None:
    for asked in refused:
        if not asked.answer.done():
            asked.answer.set_exception(UnavailableError(reason))


class _Child:
    """A running child and what goes over its pipes."""

    def __init__(self, process: Process, requests: asyncio.StreamWriter, replies: asyncio.StreamReader) -> None:
        self._process = process
        self._requests = requests
        self._replies = replies
        self.pid = process.pid

    def must_live(self) -> None:
        """Raise ``_LostError`` when it has ended."""
        if self._process.returncode is not None:
            raise _LostError(f"exit status {self._process.returncode}")

    async def ready(self, progress: Callable[[str], None]) -> str:
        """Wait as long as it lives for the model, and return its name."""
        while not isinstance(word := await self._word(), Ready):
            if not isinstance(word, Progress):
                raise _LostError(word.reason if isinstance(word, Broken) else "it spoke out of turn")
            progress(word.text)
        return word.model

    async def learn(self, news: News, within_s: float) -> None:
        """Wait until the news are heard."""
        if not isinstance(await self._asked(news, within_s), Learnt):
            raise _LostError("it spoke out of turn")

    async def judge(self, batch: Batch, within_s: float) -> tuple[Judgement, ...]:
        """Return the judgements of the batch's letters, in order."""
        word = await self._asked(Letters(batch), within_s)
        if not isinstance(word, Judged) or len(word.judgements) != len(batch):
            raise _LostError("it spoke out of turn")
        return word.judgements

    async def _asked(self, request: Request, within_s: float) -> Word:
        try:
            async with asyncio.timeout(within_s):
                self._requests.write(frame(request))
                await self._requests.drain()
                return await self._word()
        except TimeoutError:
            raise _LostError(f"no judgement within {within_s:g} s") from None
        except OSError:
            raise _LostError("it takes no more letters") from None

    async def _word(self) -> Word:
        try:
            (length,) = LENGTH.unpack(await self._replies.readexactly(LENGTH.size))
            word: Word = decode_word(await self._replies.readexactly(length))
        except (OSError, EOFError):
            await end_process(self._process)
            raise _LostError(f"exit status {self._process.returncode}") from None
        except msgspec.MsgspecError:
            raise _LostError("it spoke nonsense") from None
        return word


@asynccontextmanager
async def _running(command: Sequence[str], bell: asyncio.Event) -> AsyncIterator[_Child]:
    """Start a child, ring the bell when it ends, and kill it in the end."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            env=bare_environment() | {"OMP_NUM_THREADS": "1"},
            # Out of reach of the terminal's Ctrl-C, but in our session: a session of its own would make its low
            # priority meaningless where the kernel groups processes by session (sched_autogroup).
            process_group=0,
        )
    except OSError as error:
        raise _LostError(f"it can't be started ({error.strerror})") from None
    if process.stdin is None or process.stdout is None:
        raise _LostError("it has no pipes")
    watch = asyncio.create_task(process.wait())
    watch.add_done_callback(lambda _: bell.set())
    try:
        yield _Child(process, process.stdin, process.stdout)
    finally:
        watch.cancel()
        await end_process(process)
