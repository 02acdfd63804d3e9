"""Measures the finder of personal data: precision and recall by kind over marked letters, and its speed.

``python tests/bench/bench_personal_data.py [FILE.jsonl ...] [--errors]``: lines ``{"marked": "我叫{name:张伟}"}``;
without files those of ``tests/corpus/personal``. ``--errors`` prints what was missed or found wrongly. The table can't
say how real letters do; 800 of them were read for that, see docs/decisions/0025 for how they were drawn and what was
missed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np

from minxin.classifier.personal.evaluation import KindFigures, evaluate, parse_marked
from minxin.classifier.personal.finder import PersonalFinder, find

CORPUS = Path(__file__).parents[1] / "corpus" / "personal"
LETTER_CHARS = 300
HOSTILE_CHARS = 100_000


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", type=Path, nargs="*", default=[CORPUS / f"{half}.jsonl" for half in ("dev", "held", "held2")]
    )
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    start = perf_counter()
    finder = PersonalFinder()
    print(f"make: {(perf_counter() - start) * 1e3:.1f} ms")
    start = perf_counter()
    finder.warm_up()
    print(f"warm up: {perf_counter() - start:.2f} s")
    letters: list[str] = []
    for file in args.files:
        lines = [msgspec.json.decode(line)["marked"] for line in file.read_bytes().splitlines()]
        letters += [parse_marked(line).text for line in lines]
        show(file.stem, lines, errors=args.errors)
    measure_speed(letters)
    for piece in ("王小明、", "1-", "三单元", "我叫", "😡", "邓、", "a.", "王镇", "甲乙、", "电话82310150、", "皮的"):
        text = (piece * HOSTILE_CHARS)[:HOSTILE_CHARS]
        start = perf_counter()
        find(text)
        print(f"{HOSTILE_CHARS} characters of {piece}: {perf_counter() - start:.2f} s")


def show(name: str, lines: list[str], *, errors: bool) -> None:
    """Print the table of one file."""
    table = evaluate(lines)
    print(
        f"{name}: {table.letters} letters\n{'kind':12}{'n':>6}{'found':>7}{'precision':>11}{'recall':>8}{'covered':>9}"
    )
    for one in (*table.kinds, table.removed):
        shares = f"{_share(one, 'precision'):>11}{_share(one, 'recall'):>8}"
        print(f"{one.kind:12}{one.truths:6}{one.found:7}{shares}{one.covered:9}")
    for miss in table.misses if errors else ():
        print(f"  letter {miss.letter + 1}: {miss.kind} {'wrongly found' if miss.found else 'missed'}: {miss.text}")


def _share(figures: KindFigures, which: str) -> str:
    value = figures.precision if which == "precision" else figures.recall
    return "-" if value is None else f"{value:.3f}"


def measure_speed(texts: list[str]) -> None:
    """Print the time for letters of 300 characters, made of the given ones end to end."""
    whole = "\n".join(texts)
    letters = [whole[place : place + LETTER_CHARS] for place in range(0, len(whole) - LETTER_CHARS, LETTER_CHARS)]
    times = []
    for letter in letters * 3:
        start = perf_counter()
        find(letter)
        times.append((perf_counter() - start) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    print(f"{LETTER_CHARS} characters: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    main()
