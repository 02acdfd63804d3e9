"""Measures the plain judge: quality by folds, time to train, to load and to judge.

``python tests/bench/bench_classifier.py LETTERS.csv [--test TEST.csv]``: columns ``subject, body, label``. The
folds are of LETTERS.csv; TEST.csv, if given, is only scored. Figures go to stdout, one a line.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from minxin.classifier.evaluation import Report, cross_validate, evaluate
from minxin.classifier.judge import Judge, Models, load_judge
from minxin.classifier.linear import Model
from minxin.classifier.training import train
from minxin.deploy.commands.evaluate import read_labelled

LETTER_CHARS = 300
JUDGED = 1_000


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
    measure_load(Judge(Models(model)))
    measure_judging(Judge(Models(model)), [item.text for item in letters])


def show(name: str, report: Report) -> None:
    """Print the figures of one evaluation."""
    print(
        f"{name}: n {report.n}, macro F1 {report.macro_f1:.4f}, accuracy {report.accuracy:.4f}, ECE {report.ece:.4f},"
        f" coverage at 95 % {report.coverage_at_95:.3f}, at 98 % {report.coverage_at_98:.3f}"
    )


def show_promise(model: Model, letters: list[tuple[str, str]]) -> None:
    """Print what the thresholds chosen in training keep on letters never seen."""
    for precision in (0.90, 0.95, 0.98):
        judge = Judge(Models(model), precision=precision)
        right = []
        for text, label in letters:
            judgement = judge.judge(*text.split("\n", 1))
            if judgement.confident:
                right.append(judgement.candidates[0].office_id == label)
        share = len(right) / len(letters)
        print(f"wished precision {precision:.2f}: kept {np.mean(right):.4f} on {share:.3f} of the letters")


def measure_load(judge: Judge) -> None:
    """Print the time to load a saved judge, in this process and from the start of another."""
    with tempfile.TemporaryDirectory() as folder:
        judge.save(Path(folder))
        start = perf_counter()
        load_judge(Path(folder))
        print(f"load: {perf_counter() - start:.3f} s")
        code = (
            "from pathlib import Path; from minxin.classifier.judge import load_judge;"
            f"load_judge(Path({folder!r})).judge('', '')"
        )
        start = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
        print(f"start of a process, load and first judgement: {perf_counter() - start:.3f} s")


def measure_judging(judge: Judge, texts: list[str]) -> None:
    """Print the time of one judgement with evidence, for letters of 300 characters and for a hostile one."""
    bodies = [text.split("\n", 1)[1] for text in texts]
    letters = [("关于小区的问题", (body * 3)[:LETTER_CHARS]) for body in bodies if len(body) >= 100][:JUDGED]
    judge.judge_many(letters[:50])
    times = []
    for letter in letters:
        start = perf_counter()
        judge.judge(*letter)
        times.append((perf_counter() - start) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    print(f"judge {LETTER_CHARS} characters: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {1e3 / np.mean(times):.0f} letters/s")
    for name, hostile in (("举报", "举报" * 50_000), ("局长", "局长" * 50_000), ("㍿", "㍿" * 100_000)):
        start = perf_counter()
        judge.judge("x", hostile)
        print(f"judge 100,000 characters of {name}: {(perf_counter() - start) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
