"""The end of a letter (来信终结): what becomes of it once none of its work orders is under way any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from minxin.consult.records import Letter, LetterState, OrderState

_ENDED = frozenset({OrderState.CLOSED, OrderState.CANCELLED})


def after_an_end(letter: Letter, states: Iterable[OrderState], at: datetime, cancelled: LetterState) -> Letter:
    """Return the letter after one of its work orders ended; ``states`` are those of all of them.

    It goes on while another does. Then it is closed (办结) if any part of it was answered, and else ``cancelled``.
    The caller writes the letter in any case: of two work orders that end at once, the second then reads again and sees
    that it is the last.
    """
    found = set(states)
    if not found <= _ENDED:
        return letter
    return replace(letter, state=LetterState.CLOSED if OrderState.CLOSED in found else cancelled, closed_at=at)
