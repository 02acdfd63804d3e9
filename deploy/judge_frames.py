"""The words between the service and its judge's process (研判进程)."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.learning.lessons import Lesson
from minxin.core.abuse import AbuseSpan
from minxin.core.judgement import Judgement

# A letter as its subject and body, to be judged; or a post, of which it is asked whom it offends.
Asked = tuple[str, str] | str
Answer = Judgement | tuple[AbuseSpan, ...]
# A batch (一批): what is answered one after another and sent together.
Batch = tuple[Asked, ...]


class Texts(Struct, frozen=True, tag=True):
    """Letters that want to be judged, and posts that want to be looked through."""

    batch: Batch


class News(Struct, frozen=True, tag=True):
    """What people decided since: lessons to learn, the ids of lessons to forget, and the precision to aim at."""

    lessons: tuple[Lesson, ...]
    forgotten: tuple[str, ...]
    precision: float


Request = Texts | News


class Progress(Struct, frozen=True, tag=True):
    """Something takes a while, and whoever started the service is told so."""

    text: str


class Ready(Struct, frozen=True, tag=True):
    """The models are loaded; batches may come.

    ``refused`` names the versions that were chosen and can't be used; those before them serve in their place.
    """

    model: str
    refused: tuple[str, ...] = ()


class Broken(Struct, frozen=True, tag=True):
    """No model can be had: the city's files are at fault, and ``reason`` names file and line."""

    reason: str


class Learnt(Struct, frozen=True, tag=True):
    """The news are heard, and count at the next letter."""


class Answered(Struct, frozen=True, tag=True):
    """The answers to a batch, in its order: a judgement of each letter, what offends in each post."""

    answers: tuple[Answer, ...]


Word = Progress | Ready | Broken | Answered | Learnt
decode_request: Final = msgspec.msgpack.Decoder(Request).decode
decode_word: Final = msgspec.msgpack.Decoder(Word).decode
