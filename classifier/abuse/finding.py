"""What offends or threatens, by all that is known (辱骂与威胁识别): turns of phrase, and a learnt model beside them.

Where a model was learnt it says which texts offend: it knows better than phrases which strong words are only anger. The
phrases then tell what kind of abuse it is, and a threat counts by itself: what nobody's posts said is no less a threat.
"""

from __future__ import annotations

from typing import Protocol

from minxin.classifier.abuse.words import AbusiveWords
from minxin.core.abuse import Abuse, AbuseSpan


class Learnt(Protocol):
    """A learnt finder."""

    def find(self, text: str) -> tuple[AbuseSpan, ...]: ...


class AbuseFinder:
    """Finds abuse by phrases, or by a learnt model and the phrases for threats."""

    def __init__(self, learnt: Learnt | None = None) -> None:
        self._words = AbusiveWords()
        self._learnt = learnt

    def find(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return the pieces of the text that abuse somebody, in order, none over another; never raises on any text."""
        plain = self._words.find(text)
        if self._learnt is None:
            return plain
        learnt = self._learnt.find(text)
        if not learnt and not any(span.kind is Abuse.THREAT for span in plain):
            return ()
        more = [one for one in learnt if not any(_meet(one, other) for other in plain)]
        return tuple(sorted((*plain, *more), key=lambda span: span.start))


def _meet(one: AbuseSpan, other: AbuseSpan) -> bool:
    return one.start < other.end and other.start < one.end
