"""What a unit of a letter is for (句子作用): it tells of a matter, asks for it, asks about it, or is beside it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from minxin.classifier.points.pieces import Mark, Unit
from minxin.classifier.points.wording import wording

_NAMED: Final = 6  # characters; what follows "另外" and is shorter names no matter
_ANNOUNCES: Final = 40  # characters; what is longer tells of a matter itself
_PRAISES: Final = 8  # characters; who thanks at the beginning complains of nothing in that sentence
_WISH: Final = re.compile("能不能|能否|可否|可不可以")


class Role(StrEnum):
    """What a unit does in its letter."""

    NOISE = "noise"  # greeting, thanks, signature, a wish that names nothing
    BACKGROUND = "background"
    HISTORY = "history"  # what was reported before, and what came of it
    SUMMARY = "summary"  # "现反映以下问题"
    PROBLEM = "problem"
    REQUEST = "request"
    QUESTION = "question"
    OTHER = "other"


MATTERS: Final = frozenset({Role.PROBLEM, Role.REQUEST, Role.QUESTION})
BESIDE: Final = frozenset({Role.NOISE, Role.HISTORY, Role.BACKGROUND, Role.SUMMARY})


def role_of(unit: Unit) -> Role:
    """Return the role of a unit by its words alone."""
    words, text = wording(), unit.text.strip(" ,")
    if words.noise.match(text):
        return Role.NOISE
    praise = words.praise.search(text, 0, _PRAISES)
    if unit.mark is Mark.NONE and len(text) <= _ANNOUNCES and words.summary.search(text):
        return Role.SUMMARY
    history, request = words.history.search(text), words.request.search(text)
    if words.question.search(text) and not history:
        wish = _WISH.search(text) and not words.eligible.search(text)
        return Role.REQUEST if wish else Role.QUESTION
    if history and not request:
        return Role.HISTORY
    problem = None if praise else words.problem.search(text)
    if request:
        return Role.PROBLEM if problem and problem.start() < request.start() else Role.REQUEST
    return Role.PROBLEM if problem else Role.NOISE if praise else _plain(unit, text)


def _plain(unit: Unit, text: str) -> Role:
    if wording().background.search(text):
        return Role.BACKGROUND
    return Role.REQUEST if unit.mark is Mark.MORE and len(text) >= _NAMED else Role.OTHER
