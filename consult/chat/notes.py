"""What the house itself says in a conversation (系统提示).

The words are kept in Chinese, for the transcript; ``card`` names the sentence, so that pages say it in the reader's
language.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from minxin.consult.chat.decisions import say, written
from minxin.consult.chat.records import Author, Conversation
from minxin.consult.sentences import sentence
from minxin.core.changes import Changes


class Note(StrEnum):
    """What there is to say."""

    TAKEN = "taken"
    BACK = "back"
    TRANSFERRED = "transferred"
    LEFT = "left"
    LETTER = "letter"
    ENDED = "ended"
    IDLE = "idle"


def noted(conversation: Conversation, what: Note, now: datetime, **words: str) -> Changes:
    """Return what writes the conversation with the note in it."""
    text = sentence(f"chat.note.{what}", "zh", **words)
    after, said = say(conversation, Author.SYSTEM, text, now, card={"note": what.value, "words": words})
    return written(after, [said])
