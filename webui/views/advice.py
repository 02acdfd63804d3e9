"""The judge's advice as a visitor reads it: which office, and the words and the duty that speak for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.directory import clause_path
from minxin.consult.records import Office
from minxin.core.errors import UnavailableError
from minxin.core.judgement import Candidate, Judgement, Urgency, judged_text
from minxin.webui.context import services

SHOWN_OFFICES: Final = 3
PATIENCE_S: Final = 2.0
SHOWN_WORDS: Final = 6


class Piece(Struct, frozen=True):
    """A piece of the visitor's own words; ``marked`` when it spoke for the first office."""

    text: str
    marked: bool


class Suggestion(Struct, frozen=True):
    """One office that may be competent, with the duty that fits best and the visitor's words that speak for it."""

    office: Office
    duty: str
    words: tuple[str, ...]

    @property
    def path(self) -> str:
        """Return where the duty stands, or the office's page when no duty is named."""
        return clause_path(self.office, self.duty)


class Advice(Struct, frozen=True):
    """What a visitor is told before he writes.

    A text that denounces officials gets no suggestion: such a letter is sealed and goes to the discipline desk alone.
    Without the judge there is none either, and the letter can be sent all the same.
    """

    suggestions: tuple[Suggestion, ...]
    pieces: tuple[Piece, ...]
    confident: bool
    urgent: bool
    denounces: bool
    available: bool = True  # the judge answered


NO_ADVICE: Final = Advice((), (), confident=False, urgent=False, denounces=False, available=False)


async def advise(request: web.Request, subject: str, text: str, place: str = "") -> Advice:
    """Ask the judge what becomes of such a letter; nobody is kept waiting for a judge that is away."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            judgement = await services(request).judge.judge(subject, text, place)
    except (TimeoutError, UnavailableError):
        return NO_ADVICE
    return advice_of(judgement, judged_text(subject, text), await services(request).lists.offices())


def advice_of(judgement: Judgement, text: str, offices: Mapping[str, Office]) -> Advice:
    """Return the judgement as advice; ``text`` is the judged text that the evidence points into."""
    known = [one for one in judgement.candidates if one.office_id in offices][:SHOWN_OFFICES]
    if judgement.denounces:
        known = []
    return Advice(
        suggestions=tuple(_suggestion(one, text, offices[one.office_id]) for one in known),
        pieces=pieces(text, [(one.start, one.end) for one in known[0].evidence] if known else []),
        confident=judgement.confident,
        urgent=judgement.urgency is Urgency.URGENT,
        denounces=judgement.denounces,
    )


def pieces(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut the text into marked and unmarked pieces; spans may overlap and touch."""
    found: list[Piece] = []
    done = 0
    for start, end in _joined(spans, len(text)):
        if done < start:
            found.append(Piece(text[done:start], marked=False))
        found.append(Piece(text[start:end], marked=True))
        done = end
    if done < len(text):
        found.append(Piece(text[done:], marked=False))
    return tuple(found)


def _joined(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return the spans inside of the text in order, those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _suggestion(candidate: Candidate, text: str, office: Office) -> Suggestion:
    strongest = sorted(candidate.evidence, key=lambda one: -one.weight)
    marked = pieces(text, [(one.start, one.end) for one in strongest[:SHOWN_WORDS]])
    words = tuple(dict.fromkeys(piece.text.strip() for piece in marked if piece.marked and piece.text.strip()))
    return Suggestion(office, candidate.clause, words)
