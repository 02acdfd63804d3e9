"""The unified social credit code (统一社会信用代码, GB 32100-2015) of a company.

Its 18 places say who registered it, what it is, its region (6), its own code with a check character (9, GB 11714), and
the check character of the seventeen before. The letters I, O, S, V and Z are not used.
"""

from __future__ import annotations

import re
from typing import Final

from minxin.core.errors import InvalidInputError
from minxin.mailbox.typed import compact

LENGTH: Final = 18
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES: Final = {sign: place for place, sign in enumerate(_ALPHABET)}
_CODE: Final = re.compile(rf"[1-9A-GHJKLMNPQRTUWXY][{_ALPHABET}][0-9]{{6}}[{_ALPHABET}]{{10}}")
_WEIGHTS: Final = tuple(3**place % 31 for place in range(LENGTH - 1))
_OWN_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_OWN_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OWN_CHECKS: Final = {10: "X", 11: "0"}


def parse_credit_code(text: str) -> str:
    """Return the code with upper-case letters and without blanks or hyphens.

    Raises ``InvalidInputError`` for the field ``code``: ``company.code.missing``, ``.length``, ``.characters``,
    ``.checksum`` (either of the two).
    """
    code = compact(text).replace("-", "").upper()
    if not code:
        raise _invalid("missing")
    if len(code) != LENGTH:
        raise _invalid("length", length=len(code))
    if not _CODE.fullmatch(code):
        raise _invalid("characters")
    if code[-1] != check_character(code[:-1]) or code[16] != own_check_character(code[8:16]):
        raise _invalid("checksum")
    return code


def check_character(first_17: str) -> str:
    """Return the last place of the code: weights 3 to the power of the place, modulo 31 (GB 32100-2015, 5.5)."""
    total = sum(_PLACES[sign] * weight for sign, weight in zip(first_17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def own_check_character(first_8: str) -> str:
    """Return the check character of the organisation's own code (GB 11714-1997, modulo 11)."""
    total = sum(_OWN_ALPHABET.index(sign) * weight for sign, weight in zip(first_8, _OWN_WEIGHTS, strict=True))
    check = 11 - total % 11
    return _OWN_CHECKS.get(check, str(check))


def _invalid(what: str, **params: object) -> InvalidInputError:
    return InvalidInputError(f"company.code.{what}", field="code", **params)
