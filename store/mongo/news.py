"""What other processes commit (消息): each transaction leaves a note in a ring of them, in the very commit.

A note says which kinds of records were touched, which records of those that are told of, and for whom there is work.
Its number is that of the turn (``transaction.py``), so that numbers rise with the order of the commits, and "what came
after number N" is one look at an index. Who is behind by more than the ring holds takes everything for touched.

A change stream says when to look; where a server has none, it is looked several times a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from pymongo.errors import OperationFailure, PyMongoError

from minxin.core.changes import Record, Told
from minxin.core.errors import MinxinError
from minxin.core.store import Queue
from minxin.core.tasks import end_tasks
from minxin.store.mongo.client import Document, watch
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import COMMITS, HEADS, WHISPERS
from minxin.store.mongo.transaction import TURN, Outcome
from minxin.store.sqlite.tables import TABLES, table_of

log = logging.getLogger(__name__)

RING: Final = 1024
POLL_S: Final = 0.5
STREAM_WAIT_S: Final = 1.0
AGAIN_S: Final = 30.0  # before a stream is tried again that broke
_NO_STREAMS: Final = frozenset({59, 40_324, 40_573, 115, 303})  # what a server without them answers

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: Final[dict[str, type[Record]]] = {table.name: table.kind for table in TABLES}


def note_of(number: int, by: str, outcome: Outcome) -> Document:
    """Return what a transaction leaves for the other processes."""
    return {
        "seq": number,
        "by": by,
        "touched": [[table_of(kind).name, office_id or ""] for kind, office_id in outcome.touched],
        "written": [[table_of(kind).name, one] for kind, one in outcome.written if issubclass(kind, Told)],
        "work": [[queue.value, kind] for queue, kind in outcome.added],
    }


def slot_of(number: int) -> int:
    """Return the place in the ring."""
    return number % RING


def outcome_of(notes: Iterable[Document]) -> Outcome:
    """Return what the notes say together; a kind that only a newer version knows is left out."""
    outcome = Outcome(set(), set(), set())
    for note in notes:
        outcome.touched.update((_KINDS[name], office or None) for name, office in note["touched"] if name in _KINDS)
        outcome.written.update((_KINDS[name], one) for name, one in note["written"] if name in _KINDS)
        outcome.added.update((Queue(queue), kind) for queue, kind in note["work"])
    return outcome


class News:
    """Tells ``heard`` what other processes committed; ``missed`` is called when it can't be known what all of it was.

    ``me`` is this process's name among them.
    """

    def __init__(self, reader: Reader, me: str, heard: Callable[[Outcome], None], missed: Callable[[], None]) -> None:
        self.me = me
        self._reader = reader
        self._heard = heard
        self._missed = missed
        self._last: int | None = None
        self._whispered: datetime | None = None  # by the clock of the server
        self._ears: list[Callable[[str, str], None]] = []
        self._looking: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stream: Any = None
        self._try_stream_at = 0.0

    async def catch_up(self) -> None:
        """Look, in one look with all who ask until it begins."""
        if self._next is None:
            self._next = asyncio.create_task(self._look_after(self._looking))
            self._next.add_done_callback(_retrieve)
        await asyncio.shield(self._next)

    def listen(self) -> None:
        """Look again and again until closed."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="store-news")

    def overhear(self, told: Callable[[str, str], None]) -> None:
        """Call ``told`` with what other processes whisper."""
        self._ears.append(told)

    async def close(self) -> None:
        """End looking."""
        with suppress(MinxinError):
            await end_tasks(*(one for one in (self._task, self._next, self._looking) if one is not None))
        await self._end_stream()

    async def _look_after(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        self._looking, self._next = self._next, None
        await self._look()

    async def _look(self) -> None:
        if self._last is None:
            head = await self._reader.one(HEADS, {"_id": TURN})
            self._last = head["seq"] if head is not None else 0
            self._missed()
            return
        notes = await self._reader.find(COMMITS, {"seq": {"$gt": self._last}}, by=("seq",))
        if not notes:
            return
        behind = notes[-1]["seq"] - self._last
        self._last = notes[-1]["seq"]
        if behind > RING:
            self._missed()
        outcome = outcome_of(note for note in notes if note["by"] != self.me)
        if outcome.touched or outcome.added:
            self._heard(outcome)

    async def _run(self) -> None:
        while True:
            try:
                await self.catch_up()
                await self._hear_whispers()
            except MinxinError:
                log.warning("what others commit can't be read", extra={"event": "news_unread"})
            await self._wait()

    async def _hear_whispers(self) -> None:
        if not self._ears:
            return
        if self._whispered is None:
            last = await self._reader.one(WHISPERS, {"at": {"$exists": True}}, by=("-at",))
            self._whispered = last["at"] if last is not None else _LONG_AGO
            return
        for one in await self._reader.find(WHISPERS, {"at": {"$gt": self._whispered}}, by=("at",)):
            self._whispered = one["at"]
            for told in self._ears if one["by"] != self.me else ():
                told(one["topic"], one["word"])

    async def _wait(self) -> None:
        """Wait until there may be something new."""
        now = asyncio.get_running_loop().time()
        try:
            if self._stream is None and now >= self._try_stream_at:
                self._stream = await watch(self._reader.database, (COMMITS, WHISPERS), STREAM_WAIT_S)
            if self._stream is not None:
                await self._stream.try_next()
                return
        except PyMongoError as error:
            missing = isinstance(error, OperationFailure) and error.code in _NO_STREAMS
            self._try_stream_at = float("inf") if missing else now + AGAIN_S
            log.info("no change stream: looking instead", extra={"event": "news_polled"})
            await self._end_stream()
        await asyncio.sleep(POLL_S)

    async def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(PyMongoError):
                await stream.close()


def _retrieve(task: asyncio.Task[None]) -> None:
    """Tell asyncio that somebody looked, if all who waited have left."""
    if not task.cancelled():
        task.exception()
