"""Names that no book holds, found by how they end (通名): 翠湖 + 小区, 长风 + 路, 安居 + 物业.

Where such a name begins is told by the words before it. What is unsure is left out: a clerk is asked about every name
that is found here, and should not be asked about "the whole estate".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.core.places import PlaceKind

_FILE = Path(__file__).with_name("suffixes.json")


class _Data(Struct, frozen=True):
    endings: dict[PlaceKind, list[str]]
    cut_before: list[str]
    cut_after: list[str]
    never: list[str]
    never_whole: list[str]
    shortest: int
    longest: int


class NamedByEnding(Struct, frozen=True):
    """A name in the folded text and the kind that its ending tells."""

    start: int
    end: int
    kind: PlaceKind


class _Rules(Struct, frozen=True):
    ending: re.Pattern[str]
    kinds: dict[str, PlaceKind]
    stem: re.Pattern[str]
    cut_before: frozenset[str]
    cut_after: tuple[str, ...]
    never: frozenset[str]
    never_whole: frozenset[str]
    shortest: int
    longest: int


_decoder = msgspec.json.Decoder(_Data)


def names_by_ending(folded: str, is_known: list[bool]) -> Iterator[NamedByEnding]:
    """Yield the names that an ending tells and that hold no character of a name already known.

    ``is_known`` says it for each character. The way back from an ending is bounded, so the time is linear.
    """
    rules = _rules()
    last: NamedByEnding | None = None
    for found in rules.ending.finditer(folded):
        if is_known[found.start()] or is_known[found.end() - 1]:
            continue
        start = _stem_start(rules, folded, found.start(), is_known)
        stem = folded[start : found.start()]
        if len(stem) >= rules.shortest and not _is_common(rules, stem, found[0]):
            # 东风村 + 卫生院: the longer name holds the shorter one.
            if last and last.end <= start:
                yield last
            last = NamedByEnding(start, found.end(), rules.kinds[found[0]])
    if last:
        yield last


def _stem_start(rules: _Rules, folded: str, end: int, is_known: list[bool]) -> int:
    """Go back from the ending to where the name begins; a stem that is too long to be one is refused as empty."""
    start = end
    while start > 0 and end - start <= rules.longest and not is_known[start - 1]:
        if not rules.stem.fullmatch(folded[start - 1]) or folded[start - 1] in rules.cut_before:
            break
        start -= 1
    stem = folded[start:end]
    cut = max((place + len(word) for word in rules.cut_after if (place := stem.rfind(word)) >= 0), default=0)
    return start + cut if len(stem) - cut <= rules.longest else end


def _is_common(rules: _Rules, stem: str, ending: str) -> bool:
    whole = stem + ending
    if stem in rules.never or whole in rules.never_whole:
        return True
    # "城市道" + "路": the ending is the tail of a common word.
    return any(whole.endswith(word) for word in rules.never_whole if len(word) > len(ending))


@cache
def _rules() -> _Rules:
    data = _decoder.decode(_FILE.read_bytes())
    kinds = {ending: kind for kind, endings in data.endings.items() for ending in endings}
    longest_first = sorted(kinds, key=len, reverse=True)
    return _Rules(
        # 街 inside of 街道 and 村 inside of 村民 are no ends of names.
        ending=re.compile(f"(?:{'|'.join(longest_first)})(?![民委])"),
        kinds=kinds,
        stem=re.compile(r"[一-鿿0-9a-z]"),
        cut_before=frozenset(data.cut_before),
        cut_after=tuple(data.cut_after),
        never=frozenset(data.never),
        never_whole=frozenset(data.never_whole),
        shortest=data.shortest,
        longest=data.longest,
    )
