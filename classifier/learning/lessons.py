"""What a person decided of one letter (教学记录), as the learner takes it; light enough for any process to import."""

from __future__ import annotations

from msgspec import Struct


class Lesson(Struct, frozen=True):
    """What a person decided of one letter.

    ``text`` is joined by :func:`minxin.core.judgement.judged_text`. ``office`` is None while it is only known whose the
    letter is not. ``refused`` are offices that sent the letter back (退回): they learn that such letters are not
    theirs. ``weight`` is a whole number over 0: a ruling may count more than a choice.
    """

    id: str
    text: str
    office: str | None
    refused: tuple[str, ...] = ()
    weight: int = 1
