"""Why a letter may have to be refused (不予受理建议), as a clerk reads it: the grounds and the words that say so."""

from __future__ import annotations

from msgspec import Struct

from minxin.consult.records import Letter
from minxin.core.judgement import Ground, OutOfPower


class GroundView(Struct, frozen=True):
    """One ground; ``words`` are the letter's own, none where it is what the letter does not say."""

    ground: Ground
    words: tuple[str, ...]


def grounds_view(letter: Letter) -> tuple[GroundView, ...]:
    """Return the grounds that the judge names; none for a letter that was not judged."""
    return tuple(map(_ground, letter.judgement.out_of_power)) if letter.judgement else ()


def _ground(found: OutOfPower) -> GroundView:
    words = dict.fromkeys(one.text.strip() for one in found.evidence if one.text.strip())
    return GroundView(found.ground, tuple(words))
