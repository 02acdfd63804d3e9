"""How long the judge of the built-in city takes to load, and over a letter with everything that it says."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from minxin.deploy.city import load_city
from minxin.deploy.evaluation.measure import Data, Figure, tell
from minxin.deploy.judging import School
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.vectors import encoder_at

_LETTER_CHARS = 300
_LETTERS = 100
_LINEAR_MS, _WITH_VECTORS_MS = 2.0, 80.0
_LOAD_S = 2.0
_PRECISION = 0.95


def speed(data: Data) -> list[Figure]:
    """Train the built-in city's judge, load it again, and judge letters of 300 characters."""
    city = load_city(BUILTIN_CITY)
    with TemporaryDirectory() as folder:
        School(city, Path(folder), _PRECISION, tell).train()
        vectors = encoder_at(Path(folder), tell) is not None
        start = perf_counter()
        judge = School(city, Path(folder), _PRECISION, tell).kept()
        loaded_s = perf_counter() - start
    if judge is None:
        return []
    letters = [(sample.subject, _long(sample.body)) for sample in city.samples()[:_LETTERS]]
    taken = []
    for subject, body in letters:
        start = perf_counter()
        judge.judge(subject, body)
        taken.append((perf_counter() - start) * 1_000)
    return [
        Figure(name="load", value=loaded_s, n=1, goal=_LOAD_S, at_most=True, unit="s"),
        Figure(
            name="one letter of 300 characters, median",
            value=float(np.median(taken)),
            n=len(letters),
            goal=_WITH_VECTORS_MS if vectors else _LINEAR_MS,
            at_most=True,
            unit="ms",
            note="with vectors" if vectors else "characters only",
        ),
    ]


def _long(body: str) -> str:
    return (body * (_LETTER_CHARS // max(1, len(body)) + 1))[:_LETTER_CHARS]
