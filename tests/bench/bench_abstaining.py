"""Measures how sure searching is of the built-in city's passages, and fits what the confidence is made of.

``python tests/bench/bench_abstaining.py [--fit] [--vectors FILE] [--models FOLDER]``

``data/search_tuning.csv`` holds questions written for choosing: half of them something here answers, half nothing.
With ``--fit`` the logistic regressions of ``classifier/retrieval/searching.py`` are fitted on them and printed.
``data/out_of_scope.csv`` (nothing answers them) and ``data/matter_requests.csv`` are reported and never chosen on.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.city_shelf import city_shelf  # noqa: E402

from minxin.classifier.retrieval.searching import MOST_LEAD, score, search  # noqa: E402
from minxin.classifier.retrieval.shelf import Features, Shelf  # noqa: E402
from minxin.consult.assistant.dialogue import CONFIDENT, PLAUSIBLE  # noqa: E402
from minxin.deploy.vectors import encoder_at  # noqa: E402

DATA = Path(__file__).with_name("data")
REGULARISATION = 1.0


@dataclass(frozen=True)
class Asked:
    """A question with the passages that answer it, none when nothing here does."""

    text: str
    right: frozenset[str]


def tuning() -> list[Asked]:
    """Return the questions to choose on."""
    with (DATA / "search_tuning.csv").open(encoding="utf-8", newline="") as file:
        return [Asked(row["question"], frozenset(row["answered_by"].split())) for row in csv.DictReader(file)]


def out_of_scope() -> list[Asked]:
    """Return the questions that nothing answers."""
    with (DATA / "out_of_scope.csv").open(encoding="utf-8", newline="") as file:
        return [Asked(row["question"], frozenset()) for row in csv.DictReader(file)]


def matter_requests() -> list[Asked]:
    """Return the requests for a matter."""
    with (DATA / "matter_requests.csv").open(encoding="utf-8", newline="") as file:
        return [Asked(row["request"], frozenset({f"matter:{row['code']}"})) for row in csv.DictReader(file)]


def fit(shelf: Shelf, asked: Sequence[Asked], with_vectors: bool) -> None:
    """Print the weights that tell best whether the first entry answers."""
    rows, answers = [], []
    for one in asked:
        candidates = shelf.candidates(one.text)
        ranked = sorted(candidates, key=lambda name: (-score(candidates[name]), name))[:2]
        scores = [score(candidates[name]) for name in ranked]
        best = candidates[ranked[0]] if ranked else Features(*[0.0] * len(Features.__struct_fields__))
        lead = min(scores[0] - scores[1], MOST_LEAD) if len(scores) > 1 else MOST_LEAD
        rows.append([best.body + best.mended, best.singles, lead, *([best.cosine] if with_vectors else [])])
        answers.append(bool(one.right & set(ranked[:1])))
    values = np.array(rows)
    middle, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(C=REGULARISATION).fit((values - middle) / spread, answers)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ middle)
    named = zip(("pairs", "singles", "lead", "cosine"), weights, strict=False)
    print(f"  fitted: bias {bias:.1f}", *(f"{name} {value:.1f}" for name, value in named))


def told(shelf: Shelf, asked: Sequence[Asked]) -> str:
    """Return how many are answered at once, and how many have a right one among the first three."""
    sure = right = offered = 0
    for one in asked:
        found = search(shelf, one.text, 10)
        head = found[0] if found else None
        if head is not None and head.confidence >= CONFIDENT:
            sure += 1
            right += head.id in one.right
        offered += bool(one.right & {other.id for other in found[:3] if other.confidence >= PLAUSIBLE})
    count = len(asked)
    shares = f"confident {sure / count:.3f}  of these right {right}/{sure}  right one offered {offered / count:.3f}"
    return f"n {count:3}  {shares}"


def ranks(shelf: Shelf, asked: Sequence[Asked]) -> str:
    """Return how often the right matter is first, and among the first three, of the matters."""
    first = three = 0
    for one in asked:
        found = [other.id for other in search(shelf, one.text, 3, {"matter"})]
        first += bool(one.right & set(found[:1]))
        three += bool(one.right & set(found))
    return f"n {len(asked):3}  top 1 {first / len(asked):.3f}  top 3 {three / len(asked):.3f}"


def main() -> None:
    """Print a block for searching with vectors, and one for words alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--models", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        encoder = encoder_at(arguments.models or Path(scratch), print)
        file = arguments.vectors or Path(scratch) / "vectors"
        for name, used in (("with vectors", encoder), ("words alone", None)):
            shelf = city_shelf(used, file)
            print(f"{name}, {len(shelf)} passages, confident from {CONFIDENT}")
            if arguments.fit:
                fit(shelf, tuning(), used is not None)
            print("  tuning, answered     ", told(shelf, [one for one in tuning() if one.right]))
            print("  tuning, out of scope ", told(shelf, [one for one in tuning() if not one.right]))
            print("  out of scope         ", told(shelf, out_of_scope()))
            print("  matter requests      ", told(shelf, matter_requests()))
            print("  matters alone        ", ranks(shelf, matter_requests()))


if __name__ == "__main__":
    main()
