"""A judgement by words alone (规则研判): for the letter whose judge is dead, hangs, or was never there.

It knows no office. What it knows protects people: a denunciation is sealed, an emergency is not kept waiting.
"""

from __future__ import annotations

from typing import Final

from minxin.classifier.abuse.words import AbusiveWords
from minxin.classifier.points.finding import points_of
from minxin.classifier.text import evidence_at, fold
from minxin.classifier.words.denunciation import denunciation
from minxin.classifier.words.grounds import out_of_power
from minxin.classifier.words.kinds import KINDS, kind_chances
from minxin.classifier.words.urgency import danger
from minxin.core.judgement import Judgement, Urgency, judged_text

MODEL: Final = "rules"


def rules_only(subject: str, body: str) -> Judgement:
    """Return the judgement of any text that needs nothing learnt: no candidates, never confident.

    Takes about a millisecond for a letter and some tens for the longest text that is read; never raises.
    """
    original = judged_text(subject, body)
    folded = fold(original)
    chances = kind_chances(folded.text)
    dangers = danger(folded.text)
    return Judgement(
        candidates=(),
        kind=KINDS[chances.index(max(chances))],
        kind_probability=max(chances),
        urgency=Urgency.URGENT if dangers else Urgency.NORMAL,
        urgency_evidence=tuple(evidence_at(original, folded, span.start, span.end, 1.0) for span in dangers),
        denounces=bool(denunciation(folded.text)),
        confident=False,
        model=MODEL,
        points=points_of(original, folded),
        out_of_power=out_of_power(original, folded),
        abuse=AbusiveWords().find(original),
    )
