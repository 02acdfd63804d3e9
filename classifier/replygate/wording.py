"""The words that the gate looks for in an answer: data in ``words.json``, compiled once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_WORDS_FILE = Path(__file__).parent / "words.json"


class _Data(Struct, frozen=True):
    basis: str
    vague: str
    clause: str
    no_basis: str
    phone: str
    private: str
    rude: str
    blaming: str
    brush_off: str
    concrete: str
    officialese: str
    receipt: str
    plan: str
    done: str
    day: str
    stop: str
    common: list[str]
    same: list[list[str]]


_decoder = msgspec.json.Decoder(_Data)


class GateWording(Struct, frozen=True):
    """Patterns over folded text.

    ``receipt`` takes in what only says that the letter came. ``stop`` are characters that carry no matter, ``common``
    pairs that every letter has. ``synonym`` finds a word of a group and ``first_of`` gives the group's first for it.
    """

    basis: re.Pattern[str]
    vague: re.Pattern[str]
    clause: re.Pattern[str]
    no_basis: re.Pattern[str]
    phone: re.Pattern[str]
    private: re.Pattern[str]
    rude: re.Pattern[str]
    blaming: re.Pattern[str]
    brush_off: re.Pattern[str]
    concrete: re.Pattern[str]
    officialese: re.Pattern[str]
    receipt: re.Pattern[str]
    plan: re.Pattern[str]
    done: re.Pattern[str]
    day: re.Pattern[str]
    stop: frozenset[str]
    common: frozenset[str]
    synonym: re.Pattern[str]
    first_of: dict[str, str]


@cache
def wording() -> GateWording:
    """Return the compiled words."""
    data = _decoder.decode(_WORDS_FILE.read_bytes())
    first_of = {word: group[0] for group in data.same for word in group}
    words = sorted(first_of, key=lambda word: (-len(word), word))
    fields = msgspec.structs.asdict(data)
    return GateWording(
        **{name: re.compile(text) for name, text in fields.items() if isinstance(text, str) and name != "stop"},
        stop=frozenset(data.stop),
        common=frozenset(data.common),
        synonym=re.compile("|".join(map(re.escape, words))),
        first_of=first_of,
    )
