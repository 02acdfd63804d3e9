"""Measures letters without labels as a start: what they are worth before and after people decide.

``python tests/bench/bench_self_teaching.py LETTERS.csv DUTIES.csv``: LETTERS.csv has ``subject, body, label``, DUTIES
a first column with the label and further ones with what belongs to it. A part of the letters is held out and judged; of
the others the labels are hidden, but for so many lessons a label (means of two draws). Figures are macro F1, by
characters alone: without such letters, with them believed wholly and for ever, and as they serve.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from bench_learning import cold_start
from numpy.typing import NDArray

from minxin.classifier.evaluation import Outcome, report
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import beginning_with, self_teaching
from minxin.classifier.training import Example
from minxin.deploy.labelled import read_labelled

A_LABEL = (0, 1, 5, 20, 50, 100, 300)
DRAWS = 2
HELD_OUT = 1_200


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("letters", type=Path)
    parser.add_argument("duties", type=Path)
    args = parser.parse_args()
    letters = read_labelled(args.letters)
    order = np.random.default_rng(7).permutation(len(letters)).tolist()
    held, others = [letters[row] for row in order[:HELD_OUT]], [letters[row] for row in order[HELD_OUT:]]
    cold = cold_start(args.duties, sorted({letter.label for letter in letters}))
    begun = perf_counter()
    result = self_teaching(cold, [letter.text for letter in others])
    print(f"{result.letters} letters without labels, {perf_counter() - begun:.0f} s, agreement {result.agreement}")
    if result.learner is None:
        print("abstains")
        return
    begun = perf_counter()
    beginning_with(cold, result.learner.lessons)
    print(f"{len(result.learner)} of them teach; learnt again at a start in {perf_counter() - begun:.2f} s")
    duties = _scores(Learner(cold), held)
    taught = _scores(result.learner, held) - duties
    print("lessons a label  without  wholly and for ever  as they serve")
    for each in A_LABEL:
        found = []
        for draw in range(DRAWS):
            lessons = _drawn(others, each, draw)
            plain, served = Learner(cold), beginning_with(cold, result.learner.lessons)
            plain.replay(lessons)
            served.replay(lessons)
            without = _scores(plain, held)
            rows = (without, without + taught, _scores(served, held))
            found.append([_macro_f1(scores, cold.offices, held) for scores in rows])
        print(f"{each:15}  {'  '.join(f'{figure:.4f}' for figure in np.mean(found, axis=0))}")


def _drawn(letters: Sequence[Example], each: int, draw: int) -> list[Lesson]:
    order = np.random.default_rng(draw).permutation(len(letters)).tolist()
    labels = sorted({letter.label for letter in letters})
    rows = [row for label in labels for row in [one for one in order if letters[one].label == label][:each]]
    return [Lesson(str(row), letters[row].text, letters[row].label) for row in rows]


def _scores(learner: Learner, letters: Sequence[Example]) -> NDArray[np.float64]:
    return np.array([learner.scores(letter.text) for letter in letters])


def _macro_f1(scores: NDArray[np.float64], offices: Sequence[str], letters: Sequence[Example]) -> float:
    judged = [offices[column] for column in scores.argmax(axis=1)]
    return report([Outcome(letter.label, one, 1.0) for letter, one in zip(letters, judged, strict=True)]).macro_f1


if __name__ == "__main__":
    main()
