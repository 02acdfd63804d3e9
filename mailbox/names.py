"""Names of persons as they stand on the card."""

from __future__ import annotations

import re
import unicodedata

from minxin.core.errors import InvalidInputError
from minxin.mailbox.typed import half_width

MAX_NAME = 50
# The dot between the parts of Uyghur and other names is typed in many ways; the card has U+00B7.
_DOTS = re.compile("[.•‧∙・･●⋅．]")
_HAN = re.compile("[⺀-鿿豈-﫿\U00020000-\U0003fffd]")


def parse_name(text: str) -> str:
    """Return the name in one form: NFC, one kind of dot (·), no blanks between Chinese characters.

    Rare characters (㐂 𠮷 䶮) are kept. Raises ``InvalidInputError``: ``realname.name.missing``, ``.length`` (2 to 50),
    ``.characters``.
    """
    name = " ".join(_DOTS.sub("·", unicodedata.normalize("NFC", half_width(text))).split())
    if _HAN.search(name):
        name = name.replace(" ", "")
    if not name:
        raise InvalidInputError("realname.name.missing", field="name")
    if not 2 <= len(name) <= MAX_NAME:
        raise InvalidInputError("realname.name.length", field="name", longest=MAX_NAME)
    if not all(_may_stand(sign) for sign in name):
        raise InvalidInputError("realname.name.characters", field="name")
    return name


def _may_stand(sign: str) -> bool:
    return sign in "· '’-" or unicodedata.category(sign)[0] in "LM"
