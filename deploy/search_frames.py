"""The words between the service and the process that holds the index (索引进程), as frames of msgpack."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from minxin.consult.search.records import IndexState, SearchAnswer, SearchEntry, SearchQuery


class Ask(Struct, frozen=True, tag=True):
    """Answer this query."""

    query: SearchQuery


class Put(Struct, frozen=True, tag=True):
    """Add these entries, and take out those that are gone; ``index`` None is the one that is searched."""

    entries: tuple[SearchEntry, ...]
    gone: tuple[str, ...]
    index: str | None


class Begin(Struct, frozen=True, tag=True):
    """Make an empty index."""

    index: str


class Switch(Struct, frozen=True, tag=True):
    """Let searches see this index."""

    index: str


class Tell(Struct, frozen=True, tag=True):
    """Say which index there is."""


Request = Ask | Put | Begin | Switch | Tell


class Answered(Struct, frozen=True, tag=True):
    """What was found."""

    answer: SearchAnswer


class Told(Struct, frozen=True, tag=True):
    """Which index there is."""

    state: IndexState


class Done(Struct, frozen=True, tag=True):
    """It was done."""


class Failed(Struct, frozen=True, tag=True):
    """It could not be done: there is no index, another process writes it, or the disk is full."""

    error: str


Word = Answered | Told | Done | Failed
decode_request: Final = msgspec.msgpack.Decoder(Request).decode
decode_word: Final = msgspec.msgpack.Decoder(Word).decode
