"""A child of the service that answers requests over its pipes (子进程): its start, its words, and its end."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from minxin.deploy.frames import LENGTH, frame
from minxin.deploy.priority import give_way
from minxin.mailbox.processes import bare_environment, end_process

# More threads fight over busy cores: ten times slower where the pages want the other one.
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1"}

W = TypeVar("W")


class LostError(Exception):
    """The child is of no more use; the text says why, for the log."""


class PipedChild(Generic[W]):
    """A running child that answers each request with one word; whoever starts one ends it."""

    def __init__(self, process: Process, decode: Callable[[bytes], W], ended: asyncio.Event) -> None:
        if process.stdin is None or process.stdout is None:
            raise LostError("it has no pipes")
        self._process = process
        self._requests = process.stdin
        self._replies = process.stdout
        self._decode = decode
        self._watch = asyncio.create_task(process.wait())
        self._watch.add_done_callback(lambda _: ended.set())
        self.pid = process.pid

    def give_way(self) -> None:
        """Let everything else run before it."""
        if self._process.returncode is None:
            give_way(self.pid)

    async def end(self) -> None:
        """Kill it unless it is gone, and wait until it is."""
        self._watch.cancel()
        await end_process(self._process)

    def must_live(self) -> None:
        """Raise ``LostError`` when it has ended."""
        if self._process.returncode is not None:
            raise LostError(f"exit status {self._process.returncode}")

    async def asked(self, request: Struct, within_s: float) -> W:
        """Return its word on the request; raises ``LostError`` when it has none within that time."""
        try:
            async with asyncio.timeout(within_s):
                self._requests.write(frame(request))
                await self._requests.drain()
                return await self.word()
        except TimeoutError:
            raise LostError(f"no answer within {within_s:g} s") from None
        except OSError:
            raise LostError("it takes no more requests") from None

    async def word(self) -> W:
        """Return its next word, waiting for it as long as it lives; raises ``LostError``."""
        try:
            (length,) = LENGTH.unpack(await self._replies.readexactly(LENGTH.size))
            return self._decode(await self._replies.readexactly(length))
        except (OSError, EOFError):
            await end_process(self._process)
            raise LostError(f"exit status {self._process.returncode}") from None
        except msgspec.MsgspecError:
            raise LostError("it spoke nonsense") from None


async def start_process(command: Sequence[str], environment: Mapping[str, str] = {}) -> Process:  # noqa: B006
    """Start a child with pipes and little environment; raises ``LostError`` when it can't be started."""
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            env=bare_environment() | _ONE_THREAD | dict(environment),
            # Out of reach of the terminal's Ctrl-C, but in our session: a session of its own would make its low
            # priority meaningless where the kernel groups processes by session (sched_autogroup).
            process_group=0,
        )
    except OSError as error:
        raise LostError(f"it can't be started ({error.strerror})") from None
