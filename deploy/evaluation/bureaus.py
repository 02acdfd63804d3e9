"""Which bureau a question is for: official questions of a city, nothing but the question."""

from __future__ import annotations

from collections import Counter

import msgspec
from msgspec import Struct

from minxin.classifier.evaluation import cross_validate
from minxin.classifier.training import Example
from minxin.core.judgement import judged_text
from minxin.deploy.evaluation.measure import Data, Figure

QUESTIONS = "taipei_faq/questions.jsonl"
BUREAUS = 20
_FOLDS = 5
_BUREAU_DIGITS = 5  # of the agency's code: offices below a bureau share them


class _Question(Struct, frozen=True):
    q: str
    agency: str


_question = msgspec.json.Decoder(_Question)


def questions(data: Data) -> list[Example]:
    """Return the questions of the bureaus with most of them."""
    lines = (data.folder / QUESTIONS).read_bytes().splitlines()
    read = [_question.decode(line) for line in lines if line]
    asked = Counter(one.agency[:_BUREAU_DIGITS] for one in read)
    largest = {bureau for bureau, _ in asked.most_common(BUREAUS)}
    examples = [Example(judged_text("", one.q), one.agency[:_BUREAU_DIGITS]) for one in read]
    return [one for one in examples if one.label in largest]


def taipei(data: Data) -> list[Figure]:
    """Cross-validate the linear judge; near-duplicates stay on one side."""
    found = cross_validate(questions(data), folds=_FOLDS)
    return [Figure(name="accuracy, linear", value=found.accuracy, n=found.n, goal=0.92, note=f"{_FOLDS} folds")]
