"""Measures learning from nothing: the cold start, letters without labels, and lessons one after another.

``python tests/bench/bench_learning.py LETTERS.csv DUTIES.csv --test TEST.csv``: LETTERS.csv and TEST.csv have the
columns ``subject, body, label``, DUTIES.csv has a first column with the label and further ones with what belongs to it.
Lessons are drawn from LETTERS.csv, three times; figures are macro F1 on TEST.csv, of which nothing is learnt. With
``--vectors`` the encoder of the extra ``[vectors]`` is heard, too.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from minxin.classifier.evaluation import Outcome, evaluate, report
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.ear import Encoder
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import self_taught
from minxin.classifier.learning.vectors import learn_background
from minxin.classifier.training import Example, train
from minxin.core.judgement import judged_text
from minxin.deploy.city import load_city
from minxin.deploy.commands.evaluate import read_labelled
from minxin.deploy.evaluation.measure import Remembering
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.vectors import encoder_at

A_LABEL = (5, 20, 100)
WITHOUT_LABELS = (300, 1_000, 2_500, 10_000)
DRAWS = 3


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("letters", type=Path)
    parser.add_argument("duties", type=Path)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--vectors", action="store_true")
    args = parser.parse_args()
    letters, test = read_labelled(args.letters), read_labelled(args.test)
    with tempfile.TemporaryDirectory() as models:
        encoder = encoder_at(Path(models), print) if args.vectors else None
    start = perf_counter()
    cold = cold_start(
        args.duties, sorted({letter.label for letter in letters}), Remembering(encoder) if encoder else None
    )
    print(f"cold start built in {perf_counter() - start:.2f} s: {figure(Learner(cold), test)}")
    for many in WITHOUT_LABELS:
        measure_self_taught(cold, letters, test, many)
    for each in A_LABEL:
        measure_lessons(cold, letters, test, each)


def cold_start(duties: Path, labels: Sequence[str], encoder: Encoder | None) -> ColdStart:
    """Return what the label system says of these labels, against the background of the built-in city's letters."""
    clauses: dict[str, list[str]] = {label: [label] for label in labels}
    with duties.open(encoding="utf-8-sig", newline="") as file:
        for label, *names in list(csv.reader(file))[1:]:
            if label in clauses:
                clauses[label] += [name for name in names if name not in clauses[label]]
    background = [judged_text(sample.subject, sample.body) for sample in load_city(BUILTIN_CITY).samples()]
    return ColdStart(clauses, learn_background(background), background, encoder)


def figure(learner: Learner, test: Sequence[Example]) -> str:
    """Return the macro F1 and accuracy of a learner."""
    best = [learner.offices[int(learner.scores(letter.text).argmax())] for letter in test]
    found = report([Outcome(letter.label, judged, 1.0) for letter, judged in zip(test, best, strict=True)])
    return f"macro F1 {found.macro_f1:.4f}, accuracy {found.accuracy:.4f}"


def measure_self_taught(cold: ColdStart, letters: Sequence[Example], test: Sequence[Example], many: int) -> None:
    """Print what so many letters without labels teach."""
    drawn = np.random.default_rng(0).permutation(len(letters))[:many].tolist()
    start = perf_counter()
    learner = self_taught(cold, [letters[index].text for index in drawn])
    taken = perf_counter() - start
    print(f"{len(drawn)} letters without labels, {taken:.1f} s: {figure(learner, test) if learner else 'abstains'}")


def measure_lessons(cold: ColdStart, letters: Sequence[Example], test: Sequence[Example], each: int) -> None:
    """Print what so many lessons a label teach one by one, and what the linear judge learns from the same letters."""
    learnt, trained, times = [], [], []
    for draw in range(DRAWS):
        examples = [letters[index] for index in _drawn(letters, each, draw)]
        learner = Learner(cold)
        for number, example in enumerate(examples):
            start = perf_counter()
            learner.learn(Lesson(str(number), example.text, example.label))
            times.append(perf_counter() - start)
        learnt.append(figure(learner, test).split()[2].rstrip(","))
        trained.append(f"{evaluate(train(examples, {}), test).macro_f1:.4f}")
    print(f"{each} lessons a label: macro F1 {' '.join(learnt)}; linear judge alone {' '.join(trained)};", end=" ")
    print(f"a lesson takes {np.mean(times) * 1e3:.2f} ms, at most {np.max(times) * 1e3:.1f}")


def _drawn(letters: Sequence[Example], each: int, draw: int) -> list[int]:
    order = np.random.default_rng(draw).permutation(len(letters)).tolist()
    labels = sorted({letter.label for letter in letters})
    return [index for label in labels for index in [row for row in order if letters[row].label == label][:each]]


if __name__ == "__main__":
    main()
