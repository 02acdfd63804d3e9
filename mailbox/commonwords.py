"""Passwords that everybody guesses first, found by what they are made of rather than by a list of them.

A guesser tries words with a number behind, walks over the keyboard, dates and repeated blocks. A password is common
when, once the digits and signs at its ends are cut and the usual substitutions (0 for o, @ for a) undone, such a thing
is all that is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

WORDS_FILE = Path(__file__).with_name("common_words.txt")
_WALKS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "147258369",
    "741852963",
    "159357",
    "a1b2c3d4e5f6g7h8",
    "1a2b3c4d5e6f7g8h",
)
_UNDO = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_UNSHIFT = str.maketrans("!@#$%^&*()", "1234567890")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.{1,6}?)\1+")
# 520 1314: "I love you all my life" in spoken digits; 168, 66, 88: luck.
_SPOKEN = re.compile(r"(?:1314|520|521|168|66|88)+[0-9]?")
_MIN_WALK = 3
MIN_FREE_DIGITS = 10


def is_common(password: str, more_words: Iterable[str] = ()) -> bool:
    """Say whether the password is one of the first that a guesser tries; ``more_words`` are the city's own."""
    text = password.lower()
    words = _words() | {word.lower() for word in more_words}
    return (
        _few_signs(text) or _is_digits_in_a_habit(text) or _is_walks(text.translate(_UNSHIFT)) or _is_words(text, words)
    )


def _few_signs(text: str) -> bool:
    return len(set(text)) <= 3 or _REPEATED.fullmatch(text) is not None


def _is_digits_in_a_habit(text: str) -> bool:
    digits = re.sub(r"[-./ ]", "", text)
    if not digits.isascii() or not digits.isdigit():
        return False
    habits = (_SPOKEN.fullmatch(digits), re.fullmatch(r"1[3-9]\d{9}", digits))
    return len(digits) < MIN_FREE_DIGITS or any(habits) or _has_date(digits)


def _has_date(digits: str) -> bool:
    return any(_is_date(digits[start : start + 8]) for start in range(len(digits) - 7))


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def _is_walks(text: str) -> bool:
    """Say whether the text is nothing but walks over the keyboard of three keys or more, a repeated key included."""
    rest = text
    while rest:
        length = _walk_length(rest)
        if length < _MIN_WALK:
            return False
        rest = rest[length:]
    return True


def _walk_length(text: str) -> int:
    same = len(text) - len(text.lstrip(text[0]))
    return max(same, *(_common_prefix(text, walk) for line in _WALKS for walk in (line, line[::-1])))


def _common_prefix(text: str, walk: str) -> int:
    start = walk.find(text[:_MIN_WALK])
    if start < 0:
        return 0
    length = 0
    for typed, key in zip(text, walk[start:], strict=False):
        if typed != key:
            break
        length += 1
    return length


def _is_words(text: str, words: frozenset[str] | set[str]) -> bool:
    core = _ENDS.sub("", text)
    if 0 < len(core) <= 2 and _is_digits_in_a_habit(text.replace(core, "")):
        return True
    undone = text.translate(_UNDO)
    cores = {text, core, undone, core.translate(_UNDO), _ENDS.sub("", undone)}
    return any(core in words or _are_two_words(core, words) for core in cores)


def _are_two_words(core: str, words: frozenset[str] | set[str]) -> bool:
    return any(core[:cut] in words and core[cut:] in words for cut in range(2, len(core) - 1))


@cache
def _words() -> frozenset[str]:
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
