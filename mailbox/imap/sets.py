"""Sets of messages in a command: ``1:4,7,9:*`` (RFC 3501 section 9, ``sequence-set``)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from minxin.mailbox.imap.words import BadCommandError, Words

_SET = re.compile(rb"[\d*:,$]+")
_RANGE = re.compile(rb"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")
LAST: Final = 0  # stands for "*", the highest number in use
NUMBER_MAX: Final = 2**32 - 1


class Range(NamedTuple):
    """From one number to another, both of them in it, in whichever order they were written."""

    first: int
    last: int


def read_set(words: Words) -> tuple[Range, ...]:
    """Read a set; ``LAST`` stands for ``*``."""
    return tuple(_range(text) for text in words.word(_SET).split(b","))


def picked(wanted: Iterable[Range], numbers: Sequence[int]) -> list[int]:
    """Return which of the ascending numbers are in the set, ascending, each once."""
    if not numbers:
        return []
    spans = sorted(_span(one, numbers[-1]) for one in wanted)
    found: list[int] = []
    reached = 0
    for first, last in spans:
        start, stop = bisect_left(numbers, first), bisect_right(numbers, last)
        found += numbers[max(start, reached) : stop]
        reached = max(reached, stop)
    return found


def write_set(numbers: Iterable[int]) -> bytes:
    """Write numbers, in the order they have, with neighbours joined."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in runs)


def _range(text: bytes) -> Range:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise BadCommandError("a set of messages is wrong")
    first = _number(found[1])
    return Range(first, first if found[2] is None else _number(found[2]))


def _number(text: bytes) -> int:
    if text == b"*":
        return LAST
    number = int(text)
    if not 0 < number <= NUMBER_MAX:
        raise BadCommandError("a number of a message is out of range")
    return number


def _span(one: Range, highest: int) -> tuple[int, int]:
    first, last = one.first or highest, one.last or highest
    return min(first, last), max(first, last)
