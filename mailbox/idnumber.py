"""The citizen's ID number (公民身份号码, GB 11643-1999): 6 places of region, 8 of birth date, 3 in sequence, 1 check.

The check character is ISO/IEC 7064 MOD 11-2. Numbers of 15 places (before 1999) have a birth year of two places in the
20th century and no check character; they are turned into their form of 18 places, so that one person has one index.
"""

from __future__ import annotations

import re
from datetime import date

from minxin.core.errors import InvalidInputError
from minxin.mailbox.typed import compact

_LONG = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SHORT = re.compile(r"[1-9][0-9]{14}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def parse_id_number(text: str, today: date) -> str:
    """Return the number in its form of 18 places with an upper-case X.

    Full-width digits, blanks, hyphens and a small ``x`` are taken. The region is not looked up: codes are withdrawn
    while cards keep them. Raises ``InvalidInputError``: ``realname.id_number.missing``, ``.length``, ``.characters``,
    ``.birth_date`` (no such day, or not before ``today``), ``.checksum``.
    """
    number = compact(text).replace("-", "").upper()
    if not number:
        raise _invalid("missing")
    if len(number) not in (15, 18):
        raise _invalid("length", length=len(number))
    if not (_LONG if len(number) == 18 else _SHORT).fullmatch(number):
        raise _invalid("characters")
    if len(number) == 15:
        number = number[:6] + "19" + number[6:]
    _check_birth_date(number[6:14], today)
    expected = check_character(number[:17])
    if number[17:] not in ("", expected):
        raise _invalid("checksum")
    return number[:17] + expected


def check_character(first_17: str) -> str:
    """Return the check character of the first 17 places (ISO/IEC 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECKS[total % 11]


def _check_birth_date(digits: str, today: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise _invalid("birth_date") from error
    if born >= today:
        raise _invalid("birth_date")


def _invalid(what: str, **params: object) -> InvalidInputError:
    return InvalidInputError(f"realname.id_number.{what}", field="id_number", **params)
