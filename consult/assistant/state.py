"""What the assistant remembers of a conversation, and the cards that it shows (对话状态与卡片)."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct

from minxin.consult.assistant.records import Mark
from minxin.consult.chat.records import Conversation, HandOver
from minxin.core.passages import Facet, Hit


class Say(StrEnum):
    """The assistant's own fixed phrases, the catalogue's ``assistant.say.*``: it has no other words of its own."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ABOUT = "about"  # what it is and can do
    ANSWER = "answer"
    DETAIL = "detail"  # the part of the last answer that was asked for
    NO_DETAIL = "no_detail"  # the last answer does not say; its page and its office may
    READINGS = "readings"
    OTHERS = "others"  # further readings after "none of these" or "not solved"
    ASK = "ask"  # with the facet: ``assistant.ask.<facet>``
    NOTHING = "nothing"
    DENOUNCES = "denounces"
    GLAD = "glad"
    PERSON = "person"
    MISSED = "missed"
    URGENT = "urgent"
    UPSET = "upset"
    FAILED = "failed"


class CardKind(StrEnum):
    """What stands under the phrase."""

    PLAIN = "plain"  # nothing
    ANSWER = "answer"  # one passage, with "solved" and "not solved"
    DETAIL = "detail"  # sentences of one passage
    READINGS = "readings"  # passages to choose from, and "none of these"
    QUESTION = "question"  # the values of one facet, and "none, or not sure"
    WAYS = "ways"  # nothing is known: who is competent, a letter, a person


class Card(Struct, frozen=True, omit_defaults=True):
    """What a message of the assistant shows beside its passages, kept in ``Message.card``.

    ``options`` are the values of a question, ``quotes`` the sentences of the passage that a detail consists of,
    ``related`` further passages beside an answer: the matter behind an entry, or the entries on a matter.
    ``question`` is the visitor's own, for a card that leads to a letter.
    """

    say: Say
    kind: CardKind = CardKind.PLAIN
    facet: Facet | None = None
    options: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    question: str = ""


class Told(Struct, frozen=True):
    """What the visitor said of his case: a value of a facet, or that none of those offered is his."""

    facet: Facet
    value: str  # empty: none of them, or not sure


class Dialogue(Struct, frozen=True, omit_defaults=True):
    """Where the search for the visitor's matter stands.

    ``left`` are the hits that it may still be, best first. Only the confidence of the search's ``head`` is a
    probability: that of the others counts ``scale`` times, and ``rest`` is the probability of none of what is left.
    ``cards`` counts the readings and questions since the last question of his own, ``misses`` the dead ends since the
    last thing that helped. ``topic`` is the passage that was answered last.
    """

    question: str = ""
    left: tuple[Hit, ...] = ()
    head: str = ""
    scale: float = 1.0
    rest: float = 0.0
    told: tuple[Told, ...] = ()
    offered: tuple[str, ...] = ()  # the readings that are open
    asking: Facet | None = None  # the facet whose question is open
    options: tuple[str, ...] = ()
    refused: bool = False  # readings were refused since the last question of his own
    cards: int = 0
    misses: int = 0
    topic: str = ""


class MarkDraft(Struct, frozen=True):
    """A mark to be kept; an empty ``passage_id`` is no passage."""

    passage_id: str
    mark: Mark


class Turn(Struct, frozen=True):
    """What the assistant decided: the new dialogue, one card with the passages that it shows, and what is kept.

    ``call`` is why a person is called. A turn without a card says nothing.
    """

    dialogue: Dialogue
    card: Card | None = None
    shown: tuple[str, ...] = ()
    marks: tuple[MarkDraft, ...] = ()
    call: HandOver | None = None


def dialogue_of(conversation: Conversation) -> Dialogue:
    """Return what is remembered; raises ``msgspec.ValidationError`` for what no version of ours wrote."""
    return msgspec.convert(conversation.dialogue, Dialogue)


def card_of(kept: dict[str, object]) -> Card | None:
    """Return the card of a message, or None for a message that has none."""
    return msgspec.convert(kept, Card) if kept else None
