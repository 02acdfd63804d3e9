"""How dear each Chinese word is: read from the word list (词典) of the installed package jieba, without its code.

The list has a line ``高兴 4105 a`` for each word: how often it was counted, and its part of speech (词性). It holds
people too, real ones and those of novels; they are left out, or nobody who bears such a name would be found.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import log
from pathlib import Path
from typing import Final

from msgspec import Struct

from minxin.core.errors import ConfigError

LONGEST_WORD: Final = 4
_PACKAGE: Final = "jieba"
_FILE: Final = "dict.txt"
# By length: rarer ones change next to no reading, and most lines of the list are such.
_LEAST_COUNTS: Final = (0, 30, 5, 15, 60)
_IDIOMS: Final = frozenset("il")  # 成语 and 习用语, of four characters
_IDIOM_COUNT: Final = 3
_BEGINS_LIKE_A_NAME: Final = 2  # 文具店, 石景山: rare, but what else would be read as somebody
_PERSON: Final = "nr"
_FOREIGN_OR_OLD: Final = frozenset(("nrt", "nrfg"))
_WELL_KNOWN: Final = 500  # counted more often, a name is also a word: 和尚, 明白, 武功
_COMMON_WORD: Final = 30
_STEPS: Final = 2  # to a nat
NICKNAME_FIRST: Final = "老小阿"


class People(Struct, frozen=True):
    """What an entry is told by to be a person: the first surnames by how many bear them, the frequent ones (the first
    among them), all of one character, and the characters of given names.

    ``words`` stay in the list, though they look like people.
    """

    first_surnames: frozenset[str]
    frequent_surnames: frozenset[str]
    surnames: frozenset[str]
    given: frozenset[str]
    words: frozenset[str]


def word_list() -> Path:
    """Return the file of words; raises ``ConfigError`` when the package or the file is not there."""
    spec = find_spec(_PACKAGE)
    for place in (spec and spec.submodule_search_locations) or ():
        path = Path(place) / _FILE
        if path.is_file():
            return path
    raise ConfigError(f"the word list {_FILE} of the package {_PACKAGE} is not installed: pip install {_PACKAGE}")


def word_costs(path: Path, people: People) -> dict[str, float]:
    """Return the words of up to four characters in nats: minus the logarithm of a word's share of all that was counted.

    To the half nat: counts from old books are no truer for a letter. Raises ``ConfigError`` when the file can't be read
    as a word list.
    """
    counts: dict[str, int] = {}
    total = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                word, number, tag = line.split()
                count = int(number)
                total += count
                if _is_kept(word, count, tag, people.surnames) and not _is_person(word, count, tag, people):
                    counts[word] = count
    except (OSError, ValueError) as error:
        raise ConfigError(f"the word list {path} can't be read: {error}") from error
    costs = {count: round(_STEPS * log(total / count)) / _STEPS for count in set(counts.values())}
    return {word: costs[count] for word, count in counts.items()}


def _is_kept(word: str, count: int, tag: str, surnames: frozenset[str]) -> bool:
    length = len(word)
    if length > LONGEST_WORD or not "一" <= word[0] <= "鿿":
        return False
    if count >= _LEAST_COUNTS[length]:
        return True
    if length == LONGEST_WORD:
        return tag in _IDIOMS and count >= _IDIOM_COUNT and (word[0] in surnames or word[1] in surnames)
    is_name = tag.startswith(_PERSON)
    return length > 1 and not is_name and count >= _BEGINS_LIKE_A_NAME and word[0] in surnames


def _is_person(word: str, count: int, tag: str, people: People) -> bool:
    """Say whether the entry is somebody's name (人名) and nothing else that is common."""
    first, rest = word[0], word[1:]
    if not 0 < len(rest) < LONGEST_WORD - 1 or word in people.words:
        return False
    if len(rest) == 1 and first in NICKNAME_FIRST and rest in people.frequent_surnames:
        return True
    if first not in people.surnames or not tag.startswith(_PERSON):
        return False
    if tag in _FOREIGN_OR_OLD and count < _WELL_KNOWN:
        return True
    if len(rest) == 2:
        return (first in people.first_surnames and count < _WELL_KNOWN) or people.given.issuperset(rest)
    known = people.first_surnames if count >= _COMMON_WORD else people.frequent_surnames
    return first in known and rest in people.given
