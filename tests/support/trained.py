"""Letters of two offices that a model learns from quickly, and a stand-in for the encoder that a GPU would tune."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from support.tiny_encoder import tiny_weights

from minxin.classifier.calibration import Scores
from minxin.classifier.encoder.encoder import load_encoder
from minxin.classifier.encoder.export import export
from minxin.classifier.text import fold
from minxin.classifier.trained.building import Lessons, Order, build
from minxin.classifier.trained.card import Card
from minxin.classifier.trained.shelf import put, shelf_of, use
from minxin.classifier.trained.tuning import Tuning
from minxin.classifier.trained.work import Work
from minxin.classifier.training import Example

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LABELS = ("buses", "water")
SAID = {"buses": "公交车不来，公交站没有遮雨棚", "water": "水管漏水，漏水三天没人修"}


def made_letters(many: int, seed: int = 0) -> list[Example]:
    """Return letters that tell their office, among words that tell nothing; every ninth has the wrong label."""
    chance = random.Random(seed)
    letters = []
    for number in range(many):
        label = LABELS[number % 2]
        noise = "".join(chr(chance.randrange(0x4E00, 0x9FA0)) for _ in range(60))
        told = LABELS[1 - number % 2] if number % 9 == 0 else label
        letters.append(Example(f"{noise[:8]}\n{SAID[told]}，{noise[8:]}", label))
    return letters


def made_order(many: int = 120, plan: Any = None, *, routable: bool = True, precision: float = 0.8) -> Order:
    """Return an order to train on made letters."""
    lessons = Lessons(made_letters(many), {}, {"water": "水务局"}, "made", routable)
    return Order(lessons, precision, NOW, 3, plan)


def made_version(models: Path, order: Order, tell: Callable[[str, int, int], None] = lambda *_: None) -> Card:
    """Train a version, put it on the shelf and let it serve."""
    work = Work(shelf_of(models) / "work" / "test")
    made, card = build(order, work, tell)
    put(models, made, card.version)
    shutil.rmtree(work.folder)
    use(models, card.version)
    return card


def write_letters(file: Path, letters: Sequence[Example]) -> Path:
    """Write a file that ``minxin train`` reads."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(("subject", "body", "label"))
        rows.writerows((*letter.text.split("\n", 1), letter.label) for letter in letters)
    return file


class StandIn:
    """Has what ``classifier.trained.encoding.Plan`` has, and an encoder that nobody tuned.

    Of each fold it says what ``said`` does, once for each letter that was held out.
    """

    def __init__(self, said: Callable[[str], Sequence[float]], judged_folds: int = 3) -> None:
        self.name, self.tuning, self.judged_folds = "stand-in", Tuning(), judged_folds
        self.fingerprint = "stand-in"
        self.folds: list[int] = []
        self._said = said

    def judge_fold(self, number: int, taught: Any, others: Any, held_out: Sequence[int], *_: Any) -> Scores:
        self.folds.append(number)
        return np.array([self._said(taught[0][row]) for row in held_out], dtype=np.float64)

    def tune_all(self, taught: Any, labels: int, work: Work, tell: Any) -> Path:
        folder = work.folder / "encoder-all"
        export(tiny_weights(labels), folder, labels=[str(column) for column in range(labels)])
        load_encoder(folder)
        return folder


def knows_it_all(letters: Sequence[Example]) -> Callable[[str], tuple[float, float]]:
    """Return what is always surely right, as logits of the labels."""
    label_of = {fold(letter.text).text: letter.label for letter in letters}
    return lambda text: (4.0, 0.0) if label_of[text] == LABELS[0] else (0.0, 4.0)
