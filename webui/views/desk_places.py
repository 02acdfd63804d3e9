"""Where a letter happens and why that decides the office, as staff read it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from minxin.consult.places import KINDS
from minxin.consult.records import Letter
from minxin.core.places import Area, Place
from minxin.webui.i18n import Language, sentences

BETWEEN: Final = "/"


class PlaceShown(Struct, frozen=True):
    """A place of the letter; ``where`` are the areas that it may lie in, none for a name that nobody knows yet."""

    name: str
    kind: str
    where: tuple[str, ...]


class PlacesView(Struct, frozen=True):
    """The places of a letter, once each, and the sentence of the rule that decided the office."""

    places: tuple[PlaceShown, ...] = ()
    rule: str = ""


class PlaceQuestion(Struct, frozen=True):
    """A name that a clerk is asked about, with what he may answer: pairs of value and text."""

    name: str
    kind: str
    kinds: tuple[tuple[str, str], ...]
    streets: tuple[tuple[str, str], ...]


def places_view(letter: Letter, language: Language) -> PlacesView:
    """Return what was found in a letter; nothing for one that was not judged."""
    if letter.judgement is None:
        return PlacesView()
    rule = letter.judgement.rule
    found = {(one.name, one.area): one for one in letter.judgement.places}.values()
    return PlacesView(
        tuple(PlaceShown(one.name, _kind(one.kind, language), _where(one)) for one in found),
        (rule.zh if language is Language.ZH else rule.en) if rule else "",
    )


def place_questions(
    asked: tuple[Place, ...], streets: tuple[Area, ...], language: Language
) -> tuple[PlaceQuestion, ...]:
    """Return a question for each name that the reader may be asked about."""
    kinds = tuple((kind.value, _kind(kind, language)) for kind in KINDS)
    named = tuple((BETWEEN.join(street), "".join(street)) for street in streets)
    return tuple(PlaceQuestion(one.name, one.kind.value, kinds, named) for one in asked)


def _where(place: Place) -> tuple[str, ...]:
    return tuple("".join(area) for area in (place.choices or (place.area,)) if area)


def _kind(kind: str, language: Language) -> str:
    return sentences().sentence(f"place_kind.{kind}", language)
