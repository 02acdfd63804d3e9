"""Runs the readers of hostile input in processes that can be killed (隔离解析).

worker process = one job at a time; its own processor-time limit ends it, the wall clock of the parent is the second
one. A killed worker takes its own job with it and nothing else; the next job gets a new worker.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import msgspec

from minxin.core.errors import InvalidInputError, NotFoundError, TooLargeError, UnavailableError
from minxin.mailbox.errors import ParseCrashedError, ParseFailedError, ParseTimeoutError
from minxin.mailbox.processes import bare_environment, end_process
from minxin.mailbox.safe_tasks import LENGTH, MAX_FRAME_BYTES, Done, Refused, Reply, Request, signatures

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

# A busy machine may let a job wait; only a job that waits far longer than it may compute is given up.
_WALL_FACTOR = 5.0
_WALL_EXTRA_S = 2.0
_REFUSALS = {kind.__name__: kind for kind in (InvalidInputError, NotFoundError, TooLargeError)}
_reply: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


class SafePool:
    """At most ``max_workers`` processes, started when they are first needed and kept.

    ``limit_s`` is the processor time of one job in seconds, ``memory_mb`` what it may take in MiB beyond the idle
    process. Jobs beyond the number of workers wait their turn, and waiting is not counted.
    """

    def __init__(self, max_workers: int = 2, *, limit_s: float = 2.0, memory_mb: int = 256) -> None:
        self._limit_s = limit_s
        self._memory_bytes = memory_mb * 1024 * 1024
        self._turns = asyncio.Semaphore(max_workers)
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._closed = False

    async def run(
        self,
        function: Callable[[*Arguments], Result],
        *arguments: *Arguments,
        limit_s: float | None = None,
        memory_mb: int | None = None,
    ) -> Result:
        """Run a function of ``SAFE_FUNCTIONS`` on plain data.

        Raises what the function refuses (``InvalidInputError``, ``NotFoundError``, ``TooLargeError``),
        :class:`ParseTimeoutError` when the processor time is used up, :class:`ParseFailedError` when memory is, or when
        the function fails, :class:`ParseCrashedError` when the process died, :class:`UnavailableError` when the pool is
        closed or the machine too busy.
        """
        signature = signatures()[function.__name__]
        limit = self._limit_s if limit_s is None else limit_s
        memory_bytes = self._memory_bytes if memory_mb is None else memory_mb * 1024 * 1024
        async with self._turns:
            job = Request(function.__name__, limit, memory_bytes, msgspec.Raw(msgspec.msgpack.encode(arguments)))
            frame = await self._ask(msgspec.msgpack.encode(job), limit * _WALL_FACTOR + _WALL_EXTRA_S)
        try:
            reply = _reply.decode(frame)
            if isinstance(reply, Done):
                result: Result = msgspec.msgpack.decode(reply.result, type=signature.result)
                return result
        except msgspec.MsgspecError as error:
            raise ParseFailedError("parse.bad_reply") from error
        if isinstance(reply, Refused):
            refusal = _REFUSALS.get(reply.error, InvalidInputError)
            raise refusal(reply.reason, field=reply.field, **reply.params)
        log.warning("a reader failed", extra={"event": "parse_failed", "exception": reply.exception[:80]})
        raise ParseFailedError("parse.memory" if reply.exception == "MemoryError" else "parse.failed")

    def workers(self) -> tuple[int, ...]:
        """The process ids of the workers that live, for the health page."""
        return tuple(worker.pid for worker in self._all if worker.returncode is None)

    async def close(self) -> None:
        """Kill every worker and wait until it is gone; jobs under way end with :class:`ParseCrashedError`."""
        self._closed = True
        for worker in tuple(self._all):
            await self._kill(worker)
        self._idle.clear()

    async def _ask(self, frame: bytes, wall_s: float) -> bytes:
        worker = await self._worker()
        try:
            async with asyncio.timeout(wall_s):
                reply = await _exchange(worker, frame)
        except TimeoutError:
            await self._kill(worker)
            raise UnavailableError("parse.overloaded") from None
        except (OSError, EOFError):
            raise await self._post_mortem(worker) from None
        except BaseException:
            # The caller was cancelled in the middle of a job: the pipe holds half of an answer.
            await asyncio.shield(self._kill(worker))
            raise
        self._idle.append(worker)
        return reply

    async def _post_mortem(self, worker: Process) -> ParseTimeoutError | ParseCrashedError:
        await self._kill(worker)
        if worker.returncode == -signal.SIGPROF:
            return ParseTimeoutError()
        log.warning("a reading process died", extra={"event": "parse_crashed", "code": worker.returncode})
        return ParseCrashedError("parse.crashed")

    async def _worker(self) -> Process:
        if self._closed:
            raise UnavailableError("parse.closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            self._all.discard(worker)
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-X", "utf8", "-m", "minxin.mailbox.safe_worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env=bare_environment(),
            start_new_session=True,
        )
        self._all.add(worker)
        if self._closed:
            await self._kill(worker)
            raise UnavailableError("parse.closed")
        return worker

    async def _kill(self, worker: Process) -> None:
        await end_process(worker)
        self._all.discard(worker)


async def _exchange(worker: Process, frame: bytes) -> bytes:
    """Send one frame and read one back; ``EOFError`` or ``OSError`` when the worker is gone or says nonsense."""
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    worker.stdin.write(LENGTH.pack(len(frame)))
    worker.stdin.write(frame)
    await worker.stdin.drain()
    length = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))[0]
    if length > MAX_FRAME_BYTES:
        raise EOFError
    return await worker.stdout.readexactly(length)
