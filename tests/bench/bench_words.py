"""Measures what words alone tell: urgency, denunciation, and the grounds for a refusal, on made letters with labels.

``python tests/bench/bench_words.py [LETTERS.csv]``: the labelled letters are in the tree. With the real letters of
``teddy2020c`` it also counts, on their train split, how many each rule holds; nobody labelled those.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.labelled import SPLITS, Labelled, labelled_letters, score

from minxin.classifier.words.advice import rules_only
from minxin.core.judgement import Judgement, Urgency

SETS: dict[str, tuple[Callable[[Labelled], list[str]], Callable[[Judgement], list[str]]]] = {
    "urgency": (
        lambda letter: ["urgent"] * letter.urgent,
        lambda found: ["urgent"] * (found.urgency is Urgency.URGENT),
    ),
    "denunciation": (
        lambda letter: ["denounces"] * letter.denounces,
        lambda found: ["denounces"] * found.denounces,
    ),
    "out_of_power": (
        lambda letter: list(letter.grounds),
        lambda found: [one.ground.value for one in found.out_of_power],
    ),
}


def main(arguments: list[str]) -> None:
    """Print the tables."""
    print("set           split  letters  P      R      F1")
    for name, (said, told) in SETS.items():
        for split in SPLITS:
            letters = labelled_letters(name, split)
            got = score(letters, said, lambda subject, body, told=told: told(rules_only(subject, body)))
            print(f"{name:12}  {split:5}  {len(letters):7}  {got.precision:.3f}  {got.recall:.3f}  {got.f1:.3f}")
    if not arguments or not Path(arguments[0]).is_file():
        print("real letters: not there; give the path of teddy2020c/letters.csv")
        return
    _real(Path(arguments[0]))


def _real(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    counts: Counter[str] = Counter()
    for row in rows:
        found = rules_only(row["subject"], row["body"])
        counts.update(label for _, told in SETS.values() for label in set(told(found)))
    print(f"{len(rows)} real letters: " + ", ".join(f"{name} {n} ({n / len(rows):.1%})" for name, n in counts.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
