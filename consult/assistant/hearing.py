"""What a visitor did (一次发言): words, or a tap on one of the buttons of a card."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.assistant.state import Dialogue
from minxin.consult.sentences import sentence
from minxin.core.errors import InvalidInputError
from minxin.core.passages import Passage

WORDS_MOST: Final = 500
TRANSCRIPT: Final = "zh"  # the language in which a transcript is kept; pages show the cards in the reader's own


class Act(StrEnum):
    """What can be done beside the assistant."""

    SAY = "say"
    READING = "reading"  # one of the readings
    VALUE = "value"  # one of the values of the open question
    NONE = "none"  # 没有我要的, or 都不是/不确定
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    TAKE_BACK = "take_back"
    PERSON = "person"


class Heard(Struct, frozen=True):
    """One act; ``what`` are the words, the passage's id or the value."""

    act: Act
    what: str = ""


_OF_PASSAGE: Final = frozenset({Act.READING, Act.SOLVED, Act.NOT_SOLVED, Act.TAKE_BACK})


def check(heard: Heard, dialogue: Dialogue, shown: frozenset[str]) -> Heard:
    """Return the act with its words stripped.

    ``shown`` are the passages that the conversation has shown: no other can be chosen or marked. Raises
    ``InvalidInputError`` for empty or too long words and for a button that is not there any more.
    """
    what = heard.what.strip()
    if heard.act is Act.SAY and not what:
        raise InvalidInputError("ask.missing", field="q")
    if len(what) > WORDS_MOST:
        raise InvalidInputError("ask.too_long", field="q", most=WORDS_MOST)
    stale = (
        (heard.act in _OF_PASSAGE and what not in shown)
        or (heard.act is Act.VALUE and what not in dialogue.options)
        or (heard.act is Act.NONE and not dialogue.offered and dialogue.asking is None)
    )
    if stale:
        raise InvalidInputError("ask.stale", field="q")
    return Heard(heard.act, what)


def in_words(heard: Heard, dialogue: Dialogue, passages: Mapping[str, Passage]) -> str:
    """Return the act as it stands in the transcript."""
    if heard.act in (Act.SAY, Act.VALUE):
        return heard.what
    if heard.act is Act.READING:
        return passages[heard.what].title if heard.what in passages else "—"
    if heard.act is Act.NONE and dialogue.asking is not None:
        return sentence("assistant.act.unsure", TRANSCRIPT)
    return sentence(f"assistant.act.{heard.act}", TRANSCRIPT)
