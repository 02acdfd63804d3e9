"""The service's side of the index process: no tantivy in the process that serves people.

The child is started by the first request. When it dies or hangs, who waits gets ``UnavailableError``, and the next
request a moment later starts another: the index lies on the disk.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from minxin.consult.search.records import IndexState, SearchAnswer, SearchEntry, SearchQuery
from minxin.core.errors import UnavailableError
from minxin.deploy.piped_child import LostError, PipedChild, start_process
from minxin.deploy.search_frames import (
    Answered,
    Ask,
    Begin,
    Failed,
    Put,
    Request,
    Switch,
    Tell,
    Told,
    Word,
    decode_word,
)

log = logging.getLogger(__name__)

LIMIT_S: Final = 20.0  # two hundred letters take some tenths of a second; a merge of the index may take its time
REST_S: Final = 2.0  # between the end of one child and the start of the next


def search_command(folder: Path) -> tuple[str, ...]:
    """Return the command of a child that keeps its index below the folder."""
    return (sys.executable, "-P", "-s", "-X", "utf8", "-m", "minxin.deploy.search_worker", str(folder))


class SearchProcess:
    """``consult.search.ports.SearchEngine`` by a child that ``command`` starts; ``limit_s`` is for one request."""

    def __init__(self, command: Sequence[str], *, limit_s: float = LIMIT_S, rest_s: float = REST_S) -> None:
        self._command = command
        self._limit_s = limit_s
        self._rest_s = rest_s
        self._turn = asyncio.Lock()
        self._child: PipedChild[Word] | None = None
        self._lost_at = -rest_s
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process, while there is one."""
        return self._child.pid if self._child is not None else None

    async def state(self) -> IndexState:
        """Return the index that searches see."""
        word = await self._asked(Tell())
        return word.state if isinstance(word, Told) else IndexState("")

    async def search(self, query: SearchQuery) -> SearchAnswer:
        """Return a page of what the audience may find."""
        word = await self._asked(Ask(query))
        if not isinstance(word, Answered):
            raise UnavailableError("search.down")
        return word.answer

    async def put(self, entries: Sequence[SearchEntry], gone: Sequence[str] = (), index: str | None = None) -> None:
        """Add or replace entries, and take out those that are gone."""
        await self._asked(Put(tuple(entries), tuple(gone), index))

    async def begin(self, index: str) -> None:
        """Make an empty index."""
        await self._asked(Begin(index))

    async def switch(self, index: str) -> None:
        """Let searches see this index from now on."""
        await self._asked(Switch(index))

    async def close(self) -> None:
        """End the child."""
        self._closed = True
        async with self._turn:
            await self._end()

    async def _asked(self, request: Request) -> Word:
        # Who goes away must not leave an answer in the pipe for the next one.
        word = await asyncio.shield(asyncio.ensure_future(self._ask(request)))
        if isinstance(word, Failed):
            log.warning("the index refused: %s", word.error, extra={"event": "search_refused"})
            raise UnavailableError("search.refused")
        return word

    async def _ask(self, request: Request) -> Word:
        async with self._turn:
            if self._closed or time.monotonic() - self._lost_at < self._rest_s:
                raise UnavailableError("search.down")
            try:
                if self._child is None:
                    process = await start_process(self._command)
                    self._child = PipedChild(process, decode_word, asyncio.Event())
                return await self._child.asked(request, self._limit_s)
            except LostError as error:
                log.warning("the index process is lost: %s", error, extra={"event": "search_index_lost"})
                self._lost_at = time.monotonic()
                await self._end()
                raise UnavailableError("search.down") from error

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.end()
