"""Mobile numbers of mainland China (手机号): 11 digits that begin with 13 to 19 (ITU-T E.164 country code 86)."""

from __future__ import annotations

import re

from minxin.core.errors import InvalidInputError
from minxin.mailbox.typed import compact

_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_PUNCTUATION = str.maketrans("", "", "-()")


def parse_phone(text: str) -> str:
    """Return the 11 digits; ``+86``, ``0086``, blanks, hyphens, brackets and full-width digits are taken.

    Raises ``InvalidInputError``: ``realname.phone.missing`` or ``realname.phone.format``.
    """
    number = compact(text).translate(_PUNCTUATION)
    if not number:
        raise InvalidInputError("realname.phone.missing", field="phone")
    match = _MOBILE.fullmatch(number)
    if not match:
        raise InvalidInputError("realname.phone.format", field="phone")
    return match[1]
