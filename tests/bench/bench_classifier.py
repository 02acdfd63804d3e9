"""Measures the linear model: quality by folds and on letters never seen, and the time to train.

``python tests/bench/bench_classifier.py LETTERS.csv [--test TEST.csv]``: columns ``subject, body, label``. The
folds are of LETTERS.csv; TEST.csv, if given, is only scored. Figures go to stdout, one a line.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np

from minxin.classifier.evaluation import Report, cross_validate, evaluate
from minxin.classifier.linear import Model
from minxin.classifier.text import fold
from minxin.classifier.training import train
from minxin.deploy.commands.evaluate import read_labelled


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("letters", type=Path)
    parser.add_argument("--test", type=Path)
    args = parser.parse_args()
    letters = read_labelled(args.letters)
    start = perf_counter()
    show("5 folds", cross_validate(letters))
    print(f"5 folds: {perf_counter() - start:.1f} s")
    start = perf_counter()
    model = train(letters, {})
    print(f"train {len(letters)} letters: {perf_counter() - start:.1f} s, {len(model.vocabulary.keys)} n-grams")
    if args.test:
        unseen = read_labelled(args.test)
        show("test", evaluate(model, unseen))
        show_promise(model, [(item.text, item.label) for item in unseen])


def show(name: str, report: Report) -> None:
    """Print the figures of one evaluation."""
    print(
        f"{name}: n {report.n}, macro F1 {report.macro_f1:.4f}, accuracy {report.accuracy:.4f}, ECE {report.ece:.4f},"
        f" coverage at 95 % {report.coverage_at_95:.3f}, at 98 % {report.coverage_at_98:.3f}"
    )


def show_promise(model: Model, letters: list[tuple[str, str]]) -> None:
    """Print what the thresholds chosen in training keep on letters never seen."""
    rows = np.array([model.probabilities(model.features(fold(text).text)) for text, _ in letters])
    right = np.array([model.labels[column] for column in rows.argmax(axis=1)]) == np.array([one for _, one in letters])
    for precision in (0.90, 0.95, 0.98):
        alone = rows.max(axis=1) >= model.record.threshold(precision)
        print(f"wished precision {precision:.2f}: kept {right[alone].mean():.4f} on {alone.mean():.3f} of the letters")


if __name__ == "__main__":
    main()
