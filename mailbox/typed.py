"""What keyboards and copy-paste do to digits: full-width forms, blanks of every kind, invisible marks."""

from __future__ import annotations

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x202A, 0x202C, 0x202D))


def half_width(text: str) -> str:
    """Return the text with full-width ASCII made half-width and invisible marks removed."""
    return text.translate(_FULL_WIDTH | _INVISIBLE)


def compact(text: str) -> str:
    """Return the text half-width and without any blanks."""
    return "".join(half_width(text).split())
