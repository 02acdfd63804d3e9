"""Training of the plain judge: deterministic, replayable from the stored examples, seconds for thousands of letters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import LEAST_LETTERS, Calibration, Scores, calibrate
from minxin.classifier.linear import FORMAT, Fit, Model, Record, Settings
from minxin.classifier.neardup import deal_into_folds, near_duplicate_groups
from minxin.classifier.ngrams import Counted, Features, Vocabulary, counted_ngrams, learn_vocabulary
from minxin.classifier.text import fold
from minxin.core.errors import InvalidInputError

DEFAULT_SETTINGS = Settings()

_CLAUSE_END = re.compile(r"[。；;\n]+")
_NEVER_SEEN = -4.0  # the score of a label whose only letter is held out

Folds = NDArray[np.int64]
OnFold = Callable[[int, int], None]  # called with the number of folds done, and of all


class Example(Struct, frozen=True):
    """One lesson: a text as :func:`minxin.core.judgement.judged_text` joins it, and the label that is right for it."""

    text: str
    label: str
    weight: float = 1.0


class KeptFolds(Protocol):
    """Keeps finished folds, so that a run that was killed need not judge them again."""

    def recall(self, fold: int) -> Scores | None: ...

    def keep(self, fold: int, scores: Scores) -> None: ...


class Unseen(Struct, frozen=True):
    """Scores of each example by a model that had not seen it or its near-duplicates, with the fold it was in."""

    scores: Scores
    fold_of: Folds


class _Corpus(Struct, frozen=True):
    """Folded texts, counted once for all folds: the letters first, then the clauses of the duties.

    ``names`` are all labels, in order; ``fit`` is chosen by how many texts there are.
    """

    texts: list[str]
    counted: list[Counted]
    labels: list[str]
    weights: list[float]
    letters: int
    names: tuple[str, ...]
    fit: Fit


def train(
    examples: Sequence[Example],
    duties: Mapping[str, str],
    *,
    seed: int = 0,
    settings: Settings = DEFAULT_SETTINGS,
    on_fold: OnFold | None = None,
) -> Model:
    """Learn from letters and from the duty texts of each label; either may be missing, but not both.

    The order of ``examples`` does not matter: the same lessons give the same version and the same predictions.
    Raises :class:`InvalidInputError` when there is nothing to learn from.
    """
    return train_and_prove(examples, duties, seed=seed, settings=settings, on_fold=on_fold)[0]


def train_and_prove(
    examples: Sequence[Example],
    duties: Mapping[str, str],
    *,
    seed: int = 0,
    settings: Settings = DEFAULT_SETTINGS,
    on_fold: OnFold | None = None,
    kept: KeptFolds | None = None,
) -> tuple[Model, list[Example], Scores]:
    """Do as :func:`train` does, and return what models that had not seen them said of the examples, too.

    The examples come in the order of the rows; the scores are the log-odds that the model itself would give. Folds that
    ``kept`` recalls are not judged again.
    """
    ordered = sorted(examples, key=lambda example: (example.text, example.label, example.weight))
    corpus = _corpus(ordered, duties, settings)
    if not corpus.texts:
        raise InvalidInputError("classifier.train.no_data")
    unseen = _unseen_scores(corpus, seed, settings, on_fold, kept)
    truth = _label_numbers(ordered, corpus.names)
    calibration = calibrate(unseen.scores, truth)
    vocabulary, weights, intercepts = _fit(corpus, range(len(corpus.texts)), seed, settings)
    model = Model(
        version=_version(ordered, duties, seed, settings),
        labels=corpus.names,
        vocabulary=vocabulary,
        weights=weights * calibration.slopes.astype(np.float32),
        intercepts=calibration.lines(intercepts.astype(np.float64)).astype(np.float32),
        temperature=calibration.temperature,
        record=_record(unseen.scores, truth, calibration),
        examples=len(ordered),
    )
    return model, ordered, calibration.lines(unseen.scores)


def clauses_of(duties: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each label with a folded clause of its duties.

    Duties have no subject: they stand where the body of a letter stands.
    """
    return [
        (label, "\n" + fold(clause).text)
        for label in sorted(duties)
        for clause in filter(None, map(str.strip, _CLAUSE_END.split(duties[label])))
    ]


def unseen_scores(
    examples: Sequence[Example],
    duties: Mapping[str, str],
    *,
    seed: int = 0,
    settings: Settings = DEFAULT_SETTINGS,
    on_fold: OnFold | None = None,
) -> Unseen:
    """Score each example by cross-validation, columns in the sorted order of all labels.

    Duty texts are always learnt from and never scored.
    """
    return _unseen_scores(_corpus(examples, duties, settings), seed, settings, on_fold, None)


def _unseen_scores(
    corpus: _Corpus, seed: int, settings: Settings, on_fold: OnFold | None, kept_folds: KeptFolds | None
) -> Unseen:
    scores = np.zeros((corpus.letters, len(corpus.names)))
    if corpus.letters < settings.folds:
        return Unseen(scores, np.zeros(corpus.letters, dtype=np.int64))
    groups = near_duplicate_groups(corpus.texts[: corpus.letters])
    fold_of = deal_into_folds(corpus.labels[: corpus.letters], groups, settings.folds, seed)
    for fold_number in range(settings.folds):
        held_out = np.flatnonzero(fold_of == fold_number).tolist()
        kept = [*np.flatnonzero(fold_of != fold_number), *range(corpus.letters, len(corpus.texts))]
        if held_out and kept:
            judged = kept_folds.recall(fold_number) if kept_folds else None
            if judged is None:
                judged = _scores_by_others(corpus, held_out, kept, seed, settings)
                if kept_folds:
                    kept_folds.keep(fold_number, judged)
            scores[held_out] = judged
        if on_fold:
            on_fold(fold_number + 1, settings.folds)
    return Unseen(scores, fold_of)


def _scores_by_others(
    corpus: _Corpus, held_out: Sequence[int], others: Sequence[int], seed: int, settings: Settings
) -> Scores:
    vocabulary, weights, intercepts = _fit(corpus, others, seed, settings)
    features = (vocabulary.features_of(corpus.counted[index]) for index in held_out)
    return np.array([row.values @ weights[row.columns] + intercepts for row in features], dtype=np.float64)


def _corpus(examples: Sequence[Example], duties: Mapping[str, str], settings: Settings) -> _Corpus:
    texts = [fold(example.text).text for example in examples]
    labels = [example.label for example in examples]
    weights = [example.weight for example in examples]
    for label, clause in clauses_of(duties):
        texts.append(clause)
        labels.append(label)
        weights.append(settings.duty_weight)
    fit = settings.plenty if len(texts) >= settings.plenty_from else settings.few
    counted = [counted_ngrams(text, settings.subject_weight, fit.blocks) for text in texts]
    return _Corpus(texts, counted, labels, weights, len(examples), tuple(sorted(set(labels))), fit)


def _fit(
    corpus: _Corpus, kept: Sequence[int], seed: int, settings: Settings
) -> tuple[Vocabulary, NDArray[np.float32], NDArray[np.float32]]:
    counted = [corpus.counted[index] for index in kept]
    vocabulary = learn_vocabulary(
        counted,
        subject_weight=settings.subject_weight,
        blocks=corpus.fit.blocks,
        min_documents=corpus.fit.rare_below,
    )
    matrix = _sparse([vocabulary.features_of(text) for text in counted], len(vocabulary.keys))
    truth = np.array([corpus.labels[index] for index in kept])
    importance = np.array([corpus.weights[index] for index in kept])
    weights = np.zeros((len(vocabulary.keys), len(corpus.names)), dtype=np.float32)
    intercepts = np.zeros(len(corpus.names), dtype=np.float32)
    ratios = _log_count_ratios(matrix, truth == np.array(corpus.names)[:, None], importance, corpus.fit)
    for column, label in enumerate(corpus.names):
        is_label = truth == label
        if is_label.all() or not is_label.any():
            intercepts[column] = 1.0 if is_label.any() else _NEVER_SEEN
            continue
        weights[:, column], intercepts[column] = _one_against_rest(
            matrix, ratios[column], is_label, importance, corpus.fit.cost, seed, settings.tolerance
        )
    return vocabulary, weights, intercepts


def _log_count_ratios(
    matrix: Any, is_label: NDArray[np.bool_], importance: NDArray[np.float64], fit: Fit
) -> NDArray[np.float32]:
    """Return how much each n-gram tells each label (a row) from the others, at least zero."""
    inside = ((is_label * importance) @ matrix).astype(np.float32)
    outside = inside.sum(axis=0) - inside + np.float32(fit.smoothing)
    inside += np.float32(fit.smoothing)
    ratios = np.log(inside / inside.sum(axis=1, keepdims=True)) - np.log(outside / outside.sum(axis=1, keepdims=True))
    result: NDArray[np.float32] = np.abs(ratios) ** np.float32(fit.ratio_power)
    return result


def _one_against_rest(
    matrix: Any,
    ratio: NDArray[np.float32],
    is_label: NDArray[np.bool_],
    importance: NDArray[np.float64],
    cost: float,
    seed: int,
    tolerance: float,
) -> tuple[NDArray[np.float32], float]:
    # Imported here: a service that only judges must not wait for scikit-learn.
    from sklearn.svm import LinearSVC

    weighed = matrix.copy()
    weighed.data *= ratio[matrix.indices]
    model = LinearSVC(C=cost, tol=tolerance, random_state=seed, max_iter=10_000)
    model.fit(weighed, is_label, sample_weight=importance)
    return (model.coef_[0] * ratio).astype(np.float32), float(model.intercept_[0])


def _sparse(rows: Sequence[Features], columns: int) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(row.columns) for row in rows)]).astype(np.int32)
    indices = np.concatenate([row.columns for row in rows]).astype(np.int32)
    values = np.concatenate([row.values for row in rows]).astype(np.float64)
    return csr_matrix((values, indices, ends), shape=(len(rows), columns))


def _label_numbers(examples: Sequence[Example], labels: tuple[str, ...]) -> NDArray[np.int64]:
    number = {label: column for column, label in enumerate(labels)}
    return np.array([number[example.label] for example in examples], dtype=np.int64)


def _record(scores: Scores, truth: NDArray[np.int64], calibration: Calibration) -> Record:
    if len(truth) < LEAST_LETTERS:
        return Record(np.empty(0, dtype=np.float32), np.empty(0, dtype=np.bool_))
    probabilities = calibration.probabilities(scores)
    return Record(probabilities.max(axis=1).astype(np.float32), probabilities.argmax(axis=1) == truth)


def _version(examples: Sequence[Example], duties: Mapping[str, str], seed: int, settings: Settings) -> str:
    said = msgspec.json.encode([FORMAT, examples, sorted(duties.items()), seed, settings])
    return f"linear-{hashlib.sha256(said).hexdigest()[:8]}"
