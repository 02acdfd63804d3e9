"""Ids: opaque, safe in a URL, and near each other when they were made together."""

from __future__ import annotations

import secrets
import time
from typing import Final

_MINUTE_S: Final = 60
_MINUTE_CHARS: Final = 5  # to the year 4011
_RANDOM_BYTES: Final = 12
# The characters of base64url in the order in which a store sorts text.
_ORDERED: Final = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
# Two bits: with one of these at its end, an id is the base64url of just 16 bytes, and may be kept as those.
_LAST: Final = "AQgw"


def new_id() -> str:
    """Return an id of 22 URL-safe characters: the minute in which it is made, and 98 random bits.

    What a store writes in one minute goes to the same pages of every index that is sorted by ids; random ids would
    touch a page of their own in each. Beside the minute an id says nothing about what it names: people are shown the
    letter's number instead (来信编号).
    """
    return _minute(int(time.time()) // _MINUTE_S) + secrets.token_urlsafe(_RANDOM_BYTES) + secrets.choice(_LAST)


def _minute(number: int) -> str:
    digits = (number >> 6 * place & 63 for place in reversed(range(_MINUTE_CHARS)))
    return "".join(_ORDERED[digit] for digit in digits)
