"""The process that reads hostile input: one job after the other from standard input to standard output.

It has no descriptor but its pipes, can't write a file or start a process's core dump, and dies by a signal when a job
uses more processor time than it was given.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path
from typing import IO, Any

import msgspec

from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError, TooLargeError
from minxin.mailbox.safe_tasks import LENGTH, Done, Failed, Refused, Reply, Request, signatures

MAX_MEMORY_BYTES = 1024 * 1024 * 1024
_TELLABLE = (InvalidInputError, NotFoundError, TooLargeError)
_request = msgspec.msgpack.Decoder(Request)


def answer(frame: bytes) -> bytes:
    """Run the job of one frame and encode what became of it."""
    try:
        request = _request.decode(frame)
        del frame
        # Counts processor time, in C code too, and its signal kills when nobody handles it.
        signal.setitimer(signal.ITIMER_PROF, request.limit_s)
        allow_memory(request.memory_bytes)
        reply = _run(request)
    except MemoryError:
        reply = Failed("MemoryError")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        allow_memory(MAX_MEMORY_BYTES)
    return msgspec.msgpack.encode(reply)


def _run(request: Request) -> Reply:
    try:
        signature = signatures()[request.function]
        arguments: tuple[Any, ...] = msgspec.msgpack.decode(request.arguments, type=signature.arguments)
        result = signature.function(*arguments)
        return Done(msgspec.Raw(msgspec.msgpack.encode(result)))
    except _TELLABLE as error:
        params = {name: value for name, value in error.params.items() if isinstance(value, int | float | str)}
        return Refused(_name(error), error.reason, error.field, params)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort of this process: the parent decides
        return Failed(type(error).__name__)


def _name(error: MinxinError) -> str:
    return next(kind.__name__ for kind in _TELLABLE if isinstance(error, kind))


def allow_memory(memory_bytes: int) -> None:
    """Bound the address space; ``memory_bytes`` comes on top of what is mapped now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def limit_process() -> None:
    """Bound for good what this process may do, whatever a job makes of it."""
    limits = {
        resource.RLIMIT_AS: 2 * MAX_MEMORY_BYTES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer until the parent closes the pipe."""
    while header := requests.read(LENGTH.size):
        reply = answer(requests.read(LENGTH.unpack(header)[0]))
        replies.write(LENGTH.pack(len(reply)))
        replies.write(reply)
        replies.flush()


if __name__ == "__main__":
    signatures()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_process()
    serve(sys.stdin.buffer, sys.stdout.buffer)
