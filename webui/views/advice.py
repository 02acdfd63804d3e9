"""The judge's advice as a visitor reads it: which office, and the words and the duty that speak for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.records import Office
from minxin.core.judgement import Candidate, Judgement, Urgency, judged_text
from minxin.webui.context import services

SHOWN_OFFICES: Final = 3
SHOWN_WORDS: Final = 6
BIGRAM: Final = 2


class Piece(Struct, frozen=True):
    """A piece of the visitor's own words; ``marked`` when it spoke for the first office."""

    text: str
    marked: bool


class Suggestion(Struct, frozen=True):
    """One office that may be competent, with the duty that fits best and the visitor's words that speak for it."""

    office: Office
    duty: str
    words: tuple[str, ...]


class Advice(Struct, frozen=True):
    """What a visitor is told before he writes.

    A text that denounces officials gets no suggestion: such a letter is sealed and goes to the discipline desk alone.
    """

    suggestions: tuple[Suggestion, ...]
    pieces: tuple[Piece, ...]
    confident: bool
    urgent: bool
    denounces: bool


async def advise(request: web.Request, subject: str, text: str) -> Advice:
    """Ask the judge, off the event loop, what becomes of such a letter."""
    judgement = await asyncio.to_thread(services(request).judge.judge, subject, text)
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
    marks = bytearray(len(text))
    for start, end in spans:
        marks[start:end] = b"\1" * len(marks[start:end])
    found: list[Piece] = []
    begin = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marks[place] != marks[begin]:
            found.append(Piece(text[begin:place], bool(marks[begin])))
            begin = place
    return tuple(found)


def _suggestion(candidate: Candidate, text: str, office: Office) -> Suggestion:
    strongest = sorted(candidate.evidence, key=lambda one: -one.weight)
    marked = pieces(text, [(one.start, one.end) for one in strongest[:SHOWN_WORDS]])
    words = tuple(dict.fromkeys(piece.text.strip() for piece in marked if piece.marked and piece.text.strip()))
    return Suggestion(office, best_duty(office, text), words)


def best_duty(office: Office, text: str) -> str:
    """Return the duty that shares most pairs of characters with the text, the first one when none does."""
    pairs = _pairs(text)
    return max(office.duties, key=lambda duty: len(pairs & _pairs_of_duty(duty)), default="")


@lru_cache(maxsize=2048)
def _pairs_of_duty(duty: str) -> frozenset[str]:
    """Keep the pairs of every duty: a page of the tray looks at hundreds."""
    return _pairs(duty)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[place : place + BIGRAM] for place in range(len(text) - 1))
