"""The labelled letters of ``tests/corpus/points``, and how well a finder's points agree with them.

A body holds its labels: ``{c:…}`` a complaint, ``{r:…}`` a request, ``{q:…}`` a question, ``{=:…}`` more of the point
before it. ``dev`` may be tuned on, ``held`` may only be scored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from minxin.core.judgement import Point, PointKind

CORPUS = Path(__file__).parents[1] / "corpus" / "points"
_LABEL = re.compile(r"\{([crq=]):([^{}]*)\}")
_KINDS = {"c": PointKind.COMPLAINT, "r": PointKind.REQUEST, "q": PointKind.QUESTION}


@dataclass(frozen=True)
class Labelled:
    """A point as a person marked it: the pieces of the judged text that tell of it."""

    kind: PointKind
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class MarkedLetter:
    """A letter without its labels, and the labels with offsets into the judged text."""

    subject: str
    body: str
    points: tuple[Labelled, ...]


@dataclass(frozen=True)
class Score:
    """Agreement over some letters; ``exact`` is the share of letters with every point found and none besides."""

    letters: int
    precision: float
    recall: float
    exact: float
    kind: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def marked_letters(split: str) -> list[MarkedLetter]:
    """Read the letters of ``dev`` or ``held``."""
    lines = (CORPUS / f"{split}.jsonl").read_text("utf-8").splitlines()
    return [_letter(**json.loads(line)) for line in lines]


def score(find: Callable[[str, str], Sequence[Point]], letters: Sequence[MarkedLetter]) -> Score:
    """Score a finder.

    A found point is a labelled one when their spans overlap by at least half of the shorter; one to one.
    """
    found_count = right = exact = kinds = 0
    for letter in letters:
        found = find(letter.subject, letter.body)
        pairs = _paired(found, letter.points)
        found_count += len(found)
        right += len(pairs)
        exact += len(found) == len(letter.points) == len(pairs)
        kinds += sum(point.kind is label.kind for point, label in pairs)
    labelled = sum(len(letter.points) for letter in letters)
    return Score(len(letters), right / found_count, right / labelled, exact / len(letters), kinds / right)


def _letter(subject: str, body: str) -> MarkedLetter:
    text = f"{subject}\n"
    points: list[Labelled] = []
    last = 0
    for match in _LABEL.finditer(body):
        text += body[last : match.start()]
        span = (len(text), len(text) + len(match[2]))
        if match[1] == "=":
            points[-1] = Labelled(points[-1].kind, (*points[-1].spans, span))
        else:
            points.append(Labelled(_KINDS[match[1]], (span,)))
        text += match[2]
        last = match.end()
    text += body[last:]
    return MarkedLetter(subject, text[len(subject) + 1 :], tuple(points))


def _paired(found: Sequence[Point], labelled: Sequence[Labelled]) -> list[tuple[Point, Labelled]]:
    """Pair points with labels, the largest overlap first."""
    overlaps = sorted(
        (-shared, place, other)
        for place, point in enumerate(found)
        for other, label in enumerate(labelled)
        if (shared := _shared(point, label)) * 2 >= min(point.end - point.start, _length(label)) > 0
    )
    points, labels = set(range(len(found))), set(range(len(labelled)))
    pairs = []
    for _, place, other in overlaps:
        if place in points and other in labels:
            points.remove(place)
            labels.remove(other)
            pairs.append((found[place], labelled[other]))
    return pairs


def _shared(point: Point, label: Labelled) -> int:
    return sum(max(0, min(point.end, end) - max(point.start, start)) for start, end in label.spans)


def _length(label: Labelled) -> int:
    return sum(end - start for start, end in label.spans)
