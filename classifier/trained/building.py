"""Builds a trained model (训练): every voice is tried on letters that it had not seen, the best is kept with its card.

A run that was killed goes on after the last fold or epoch that it finished.
"""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from minxin.classifier.calibration import LEAST_LETTERS, Numbers, Scores, calibrate
from minxin.classifier.durable import write_durably
from minxin.classifier.linear import Model
from minxin.classifier.neardup import deal_into_folds, near_duplicate_groups
from minxin.classifier.text import fold
from minxin.classifier.thresholds import thresholds
from minxin.classifier.trained.card import FORMAT, Card, Data, Method, encoded, signed
from minxin.classifier.trained.choosing import Choice, Evidence, blended, choose, log_odds
from minxin.classifier.trained.model import ENCODER_FOLDER, LINEAR_FOLDER, UNSEEN_FILE, letter_key
from minxin.classifier.trained.work import KeptFolds, Work
from minxin.classifier.training import DEFAULT_SETTINGS, Example, clauses_of, train_and_prove
from minxin.classifier.version_card import CARD, checksum, files_in
from minxin.core.errors import InvalidInputError

# Imported for real where it is used: it needs packages that training the plain model alone does not.
if TYPE_CHECKING:
    from minxin.classifier.trained.encoding import TuningPlan

OnProgress = Callable[[str, int, int], None]  # called with the stage, how much of it is done, and of how much

MADE = "made"
_SEED = 0


class Lessons(Struct, frozen=True):
    """What is learnt from. ``names`` has what people call each label, ``source`` where the letters come from.

    ``routable`` says that every label is an office that letters are routed to.
    """

    examples: Sequence[Example]
    duties: Mapping[str, str]
    names: Mapping[str, str]
    source: str
    routable: bool


class Order(Struct, frozen=True):
    """What to train; ``plan`` says how an encoder is tuned, None that none is. ``precision`` is what is aimed at."""

    lessons: Lessons
    precision: float
    now: datetime
    folds: int = 5
    plan: TuningPlan | None = None


class _Course(Struct, frozen=True):
    """The letters as all voices learn them, and the plain voice."""

    examples: list[Example]
    texts: list[str]
    groups: Numbers
    fold_of: Numbers
    truth: Numbers
    model: Model
    linear: Scores


def build(order: Order, work: Work, tell: OnProgress) -> tuple[Path, Card]:
    """Train, choose, and return a finished folder below the ``work`` folder with its card.

    Raises :class:`InvalidInputError` for fewer than thirty letters or two labels, fewer letters than folds, and what
    the plan raises.
    """
    examples, plan = order.lessons.examples, order.plan
    labels = {example.label for example in examples}
    if len(labels) < 2 or len(examples) < max(LEAST_LETTERS, order.folds):
        raise InvalidInputError("train.too_few", n=len(examples), labels=len(labels), folds=order.folds)
    course = _course(order, work, tell)
    encoder = _encoder_scores(course, order.lessons, plan, work, tell) if plan else None
    judged = course.fold_of < (plan.judged_folds if plan else order.folds)
    evidence = Evidence(
        course.model.labels,
        course.truth[judged],
        course.groups[judged],
        course.linear[judged],
        None if encoder is None else encoder[judged],
    )
    choice = choose(evidence, order.precision)
    made = work.folder / MADE
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    if plan and choice.best.weight:
        tuned = plan.tune_all(_taught(course, order.lessons), len(course.model.labels), work, tell)
        tuned.rename(made / ENCODER_FOLDER)
    course.model.save(made / LINEAR_FOLDER)
    _write_unseen(made, course, evidence, choice, judged)
    card = _card(made, course, order, choice, evidence)
    write_durably(made / CARD, encoded(card))
    return made, card


def _course(order: Order, work: Work, tell: OnProgress) -> _Course:
    model, examples, linear = train_and_prove(
        order.lessons.examples,
        order.lessons.duties,
        seed=_SEED,
        settings=replace(DEFAULT_SETTINGS, folds=order.folds),
        on_fold=lambda done, of: tell("linear", done, of),
        kept=KeptFolds(work, "linear"),
    )
    texts = [fold(example.text).text for example in examples]
    names = [example.label for example in examples]
    groups = near_duplicate_groups(texts)
    column_of = {label: column for column, label in enumerate(model.labels)}
    truth = np.array([column_of[name] for name in names], dtype=np.int64)
    fold_of = deal_into_folds(names, groups, order.folds, _SEED)
    return _Course(examples, texts, groups, fold_of, truth, model, linear)


def _taught(course: _Course, lessons: Lessons) -> tuple[list[str], Numbers]:
    """Return all that an encoder learns, with the column of each: the letters, then the clauses of the duties."""
    clauses = clauses_of(lessons.duties)
    column_of = {label: column for column, label in enumerate(course.model.labels)}
    columns = [*course.truth.tolist(), *(column_of[label] for label, _ in clauses)]
    return [*course.texts, *(clause for _, clause in clauses)], np.array(columns, dtype=np.int64)


def _encoder_scores(course: _Course, lessons: Lessons, plan: TuningPlan, work: Work, tell: OnProgress) -> Scores:
    """Return log-odds of the letters of the folds that the plan tries; other rows are zero."""
    taught = _taught(course, lessons)
    scores = np.zeros_like(course.linear)
    kept = KeptFolds(work, "encoder")
    for number in range(plan.judged_folds):
        held_out = np.flatnonzero(course.fold_of == number).tolist()
        found = kept.recall(number)
        if found is None:
            letters = np.flatnonzero(course.fold_of != number).tolist()
            others = [*letters, *range(len(course.texts), len(taught[0]))]
            found = plan.judge_fold(number, taught, others, held_out, scores.shape[1], work, tell)
            kept.keep(number, found)
        scores[held_out] = log_odds(found)
        tell("encoder.folds", number + 1, plan.judged_folds)
    return scores


def _write_unseen(made: Path, course: _Course, evidence: Evidence, choice: Choice, judged: NDArray[np.bool_]) -> None:
    said = choice.probabilities.argmax(axis=1)
    scores = np.empty_like(course.linear)
    scores[judged] = choice.calibration.lines(blended(evidence.linear, evidence.encoder, choice.best.weight))
    # A letter that the encoder never judged unseen has the plain voice alone, on the same scale.
    scores[~judged] = calibrate(evidence.linear, evidence.truth).lines(course.linear[~judged])
    Work(made).keep(
        UNSEEN_FILE.removesuffix(".npz"),
        keys=np.array([letter_key(text) for text in course.texts]),
        scores=scores.astype(np.float32),
        judged=said,
        confidence=choice.probabilities.max(axis=1).astype(np.float32),
        right=said == evidence.truth,
    )


def _card(made: Path, course: _Course, order: Order, choice: Choice, evidence: Evidence) -> Card:
    labels = course.model.labels
    said, confidence = choice.probabilities.argmax(axis=1), choice.probabilities.max(axis=1)
    names = [labels[column] for column in said.tolist()]
    chosen = thresholds(names, confidence, said == evidence.truth, order.precision)
    card = Card(
        format=FORMAT,
        made_at=order.now,
        chosen=choice.best.name,
        weight=choice.best.weight,
        labels=labels,
        names={label: order.lessons.names.get(label, label) for label in labels},
        routable=order.lessons.routable,
        precision=order.precision,
        pooled_threshold=_finite(chosen.pooled),
        thresholds={label: _finite(value) for label, value in chosen.of_office.items()},
        data=_data(course, order.lessons),
        method=_method(order),
        proofs=choice.proofs,
        slopes=tuple(choice.calibration.slopes.tolist()),
        offsets=tuple(choice.calibration.offsets.tolist()),
        temperature=choice.calibration.temperature,
        files=files_in(made),
    )
    return signed(card)


def _data(course: _Course, lessons: Lessons) -> Data:
    said = "\0".join(f"{example.label}\0{text}" for example, text in zip(course.examples, course.texts, strict=True))
    return Data(
        source=lessons.source,
        letters=len(course.texts),
        of_label=dict(sorted(Counter(example.label for example in course.examples).items())),
        duties=len(clauses_of(lessons.duties)),
        sha256=checksum(said.encode("utf-8", "surrogatepass")),
    )


def _method(order: Order) -> Method:
    if order.plan is None:
        return Method(order.folds, 0, "", 0, 0, 0)
    plan, tuning = order.plan, order.plan.tuning
    return Method(order.folds, plan.judged_folds, plan.name, tuning.epochs, tuning.frozen_layers, tuning.most_tokens)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
