"""Measures what ``minxin train`` makes of labelled letters.

``python tests/bench/bench_train.py TRAIN.csv TEST.csv [--work FOLDER]``: columns ``subject, body, label``; one folder
instead of two files is the shared data, of which ``teddy2020c/letters.csv`` is taken by its ``split``. Everything is
learnt and chosen on the training letters; the test letters are scored once, by what was chosen. Without torch, or with
``--linear``, only the plain model is trained. A killed run goes on with the same ``--work``. One thread; set
``OMP_NUM_THREADS`` for more.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from minxin.classifier.evaluation import Outcome, Report, report
from minxin.classifier.trained.building import Lessons, Order, build
from minxin.classifier.trained.model import TrainedModel, load_trained
from minxin.classifier.trained.work import Work
from minxin.classifier.training import Example
from minxin.core.judgement import judged_text
from minxin.deploy.labelled import read_labelled
from minxin.deploy.training.page import write_page
from minxin.deploy.training.progress import Bars

LETTER_CHARS = 300
JUDGED = 50
PROMISES = (0.95, 0.98)


def main() -> int:
    """Train, print the card's figures, then those of the test letters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path, nargs="?")
    parser.add_argument("--work", type=Path, help="where what is finished is kept (else a folder that goes away)")
    parser.add_argument("--linear", action="store_true")
    parser.add_argument("--base", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--judged-folds", type=int, default=5)
    args = parser.parse_args()
    if args.train.is_dir() and not (args.train / "teddy2020c" / "letters.csv").is_file():
        print(f"left out: there is no {args.train / 'teddy2020c' / 'letters.csv'}")
        return 0
    letters, unseen = _both(args)
    with tempfile.TemporaryDirectory() as folder:
        model = _trained(args, letters, args.work or Path(folder))
        _measure(model, unseen)
        _time(model, [letter.text for letter in unseen])
    return 0


def _both(args: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    if args.test:
        return read_labelled(args.train), read_labelled(args.test)
    with (args.train / "teddy2020c" / "letters.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    made = {
        split: [
            Example(judged_text(row["subject"], row["body"]), row["label"]) for row in rows if row["split"] == split
        ]
        for split in ("train", "test")
    }
    return made["train"], made["test"]


def _trained(args: argparse.Namespace, letters: Sequence[Example], folder: Path) -> TrainedModel:
    plan = None
    if not args.linear and find_spec("torch"):
        from minxin.classifier.trained.encoding import plan_for
        from minxin.classifier.trained.tuning import Tuning

        plan = plan_for(args.base, Tuning(epochs=args.epochs), args.judged_folds)
    order = Order(Lessons(letters, {}, {}, str(args.train), routable=False), 0.98, datetime.now(UTC), plan=plan)
    start = perf_counter()
    made, card = build(order, Work(folder), Bars(sys.stderr))
    print(f"trained on {card.data.letters} letters in {perf_counter() - start:.0f} s: {card.chosen}, {card.weight}")
    for proof in card.proofs:
        kept = "–" if proof.kept is None else f"{proof.kept:.4f}"
        alone = f"routed {proof.routed:.3f} at {kept}"
        print(f"unseen {proof.name} (encoder {proof.weight}): {_figures(proof.report)}, {alone}")
    write_page(card, made)
    place = folder / card.version
    shutil.rmtree(place, ignore_errors=True)
    start = perf_counter()
    model = load_trained(made.rename(place))
    print(f"load: {perf_counter() - start:.2f} s, {sum(file.stat().st_size for file in place.rglob('*')) / 1e6:.0f} MB")
    return model


def _measure(model: TrainedModel, letters: Sequence[Example]) -> None:
    rows = np.array([model.probabilities(letter.text) for letter in letters])
    judged = [model.labels[column] for column in rows.argmax(axis=1).tolist()]
    sure = rows.max(axis=1)
    outcomes = [
        Outcome(letter.label, said, float(chance)) for letter, said, chance in zip(letters, judged, sure, strict=True)
    ]
    print(f"test: n {len(letters)}, {_figures(report(outcomes))}")
    for precision in PROMISES:
        chosen = model.thresholds(precision)
        alone = [one for one in outcomes if chosen.routes(one.judged, one.confidence)]
        right = np.mean([one.truth == one.judged for one in alone]) if alone else float("nan")
        print(f"test: wished {precision:.2f}, kept {right:.4f} on {len(alone) / len(outcomes):.3f} of the letters")


def _figures(said: Report) -> str:
    return (
        f"macro F1 {said.macro_f1:.4f}, accuracy {said.accuracy:.4f}, ECE {said.ece:.4f},"
        f" coverage at 95 % {said.coverage_at_95:.3f}, at 98 % {said.coverage_at_98:.3f}"
    )


def _time(model: TrainedModel, texts: Sequence[str]) -> None:
    long = [text[:LETTER_CHARS] for text in texts if len(text) >= LETTER_CHARS][:JUDGED]
    if not long:
        return
    took = []
    for text in long:
        start = perf_counter()
        model.probabilities(text)
        took.append((perf_counter() - start) * 1_000)
    print(
        f"{LETTER_CHARS} characters, one thread: median {np.median(took):.1f} ms, p95 {np.quantile(took, 0.95):.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
