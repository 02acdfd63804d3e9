"""How full a box is, and when its owner is told (容量提醒): once at each level, and again after it was emptier."""

from __future__ import annotations

from typing import Final

# Per cent of the quota at which a word is due, and under which the word may be due again: not at every mail to and fro.
LEVELS: Final = ((80, 75), (95, 90))


def level_of(used: int, most: int, warned: int) -> int:
    """Return the level (80, 95, or 0 for none) that a box is at whose owner was last told of ``warned``."""
    reached = 0
    for level, under in LEVELS:
        bound = under if warned >= level else level
        if used * 100 >= bound * most:
            reached = level
    return reached
