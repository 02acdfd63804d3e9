"""The judge's advice as staff read it: the offices with their probability, and the words and the duty that decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.consult.records import Letter, Office
from minxin.core.judgement import Candidate, Evidence
from minxin.webui.views.advice import Piece, pieces

SHOWN: Final = 3
EXCERPT: Final = 160


class Choice(Struct, frozen=True):
    """One office that may be competent; ``words`` are the letter's own that spoke for it, strongest first.

    ``duty`` is the clause of its duties that is nearest, empty when none is near.
    """

    office: Office
    percent: int
    duty: str
    words: tuple[str, ...]


class MarkedLetter(Struct, frozen=True):
    """Subject and text cut into pieces; marked is what spoke for the first office."""

    subject: tuple[Piece, ...]
    text: tuple[Piece, ...]


def choices(letter: Letter, offices: Mapping[str, Office], most: int = SHOWN) -> tuple[Choice, ...]:
    """Return the judge's first offices, best first; none for a letter that was not judged."""
    return choices_of(letter.judgement.candidates, offices, most) if letter.judgement else ()


def choices_of(candidates: Sequence[Candidate], offices: Mapping[str, Office], most: int = SHOWN) -> tuple[Choice, ...]:
    """Return the first candidates whose offices are known, best first."""
    known = [one for one in candidates if one.office_id in offices]
    return tuple(_choice(one, offices[one.office_id]) for one in known[:most])


def marked(letter: Letter) -> MarkedLetter:
    """Return the letter with the words marked that decided."""
    found = letter.judgement.candidates[0].evidence if letter.judgement and letter.judgement.candidates else ()
    offset = len(letter.subject) + 1
    return MarkedLetter(
        pieces(letter.subject, inside(found, 0, len(letter.subject))),
        pieces(letter.text, inside(found, offset, len(letter.text))),
    )


def excerpt(parts: Sequence[Piece], most: int = EXCERPT) -> tuple[Piece, ...]:
    """Return the beginning of a text of so many characters, with its marks."""
    shown: list[Piece] = []
    for piece in parts:
        if most <= 0:
            break
        shown.append(Piece(piece.text if len(piece.text) <= most else piece.text[:most] + "…", piece.marked))
        most -= len(piece.text)
    return tuple(shown)


def inside(evidence: Sequence[Evidence], offset: int, length: int) -> list[tuple[int, int]]:
    """Return the evidence inside of one part of the judged text, counted from that part's beginning."""
    spans = [(max(0, one.start - offset), min(length, one.end - offset)) for one in evidence]
    return [(start, end) for start, end in spans if start < end]


def _choice(candidate: Candidate, office: Office) -> Choice:
    strongest = sorted(candidate.evidence, key=lambda one: -one.weight)
    words = tuple(dict.fromkeys(one.text.strip() for one in strongest if one.text.strip()))
    return Choice(office, round(candidate.probability * 100), candidate.clause, words[:6])
