"""Measures the finder of points: agreement with the labelled letters, and time.

``python tests/bench/bench_points.py``: needs nothing but the tree. The rules were written on ``dev``; ``held`` was only
scored. Two plain ways stand beside: the whole letter is one point, and every sentence is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.points import marked_letters, score

from minxin.classifier.points.finding import find_points
from minxin.core.judgement import Point, PointKind

CHARS = 300
ROUNDS = 5


def main() -> None:
    """Print the table and the times."""
    ways: dict[str, Callable[[str, str], Sequence[Point]]] = {
        "one point a letter": _whole,
        "one point a sentence": _sentences,
        "find_points": find_points,
    }
    print("split  letters  way                    P      R      F1     exact  kind")
    for split in ("dev", "held"):
        letters = marked_letters(split)
        for name, find in ways.items():
            got = score(find, letters)
            figures = (got.precision, got.recall, got.f1, got.exact, got.kind)
            print(f"{split:5}  {got.letters:7}  {name:21}", *(f"{figure:.3f} " for figure in figures))
    _measure_time([letter.body for split in ("dev", "held") for letter in marked_letters(split)])


def _whole(subject: str, body: str) -> list[Point]:
    return [Point(len(subject) + 1, len(subject) + 1 + len(body), "", PointKind.COMPLAINT)]


def _sentences(subject: str, body: str) -> list[Point]:
    begin = len(subject) + 1
    found = re.finditer(r"[^。！？；\n]{4,}", body)
    return [Point(begin + one.start(), begin + one.end(), "", PointKind.COMPLAINT) for one in found]


def _measure_time(bodies: list[str]) -> None:
    texts = ["".join(bodies[start:])[:CHARS] for start in range(0, len(bodies) - 9, 3)]
    times = []
    for _ in range(ROUNDS):
        for text in texts:
            start = perf_counter()
            find_points("关于小区的问题", text)
            times.append((perf_counter() - start) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    print(f"{CHARS} characters: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    for name, hostile in (("no full stop", "漏" * 100_000), ("请部门", "请部门" * 33_000), ("另外", ",另外" * 33_000)):
        start = perf_counter()
        find_points("", hostile)
        print(f"100,000 characters, {name}: {(perf_counter() - start) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
