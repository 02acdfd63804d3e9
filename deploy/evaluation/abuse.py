"""Offensive posts, and how many real letters would be held with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from minxin.classifier.abuse.model import train_abuse
from minxin.classifier.evaluation import Outcome, report
from minxin.deploy.evaluation.measure import Data, Figure, letter_of
from minxin.deploy.evaluation.routing import LETTERS

TRAIN = "cold_offensive/train.csv"
DEV = "cold_offensive/dev.csv"

Says = Callable[[Sequence[str]], list[bool]]


def offensive(data: Data) -> list[Figure]:
    """Learn from the posts of train and the letters of train; judge those of dev and test."""
    learnt, held = _posts(data, TRAIN), _posts(data, DEV)
    rows = data.rows(LETTERS)
    ordinary, letters = ([letter_of(row) for row in rows if row["split"] == split] for split in ("train", "test"))
    model, _ = train_abuse(learnt, ordinary)
    plain = _plain(learnt)

    def says(texts: Sequence[str]) -> list[bool]:
        return [bool(model.find(text)) for text in texts]

    return [
        Figure(
            name="macro F1, learnt",
            value=_macro_f1(says, held),
            n=len(held),
            goal=0.80,
            baseline=_macro_f1(plain, held),
        ),
        Figure(
            name="letters held",
            value=float(np.mean(says(letters))),
            n=len(letters),
            goal=0.01,
            at_most=True,
            baseline=float(np.mean(plain(letters))),
        ),
    ]


def _posts(data: Data, file: str) -> list[tuple[str, bool]]:
    return [(row["TEXT"], row["label"] == "1") for row in data.rows(file)]


def _macro_f1(says: Says, posts: Sequence[tuple[str, bool]]) -> float:
    said = says([text for text, _ in posts])
    return report([Outcome(str(truth), str(one), 1.0) for (_, truth), one in zip(posts, said, strict=True)]).macro_f1


def _plain(posts: Sequence[tuple[str, bool]]) -> Says:
    """Return the method that anybody would try first: characters 1 and 2, logistic regression, posts alone."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2)
    model = LogisticRegression(max_iter=1_000)
    model.fit(vectors.fit_transform([text for text, _ in posts]), [offends for _, offends in posts])
    return lambda texts: [bool(one) for one in model.predict(vectors.transform(texts))]
