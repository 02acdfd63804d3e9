"""What a measure (指标) of ``minxin evaluate --all`` is. To add one, put its row into ``registry.py``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.learning.ear import Encoder
from minxin.core.judgement import judged_text

_LONGEST_FIELD_CHARS = 10_000_000


class Figure(Struct, frozen=True, kw_only=True):
    """One row of the table. ``value`` and ``baseline`` are shares unless ``unit`` says otherwise.

    ``goal`` None means that the figure is only reported; ``at_most`` that less is better. ``baseline`` is that of a
    plain method in the same run; ``n`` is how many items were judged.
    """

    name: str
    value: float
    n: int
    goal: float | None = None
    at_most: bool = False
    baseline: float | None = None
    unit: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Say whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal


@dataclass(frozen=True)
class Data:
    """The folder with the public data, and the encoder of this installation if there is one."""

    folder: Path
    encoder: Encoder | None = None

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV in UTF-8."""
        csv.field_size_limit(_LONGEST_FIELD_CHARS)
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


Run = Callable[[Data], Sequence[Figure]]


@dataclass(frozen=True)
class Measure:
    """``name`` chooses it on the command line; ``files`` are read below the folder, ``run`` gives its figures."""

    name: str
    about: str
    files: tuple[str, ...]
    run: Run

    def missing(self, folder: Path) -> list[str]:
        """Return the files that are not there."""
        return [name for name in self.files if not (folder / name).is_file()]


def letter_of(row: dict[str, str]) -> str:
    """Return the judged text of a row with ``subject`` and ``body``."""
    return judged_text(row["subject"], row["body"].strip())


def tell(text: str) -> None:
    """Say on the error stream how far it is."""
    print(text, file=sys.stderr, flush=True)


class Remembering:
    """An encoder that reads each text once: a run judges the same letters many times."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text."""
        for text in texts:
            if text not in self._known:
                self._known[text] = self._encoder([text])[0]
        return np.array([self._known[text] for text in texts], dtype=np.float32)
