"""Makes a trained model in the data folder (训练与存放): one run at a time, and a killed one goes on."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from minxin import __version__
from minxin.classifier.shelf import WORK
from minxin.classifier.trained.building import OnProgress, Order, build
from minxin.classifier.trained.card import Card
from minxin.classifier.trained.shelf import put, shelf_of, use
from minxin.classifier.trained.work import Work
from minxin.core.errors import UnavailableError
from minxin.deploy.training.page import write_page


def make(order: Order, models: Path, tell: OnProgress) -> Card:
    """Train a version, keep it below ``models``, and let it serve if it can route.

    Raises :class:`UnavailableError` while another training runs there, and what :func:`build` raises.
    """
    shelf = shelf_of(models)
    with alone(shelf):
        work = _work(shelf / WORK, order)
        made, card = build(order, work, tell)
        write_page(card, made)
        put(models, made, card.version)
        if card.routable:
            use(models, card.version)
        shutil.rmtree(work.folder)
    return card


@contextmanager
def alone(shelf: Path) -> Iterator[None]:
    """Be the only one that makes versions on a shelf; raises :class:`UnavailableError` where another does."""
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnavailableError("train.busy", folder=shelf) from error
        yield


def _work(folder: Path, order: Order) -> Work:
    """Return the work folder of this order; what others left half-done is given up."""
    lessons = order.lessons
    examples = sorted((example.text, example.label, example.weight) for example in lessons.examples)
    plan = order.plan.fingerprint if order.plan else ""
    said = (__version__, examples, sorted(lessons.duties.items()), order.folds, plan)
    name = hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]
    for other in folder.iterdir() if folder.is_dir() else ():
        if other.name != name:
            shutil.rmtree(other)
    return Work(folder / name)
