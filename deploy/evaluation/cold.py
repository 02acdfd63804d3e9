"""Routing before any letter is labelled: by names and duties alone, by letters that nobody labelled, by few lessons."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np

from minxin.classifier.evaluation import Outcome, cross_validate, report
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import self_taught
from minxin.classifier.learning.vectors import learn_background
from minxin.classifier.training import Example
from minxin.core.judgement import judged_text
from minxin.deploy.city import load_city
from minxin.deploy.evaluation.measure import Data, Figure, letter_of
from minxin.deploy.evaluation.routing import split
from minxin.deploy.settings import BUILTIN_CITY

LABELS = "teddy2020c/labels.csv"
BEIJING = "beijing_letters/letters.csv"
REPLIES = "teddy2020c/replies.csv"

_DRAWS = 3
_LESSONS = ((5, 0.80), (20, 0.83), (100, 0.87))
_UNLABELLED = (300, 1_000, 10_000)
_SELF_TAUGHT_GOAL = 0.82
_FOLDS = 5


def names_alone(data: Data) -> list[Figure]:
    """Judge the test letters by the label system, then by letters without labels, then by few lessons a class."""
    held, learnt = split(data, "test"), split(data, "train")
    labels = sorted({one.label for one in held})
    cold = cold_start(_label_clauses(data, labels), data)
    plain = cold_start({label: [label] for label in labels}, Data(data.folder))
    figures = [
        Figure(
            name="cold start, names of labels only",
            value=_macro_f1(Learner(cold), held),
            n=len(held),
            goal=0.79,
            baseline=_macro_f1(Learner(plain), held),
            note="with vectors" if data.encoder else "characters only",
        )
    ]
    figures += [_self_taught(cold, learnt, held, many) for many in _UNLABELLED]
    return [*figures, *(_lessons(cold, learnt, held, each, goal) for each, goal in _LESSONS)]


def beijing(data: Data) -> list[Figure]:
    """Route to the organisations that answered at least four letters, by duty texts."""
    return _by_duties(data, BEIJING, "dept", "capital", (0.85, 0.70, None))


def replies(data: Data) -> list[Figure]:
    """Route to the functional offices that signed at least seven replies, by duty texts."""
    return _by_duties(data, REPLIES, "dept_weak", "functional", (0.60, None, 0.85))


def cold_start(duties: Mapping[str, Sequence[str]], data: Data) -> ColdStart:
    """Return the cold start against the background of the built-in city's letters."""
    background = [judged_text(sample.subject, sample.body) for sample in load_city(BUILTIN_CITY).samples()]
    return ColdStart(duties, learn_background(background), background, data.encoder)


def _by_duties(
    data: Data, file: str, column: str, duties_file: str, goals: tuple[float | None, float | None, float | None]
) -> list[Figure]:
    duties = json.loads((files(__package__) / "duties" / f"{duties_file}.json").read_text("utf-8"))
    held = [Example(letter_of(row), row[column]) for row in data.rows(file) if row[column] in duties]
    learner = Learner(cold_start(duties, data))
    ranked = [_ranked(learner, one.text) for one in held]
    found = report([Outcome(one.label, ranks[0], 1.0) for one, ranks in zip(held, ranked, strict=True)])
    third = float(np.mean([one.label in ranks[:3] for one, ranks in zip(held, ranked, strict=True)]))
    supervised = cross_validate(held, folds=_FOLDS)
    note = f"{len(duties)} offices; the baseline is the linear judge, labelled, {_FOLDS} folds"
    first, macro, three = goals
    return [
        Figure(name="top-1", value=found.accuracy, n=found.n, goal=first, baseline=supervised.accuracy, note=note),
        Figure(name="top-3", value=third, n=found.n, goal=three),
        Figure(name="macro F1", value=found.macro_f1, n=found.n, goal=macro, baseline=supervised.macro_f1),
    ]


def _ranked(learner: Learner, text: str) -> list[str]:
    return [learner.offices[place] for place in np.argsort(-learner.scores(text), kind="stable").tolist()]


def _label_clauses(data: Data, labels: Sequence[str]) -> dict[str, list[str]]:
    clauses: dict[str, list[str]] = {label: [label] for label in labels}
    for row in data.rows(LABELS):
        own = clauses.get(row["level1"], [])
        own += [name for name in (row["level2"], row["level3"]) if name not in own]
    return clauses


def _macro_f1(learner: Learner, held: Sequence[Example]) -> float:
    return report([Outcome(one.label, _ranked(learner, one.text)[0], 1.0) for one in held]).macro_f1


def _self_taught(cold: ColdStart, learnt: Sequence[Example], held: Sequence[Example], many: int) -> Figure:
    drawn = np.random.default_rng(0).permutation(len(learnt))[:many].tolist()
    learner = self_taught(cold, [learnt[place].text for place in drawn])
    return Figure(
        name=f"self-taught by {len(drawn):,} letters without labels",
        value=_macro_f1(learner or Learner(cold), held),
        n=len(held),
        goal=_SELF_TAUGHT_GOAL if many > len(learnt) else None,
        note="" if learner else "abstained: the cold start serves",
    )


def _lessons(cold: ColdStart, learnt: Sequence[Example], held: Sequence[Example], each: int, goal: float) -> Figure:
    drawn = []
    for draw in range(_DRAWS):
        learner = Learner(cold)
        learner.replay(
            Lesson(str(place), learnt[place].text, learnt[place].label) for place in _drawn(learnt, each, draw)
        )
        drawn.append(_macro_f1(learner, held))
    note = f"mean of {_DRAWS} draws: {', '.join(f'{one:.3f}' for one in drawn)}"
    return Figure(name=f"{each} lessons a class", value=float(np.mean(drawn)), n=len(held), goal=goal, note=note)


def _drawn(learnt: Sequence[Example], each: int, draw: int) -> list[int]:
    taken: Counter[str] = Counter()
    places = []
    for place in np.random.default_rng(draw).permutation(len(learnt)).tolist():
        label = learnt[place].label
        if taken[label] < each:
            taken[label] += 1
            places.append(place)
    return places
