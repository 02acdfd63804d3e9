"""How good is the finder: precision and recall by kind over letters in which people marked the personal data.

A letter is marked inline, ``我叫{name:张伟}``. Names and numbers count when both ends are right; of an address, a minor
or an illness it counts that at least half of what both cover is common, because their borders are a matter of taste.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from minxin.classifier.personal.finder import find
from minxin.core.personal import MARKED_ONLY, Personal, PersonalSpan

_MARK: Final = re.compile(r"\{([a-z_]+):([^{}]+)\}")
_BLURRED: Final = frozenset({Personal.ADDRESS, Personal.MINOR, Personal.HEALTH})
_ANY_OVERLAP: Final = frozenset({Personal.MINOR, Personal.HEALTH})

Find = Callable[[str], Sequence[PersonalSpan]]


class Marked(Struct, frozen=True):
    """A letter without its marks, and where they were."""

    text: str
    spans: tuple[tuple[int, int, Personal], ...]


class KindFigures(Struct, frozen=True):
    """How one kind does: ``truths`` are marked, ``found`` were found, ``right`` are both. ``covered`` of the truths are
    wholly under some find that is taken out, whatever its kind is said to be."""

    kind: str
    truths: int
    found: int
    right: int
    covered: int

    @property
    def precision(self) -> float | None:
        """Return the share of finds that are right, None without finds."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Return the share of truths that were found, None without truths."""
        return self.right / self.truths if self.truths else None


class Miss(Struct, frozen=True):
    """One error: a truth not found (``found`` False), or a find that is none."""

    letter: int
    kind: Personal
    found: bool
    text: str


class Table(Struct, frozen=True):
    """The figures by kind, those of all that is taken out together (``removed``), and every error."""

    letters: int
    kinds: tuple[KindFigures, ...]
    removed: KindFigures
    misses: tuple[Miss, ...]


def parse_marked(line: str) -> Marked:
    """Return the letter and its marks; raises ``ValueError`` for a kind that does not exist."""
    pieces: list[str] = []
    spans = []
    length = last = 0
    for found in _MARK.finditer(line):
        pieces += [line[last : found.start()], found[2]]
        length += found.start() - last
        spans.append((length, length + len(found[2]), Personal(found[1])))
        length += len(found[2])
        last = found.end()
    return Marked("".join([*pieces, line[last:]]), tuple(spans))


def evaluate(lines: Iterable[str], finder: Find = find) -> Table:
    """Return the table of the finder over marked letters."""
    truths: Counter[Personal] = Counter()
    finds: Counter[Personal] = Counter()
    right: Counter[Personal] = Counter()
    covered: Counter[Personal] = Counter()
    misses: list[Miss] = []
    letters = 0
    for letter, line in enumerate(lines):
        letters += 1
        marked = parse_marked(line)
        found = tuple((span.start, span.end, span.kind) for span in finder(marked.text))
        truths.update(kind for _, _, kind in marked.spans)
        finds.update(kind for _, _, kind in found)
        covered.update(span[2] for span in marked.spans if _is_covered(span, found))
        hits = {span for span in marked.spans if any(_is_same(span, one) for one in found)}
        right.update(kind for _, _, kind in hits)
        misses += [
            Miss(letter, span[2], False, marked.text[span[0] : span[1]]) for span in marked.spans if span not in hits
        ]
        wrong = [one for one in found if not any(_is_same(span, one) for span in marked.spans)]
        # One truth under two blurred finds is one hit; the second find is no error.
        misses += [Miss(letter, one[2], True, marked.text[one[0] : one[1]]) for one in wrong]
        finds.subtract(kind for kind in _doubles(marked, found))
    kinds = tuple(
        KindFigures(kind.value, truths[kind], finds[kind], right[kind], covered[kind])
        for kind in Personal
        if truths[kind] or finds[kind]
    )
    return Table(letters, kinds, _sum(kinds), tuple(misses))


_Span = tuple[int, int, Personal]


def _is_same(truth: _Span, found: _Span) -> bool:
    if truth[2] is not found[2]:
        return False
    common = min(truth[1], found[1]) - max(truth[0], found[0])
    if truth[2] in _ANY_OVERLAP:
        return common > 0
    if truth[2] in _BLURRED:
        return 2 * common >= max(truth[1], found[1]) - min(truth[0], found[0])
    return truth == found


def _doubles(marked: Marked, found: Sequence[_Span]) -> list[Personal]:
    doubles = []
    for truth in marked.spans:
        same = [one for one in found if _is_same(truth, one)]
        doubles += [truth[2]] * (len(same) - 1)
    return doubles


def _is_covered(truth: _Span, found: Sequence[_Span]) -> bool:
    removed = (one for one in found if one[2] not in MARKED_ONLY)
    left = set(range(truth[0], truth[1]))
    for start, end, _ in removed:
        left.difference_update(range(start, end))
    return not left


def _sum(kinds: Sequence[KindFigures]) -> KindFigures:
    taken_out = [one for one in kinds if one.kind not in MARKED_ONLY]
    return KindFigures(
        "removed",
        sum(one.truths for one in taken_out),
        sum(one.found for one in taken_out),
        sum(one.right for one in taken_out),
        sum(one.covered for one in taken_out),
    )
