"""The words between the service and its searching process (检索进程), as frames like those of the judge's."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.retrieval.entries import Entry, Found


class Question(Struct, frozen=True, tag=True):
    """A question to search for, among entries of these kinds (of all, when None)."""

    text: str
    limit: int
    kinds: tuple[str, ...] | None


class Changed(Struct, frozen=True, tag=True):
    """What changed since: entries that are new or other, and the ids of those that may not be found any more."""

    entries: tuple[Entry, ...]
    gone: tuple[str, ...]


class SynonymTable(Struct, frozen=True, tag=True):
    """The whole table of synonyms: what people say, and the offices' word for it."""

    pairs: tuple[tuple[str, str], ...]


class Hello(Struct, frozen=True, tag=True):
    """Nothing is asked or new: whoever is still there says so."""


News = Changed | SynonymTable
Request = Question | Changed | SynonymTable | Hello


class Progress(Struct, frozen=True, tag=True):
    """Something takes a while, and whoever started the service is told so."""

    text: str


class Ready(Struct, frozen=True, tag=True):
    """Questions may come; ``vectors`` names the encoder, empty without one."""

    vectors: str


class Heard(Struct, frozen=True, tag=True):
    """The news count at the next question; or the answer to a greeting."""


class Answer(Struct, frozen=True, tag=True):
    """What was found, best first."""

    found: tuple[Found, ...]


Word = Progress | Ready | Heard | Answer
decode_request: Final = msgspec.msgpack.Decoder(Request).decode
decode_word: Final = msgspec.msgpack.Decoder(Word).decode
