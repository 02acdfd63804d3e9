"""How the service and its children speak (帧): msgpack in frames that begin with their length."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import IO, Final, TypeVar

import msgspec
from msgspec import Struct

LENGTH: Final = struct.Struct(">I")
R = TypeVar("R")


def frame(content: Struct) -> bytes:
    """Return the content as one frame."""
    encoded = msgspec.msgpack.encode(content)
    return LENGTH.pack(len(encoded)) + encoded


def receive(requests: IO[bytes], decode: Callable[[bytes], R], take: Callable[[R], None]) -> None:
    """Take requests in until the input ends, and end the process with it.

    A thread does, so that no work that hangs outlives the service.
    """
    while header := requests.read(LENGTH.size):
        take(decode(requests.read(LENGTH.unpack(header)[0])))
    os._exit(0)


def say(word: Struct, to: IO[bytes]) -> None:
    """Write a frame at once."""
    to.write(frame(word))
    to.flush()
