"""What a visitor means by a few words, told by lists of words (words.json): no model, no guess.

Whatever no list knows is a question to be searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.core.passages import Facet

FOLLOW_UP_MOST: Final = 14  # characters: a longer sentence is a question of its own
VALUE_MOST: Final = 10
_NEGATION_REACH: Final = 4
_EDGE: Final = re.compile(r"^[\s,，。.!！?？~～、;；:：…\"“”'‘’]+|[\s,，。.!！?？~～、;；:：…\"“”'‘’]+$")
_FOLLOW_UP: Final = re.compile(
    r"^(?:那么|那|要是|如果|假如|若是|换成|换作|但是|可是|and\s)?(.{1,10}?)"
    r"(?:的话呢|的话|怎么办呢|怎么办|怎么弄|也可以吗|可以吗|也行吗|行吗|能办吗|也一样吗|一样吗|也要吗|呢)$"
)
_ALSO: Final = re.compile(r"^(?:那么|那|换成|换作)(.{1,8})$")


class Aspect(StrEnum):
    """The part of an answer that is asked for (要素)."""

    TIME = "time"
    WHERE = "where"
    FEE = "fee"
    PAPERS = "papers"
    ONLINE = "online"
    HOURS = "hours"
    PHONE = "phone"
    WHO = "who"


class Meant(StrEnum):
    """What a few words are, besides a question."""

    PERSON = "person"
    UPSET = "upset"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ABOUT = "about"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    NONE = "none"


class _Negated(Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    not_: tuple[str, ...] = msgspec.field(name="not")


class _Person(Struct, frozen=True, forbid_unknown_fields=True):
    whole: frozenset[str]
    within: tuple[str, ...]
    not_: tuple[str, ...] = msgspec.field(name="not")


class _AspectWords(Struct, frozen=True, forbid_unknown_fields=True):
    asked: tuple[str, ...]
    said: tuple[str, ...]


class _Words(Struct, frozen=True, forbid_unknown_fields=True):
    person: _Person
    upset: _Negated
    greeting: frozenset[str]
    thanks: frozenset[str]
    goodbye: frozenset[str]
    about: frozenset[str]
    solved: frozenset[str]
    not_solved: frozenset[str]
    none: frozenset[str]
    ordinals: dict[str, frozenset[str]]
    aspects: dict[Aspect, _AspectWords]
    fillers: tuple[str, ...]
    alike: dict[Facet, tuple[tuple[str, ...], ...]]


_decode_words: Final = msgspec.json.Decoder(_Words).decode


@cache
def _words() -> _Words:
    return _decode_words(Path(__file__).with_name("words.json").read_bytes())


def bare(text: str) -> str:
    """Return the text in small letters without the marks and blanks around it."""
    return _EDGE.sub("", text.lower())


def meant(text: str) -> Meant | None:
    """Return what the words are when a list knows them, or None for a question.

    A call for a person and an upset word count anywhere in the text, the others only when they are all of it.
    """
    said, words = bare(text), _words()
    if _calls_person(said):
        return Meant.PERSON
    if _upset(said):
        return Meant.UPSET
    for kind in (
        Meant.NONE,
        Meant.NOT_SOLVED,
        Meant.SOLVED,
        Meant.ABOUT,
        Meant.GREETING,
        Meant.GOODBYE,
        Meant.THANKS,
    ):
        if said in getattr(words, kind.value):
            return kind
    return None


def _calls_person(said: str) -> bool:
    words = _words().person
    if said in words.whole:
        return True
    for denied in words.not_:
        said = said.replace(denied, "")
    return any(word in said for word in words.within)


def _upset(said: str) -> bool:
    """Say whether a word of anger stands there that nothing right before it denies."""
    words = _words().upset
    for word in words.words:
        at = said.find(word)
        while at >= 0:
            before = said[max(0, at - _NEGATION_REACH) : at]
            if not any(before.endswith(denied) for denied in words.not_):
                return True
            at = said.find(word, at + 1)
    return False


def aspect_of(text: str) -> Aspect | None:
    """Return the part of the last answer that the words ask for, or None when they name a thing of their own."""
    said = bare(text)
    if len(said) > FOLLOW_UP_MOST:
        return None
    found = [(len(word), aspect, word) for aspect, words in _words().aspects.items() for word in words.asked]
    for _, aspect, word in sorted(found, key=lambda one: -one[0]):
        if word in said and not _without_fillers(said.replace(word, "", 1)):
            return aspect
    return None


def _without_fillers(said: str) -> str:
    for filler in sorted(_words().fillers, key=len, reverse=True):
        said = said.replace(filler, "")
    return bare(said)


def follow_up_of(text: str) -> str:
    """Return the new case that "那孩子呢?" asks about ("孩子"), or nothing when it is a question of its own."""
    said = bare(text)
    if len(said) > FOLLOW_UP_MOST:
        return ""
    found = _FOLLOW_UP.match(said) or _ALSO.match(said)
    return _without_fillers(found[1]) and bare(found[1]) if found else ""


def sentences_on(aspect: Aspect, text: str) -> tuple[str, ...]:
    """Return the sentences of the text that say something on the aspect, as they stand."""
    said = _words().aspects[aspect].said
    return tuple(piece for piece in _sentences(text) if any(word in piece for word in said))


def sentences_naming(case: str, text: str) -> tuple[str, ...]:
    """Return the sentences of the text that name the case, as they stand."""
    return tuple(piece for piece in _sentences(text) if is_named(case, piece))


def _sentences(text: str) -> list[str]:
    return [piece.strip() for piece in re.split(r"(?<=[。;；!！?？\n])", text) if piece.strip()]


def ordinal_of(text: str, most: int) -> int | None:
    """Return the place (0 is the first) that "第二个" names among ``most``, or None."""
    said = bare(text)
    for number, words in _words().ordinals.items():
        if said in words and int(number) <= most:
            return int(number) - 1
    return None


def value_in(text: str, values: Iterable[str]) -> str:
    """Return the one of the values that the text names, itself or by a word like it; nothing when none or several."""
    said = bare(text)
    exact = [value for value in values if bare(value) == said]
    if exact:
        return exact[0]
    named = [value for value in values if is_named(value, said)]
    longest = [value for value in named if not any(value != other and value in other for other in named)]
    return longest[0] if len(longest) == 1 else ""


def is_named(value: str, text: str) -> bool:
    """Say whether the text names the value: its very words, or a word that means the same."""
    said, wanted = bare(text), bare(value)
    if wanted in said or (len(said) > 1 and said in wanted):
        return True
    return any(_names(group, wanted) and _names(group, said) for groups in _words().alike.values() for group in groups)


def for_the_case(question: str, case: str) -> str:
    """Return the question asked for another case: its words for the old one give way to those for the new.

    "老人的医保怎么办" for "孩子" is "孩子的医保怎么办"; where no word has to give way the new case goes in front.
    """
    for groups in _words().alike.values():
        if any(_names(group, case) for group in groups):
            others = [word for group in groups if not _names(group, case) for word in group]
            for word in sorted(others, key=len, reverse=True):
                if word in question:
                    return question.replace(word, case, 1)
    return f"{case} {question}"


def _names(group: Sequence[str], text: str) -> bool:
    return any(word in text for word in group)
