"""What is known of Chinese words and names: how much each costs, in nats (minus the logarithm of its probability)."""

from __future__ import annotations

import re
from functools import cache
from math import inf
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.personal.words import People, word_costs, word_list

UNKNOWN_CHARACTER: Final = 12.5
_HERE: Final = Path(__file__).parent
_LONE_SURNAME: Final = 3.5
_OWN_WORD: Final = 10.0
_WORD_AROUND: Final = 7.0
# The fourteen first surnames have about half of all people, the next hundred a third; most of the rest are ordinary
# characters that are surnames too.
_SURNAME_COSTS: Final = (3.3, 5.3, 7.6)
_FEW_COST: Final = 9.5
_RARE_COST: Final = 11.5
_GIVEN_WORD: Final = 11.0
_COMPOUND_COST: Final = 6.0
_GIVEN_COSTS: Final = (5.1, 7.4, 8.5, 9.3)
OTHER_GIVEN: Final = 11.5


class _Names(Struct, frozen=True):
    origin: str
    surnames: tuple[str, ...]
    few: str
    rare: str
    compound: str
    given: tuple[str, ...]
    given_words: str
    words: str
    public: str
    never_given: str
    before_strong: str
    before_generic: str
    before_weak: str
    titles: str
    title_ends: str
    titles_short: str
    titles_office: str
    short_not: str
    offices: str
    after: str
    place_after: str
    organisations: str
    settlements: str
    minority: str


class Lexicon(Struct, frozen=True):
    """Costs of words, surnames, and given names or their characters, and the patterns of what stands around names."""

    words: dict[str, float]
    surnames: dict[str, float]
    given: dict[str, float]
    public: frozenset[str]
    before_strong: re.Pattern[str]
    before_generic: re.Pattern[str]
    before_weak: re.Pattern[str]
    titles: re.Pattern[str]
    titles_short: re.Pattern[str]
    offices: re.Pattern[str]
    after: re.Pattern[str]
    place_after: re.Pattern[str]
    settlements: re.Pattern[str]
    minority: re.Pattern[str]


_NAMES: Final = msgspec.json.Decoder(_Names)


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon; the first call reads the word list, which takes about 0.4 s.

    Raises ``ConfigError`` when the word list is not there or can't be read.
    """
    names = _NAMES.decode((_HERE / "names.json").read_bytes())
    surnames = (
        dict.fromkeys(names.rare, _RARE_COST)
        | _tiers(names.surnames, _SURNAME_COSTS)
        | dict.fromkeys(names.few, _FEW_COST)
    )
    surnames |= dict.fromkeys(names.compound.split(), _COMPOUND_COST)
    short_not = _any_of(names.short_not)
    # One character read as a word is seldom a noun that could be a surname.
    lone = {surname: _LONE_SURNAME for surname in "".join(names.surnames[:2])}
    around = f"{names.before_strong} {names.before_generic} {names.titles} {names.offices}".split()
    costs = word_costs(word_list(), _people_of(names))
    return Lexicon(
        words=dict.fromkeys(names.words.split(), _OWN_WORD)
        | {word: cost + lone.get(word, 0.0) for word, cost in costs.items()}
        | dict.fromkeys(around, _WORD_AROUND),
        surnames=surnames,
        given=dict.fromkeys(names.given_words.split(), _GIVEN_WORD)
        | _tiers(names.given, _GIVEN_COSTS)
        | dict.fromkeys(names.never_given, inf),
        public=frozenset(names.public.split()),
        before_strong=re.compile(rf"(?:{_any_of(names.before_strong)})+ ?(?:叫|是|为|:)? ?"),
        before_generic=re.compile(rf"{_any_of(names.before_generic)} ?(?:叫|是|:)? ?"),
        before_weak=re.compile(rf"[\s{re.escape(names.before_weak.replace(' ', ''))}]"),
        titles=re.compile(rf"(?:{_any_of(names.titles)})(?!部门|单位|机关)"),
        titles_short=re.compile(
            rf"(?!{short_not})(?:{_any_of(names.titles_short)}"
            rf"|{_any_of(names.titles_office)}(?={_any_of(names.title_ends)}|[^一-鿿]|$))"
        ),
        offices=re.compile(rf"(?:{_any_of(names.offices)})"),
        after=re.compile(rf"(?:{_any_of(names.after)})"),
        settlements=re.compile(_any_of(names.settlements)),
        minority=re.compile(rf"(?:{_any_of(names.minority)}){{1,3}}江?(?![族语])"),
        place_after=re.compile(
            rf"[^\W的在把被说是和到去找与对从向给将让因有没不也都就了为等a-zA-Z0-9]{{0,5}}{_any_of(names.organisations)}"
            rf"|[东西南北中老新]?{_any_of(names.place_after)}|[\[〔【〖(] ?[0-9]{{4}}[\]〕】〗)]"
        ),
    )


def _people_of(names: _Names) -> People:
    first, following, _ = names.surnames
    return People(
        first_surnames=frozenset(first),
        frequent_surnames=frozenset(first + following),
        surnames=frozenset("".join(names.surnames)),
        given=frozenset("".join(names.given)),
        words=frozenset(names.words.split()),
    )


def _any_of(words: str) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True)) + ")"


def _tiers(tiers: tuple[str, ...], costs: tuple[float, ...]) -> dict[str, float]:
    return {character: cost for tier, cost in zip(tiers, costs, strict=True) for character in tier}
