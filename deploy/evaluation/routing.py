"""Routing by what is learnt from labelled letters: seven classes, how sure, how many routed alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from minxin.classifier.evaluation import Outcome, evaluate, report
from minxin.classifier.text import fold
from minxin.classifier.training import Example, train
from minxin.deploy.evaluation.measure import Data, Figure, letter_of

LETTERS = "teddy2020c/letters.csv"
PRECISION = 0.98


def letters(data: Data) -> list[Figure]:
    """Train the linear judge on the train split and judge the test split."""
    learnt, held = split(data, "train"), split(data, "test")
    model = train(learnt, {})
    found = evaluate(model, held)
    plain = report(_plain(learnt, held))
    threshold = model.record.threshold(PRECISION)
    judged = [(_best(model.probabilities(model.features(fold(one.text).text))), one.label) for one in held]
    alone = [model.labels[label] == truth for (label, probability), truth in judged if probability >= threshold]
    kept = f"precision {np.mean(alone):.3f} kept" if alone else "nothing routed"
    return [
        Figure(name="macro F1, linear", value=found.macro_f1, n=found.n, goal=0.925, baseline=plain.macro_f1),
        Figure(
            name="share at 98 % measured precision, linear",
            value=found.coverage_at_98,
            n=found.n,
            goal=0.85,
            baseline=plain.coverage_at_98,
        ),
        Figure(
            name="share routed alone, linear",
            value=len(alone) / found.n,
            n=found.n,
            note=f"98 % wished, threshold from train; {kept}",
        ),
        Figure(
            name="calibration error, linear", value=found.ece, n=found.n, goal=0.012, at_most=True, baseline=plain.ece
        ),
    ]


def split(data: Data, name: str) -> list[Example]:
    """Return the letters of one split."""
    return [Example(letter_of(row), row["label"]) for row in data.rows(LETTERS) if row["split"] == name]


def _best(probabilities: NDArray[np.float64]) -> tuple[int, float]:
    best = int(np.argmax(probabilities))
    return best, float(probabilities[best])


def _plain(learnt: Sequence[Example], held: Sequence[Example]) -> list[Outcome]:
    """Judge by the method that anybody would try first: characters 1 to 3, TF-IDF, logistic regression."""
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    features = words.fit_transform([one.text for one in learnt])
    model = LogisticRegression(C=20.0, max_iter=200).fit(features, [one.label for one in learnt])
    probabilities = model.predict_proba(words.transform([one.text for one in held]))
    return [
        Outcome(one.label, str(model.classes_[row.argmax()]), float(row.max()))
        for one, row in zip(held, probabilities, strict=True)
    ]
