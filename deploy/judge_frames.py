"""The words between the service and its judge's process (研判进程): msgpack in frames that begin with their length."""

from __future__ import annotations

import struct
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.learning.lessons import Lesson
from minxin.core.judgement import Judgement

LENGTH: Final = struct.Struct(">I")

# A batch (一批): subjects and bodies that are judged one after another and answered together.
Batch = tuple[tuple[str, str], ...]


class Letters(Struct, frozen=True, tag=True):
    """Letters that want to be judged."""

    batch: Batch


class News(Struct, frozen=True, tag=True):
    """What people decided since: lessons to learn, the ids of lessons to forget, and the precision to aim at."""

    lessons: tuple[Lesson, ...]
    forgotten: tuple[str, ...]
    precision: float


Request = Letters | News


class Progress(Struct, frozen=True, tag=True):
    """Something takes a while, and whoever started the service is told so."""

    text: str


class Ready(Struct, frozen=True, tag=True):
    """The model is loaded; batches may come."""

    model: str


class Broken(Struct, frozen=True, tag=True):
    """No model can be had: the city's files are at fault, and ``reason`` names file and line."""

    reason: str


class Learnt(Struct, frozen=True, tag=True):
    """The news are heard, and count at the next letter."""


class Judged(Struct, frozen=True, tag=True):
    """A batch's judgements, in its order."""

    judgements: tuple[Judgement, ...]


Word = Progress | Ready | Broken | Judged | Learnt
decode_request: Final = msgspec.msgpack.Decoder(Request).decode
decode_word: Final = msgspec.msgpack.Decoder(Word).decode


def frame(content: Request | Word) -> bytes:
    """Return the content as one frame."""
    encoded = msgspec.msgpack.encode(content)
    return LENGTH.pack(len(encoded)) + encoded
