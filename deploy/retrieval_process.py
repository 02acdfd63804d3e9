"""The service's side of the searching process (检索进程): no index and no vectors in the process that serves people.

One child holds them, is told what changed in the store, and answers one question after another. When it dies or hangs
it is killed and followed by another, which is told everything anew; who asks meanwhile gets ``UnavailableError``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from minxin.classifier.retrieval.entries import Found
from minxin.core.errors import MinxinError, UnavailableError
from minxin.core.meters import SEARCH_SECONDS
from minxin.deploy.piped_child import LostError, PipedChild, start_process
from minxin.deploy.retrieval_frames import Answer, Heard, Hello, News, Progress, Question, Ready, Word, decode_word

log = logging.getLogger(__name__)

# A search takes some ten milliseconds; a machine that is very busy may take a hundred times as long.
LIMIT_S: Final = 10.0
# Between two looks at what changed while nobody asks, so that whoever asks next need not wait for much.
LOOK_S: Final = 2.0
# How long to wait before the next child, by how many before this one ended without answering anything.
BACK_OFF_S: Final = (0.0, 0.5, 2.0, 10.0, 60.0)
MOST_WAITING: Final = 200  # questions; who comes after them is better told to come again
# Whole phrases are not needed for the sound of single characters, and take 30 MB.
_ENVIRONMENT: Final = {"PYPINYIN_NO_PHRASES": "true"}


def retrieval_command(models: Path, vectors: Path, meeting: Path | None = None) -> tuple[str, ...]:
    """Return the command of a child: the encoder is kept below ``models``, the vectors of passages in ``vectors``.

    It lends its encoder at ``meeting``, when given.
    """
    python = (sys.executable, "-P", "-s", "-X", "utf8", "-m", "minxin.deploy.retrieval_worker")
    return (*python, str(models), str(vectors), *([str(meeting)] if meeting else []))


class NewsSource(Protocol):
    """Tells one child what can be found and what changed since it was asked last, at first everything."""

    def news(self) -> AsyncIterator[News]:
        """Yield the news in pieces that take well under a second to hear; none when there is nothing new."""
        ...


class _Asked(Struct, frozen=True, eq=False):
    """A question and the one who waits for what is found."""

    question: Question
    found: asyncio.Future[Sequence[Found]]


class _Nothing:
    """What is told where nobody searches."""

    async def news(self) -> AsyncIterator[News]:
        return
        yield


class RetrievalProcess:
    """Searches by a child that ``command`` starts, at the latest when it is asked for something.

    ``source`` makes what tells a new child everything. ``progress`` is told of work that takes a while; ``limit_s`` is
    the time for one question, in seconds.
    """

    def __init__(
        self,
        command: Sequence[str],
        source: Callable[[], NewsSource],
        progress: Callable[[str], None] = lambda _: None,
        *,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._command = command
        self._source = source
        self._progress = progress
        self._limit_s = limit_s
        self._waiting: deque[_Asked] = deque()
        self._in_hand: _Asked | None = None
        self._bell = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._down = False
        self._fruitless = 0
        self.pid: int | None = None

    @property
    def missing(self) -> bool:
        """Say whether the child is wanted and not there, or not yet."""
        return self._keeper is not None and self.pid is None

    def start(self) -> None:
        """Start the child without waiting for it: it takes a moment to hear what can be found."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    def lend_only(self) -> None:
        """Have the child lend its encoder and know of nothing that can be found. To be called before the start."""
        self._source = _Nothing

    async def find(self, text: str, limit: int, kinds: Iterable[str] | None = None) -> Sequence[Found]:
        """Return at most ``limit`` entries for a question, best first, after the child's start if need be.

        Raises ``UnavailableError`` when the child can't be started, or died or hung over this question.
        """
        if self._down or len(self._waiting) >= MOST_WAITING:
            raise UnavailableError("retrieval.down")
        self.start()
        question = Question(text, limit, None if kinds is None else tuple(sorted(kinds)))
        asked = _Asked(question, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._bell.set()
        with SEARCH_SECONDS.labels("passages").time():
            return await asked.found

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
            started = False
            try:
                child = PipedChild[Word](await start_process(self._command, _ENVIRONMENT), decode_word, self._bell)
                try:
                    self.pid = child.pid
                    source = await self._ready(child)
                    started, self._down = True, False
                    await self._serve(child, source)
                finally:
                    await child.end()
            except LostError as error:
                log.warning("the search is lost: %s", error, extra={"event": "search_lost"})
            self.pid = None
            self._down = not started
            self._refuse_all()
            await asyncio.sleep(BACK_OFF_S[min(self._fruitless, len(BACK_OFF_S) - 1)])
            self._fruitless += 1

    async def _ready(self, child: PipedChild[Word]) -> NewsSource:
        """Wait as long as it lives until it knows what can be found."""
        while not isinstance(word := await child.word(), Ready):
            if not isinstance(word, Progress):
                raise LostError("it spoke out of turn")
            self._progress(word.text)
        source = self._source()
        await self._tell(child, source)
        log.debug("the search is ready: %s", word.vectors or "no vectors", extra={"event": "search_ready"})
        return source

    async def _serve(self, child: PipedChild[Word], source: NewsSource) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._bell.wait()
            child.must_live()
            await self._tell(child, source)
            self._in_hand = self._next()
            if self._in_hand is None:
                # The judge hears by its encoder: it must not hang unseen because nobody asks.
                await self._say(child, Hello())
            else:
                await self._answer(child, self._in_hand)
            self._fruitless = 0

    async def _answer(self, child: PipedChild[Word], asked: _Asked) -> None:
        word = await child.asked(asked.question, self._limit_s)
        if not isinstance(word, Answer):
            raise LostError("it spoke out of turn")
        if not asked.found.done():
            asked.found.set_result(word.found)
        self._in_hand = None

    async def _tell(self, child: PipedChild[Word], source: NewsSource) -> None:
        try:
            async for piece in source.news():
                await self._say(child, piece)
        except MinxinError:
            # What was found a minute ago is better than nothing, and only what may be shown is shown.
            log.exception("what can be found can't be read", extra={"event": "passages_unread"})

    async def _say(self, child: PipedChild[Word], said: News | Hello) -> None:
        if not isinstance(await child.asked(said, self._limit_s), Heard):
            raise LostError("it spoke out of turn")

    def _next(self) -> _Asked | None:
        """Take the question that waits longest, without those whose askers went away."""
        asked: _Asked | None = None
        while self._waiting and asked is None:
            first = self._waiting.popleft()
            asked = None if first.found.done() else first
        if not self._waiting:
            self._bell.clear()
        return asked

    def _refuse_all(self) -> None:
        """Tell everybody that nothing can be searched: a search is asked again sooner than it is waited for."""
        waiting: list[Any] = [self._in_hand] if self._in_hand is not None else []
        for asked in (*waiting, *self._waiting):
            if not asked.found.done():
                asked.found.set_exception(UnavailableError("retrieval.lost"))
        self._waiting.clear()
        self._in_hand = None
