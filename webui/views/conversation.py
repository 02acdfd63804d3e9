"""A conversation as its visitor reads it: what was said, the cards, and what can be done under the last of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from minxin.consult.assistant.hearing import Act
from minxin.consult.assistant.records import Mark
from minxin.consult.assistant.state import Card, CardKind, card_of
from minxin.consult.chat.records import Author, Message
from minxin.core.passages import Condition, Passage, Source
from minxin.webui.views.chat import SaidView, said_view

CARRIED_MOST: Final = 500


class PassageView(Struct, frozen=True):
    """A passage with where it comes from; ``mark`` is what the visitor said of it, if he did."""

    id: str
    source: Source
    title: str
    paragraphs: tuple[str, ...]
    conditions: tuple[Condition, ...]
    office: str
    basis: str
    checked_on: date | None
    path: str
    mark: Mark | None = None

    def path_to(self, quotes: Sequence[str]) -> str:
        """Return the page of the record, and of duties the clause that is quoted first."""
        if self.source is not Source.DUTY or not quotes:
            return self.path
        numbers = (at for at, clause in enumerate(self.paragraphs, start=1) if quotes[0] in clause)
        number = next(numbers, None)
        return self.path if number is None else f"{self.path.partition('#')[0]}#duty-{number}"


class Said(Struct, frozen=True):
    """One message. ``last`` is the assistant's latest, whose buttons still hold; ``gone`` counts passages withdrawn.

    ``plain`` is one that the assistant had no part in, as the live chat shows it.
    """

    seq: int
    author: Author
    at: datetime
    text: str
    post: str
    card: Card | None
    act: Act | None
    passages: tuple[PassageView, ...]
    related: tuple[PassageView, ...]
    gone: int
    last: bool
    plain: SaidView | None


def said(
    messages: Sequence[Message],
    passages: Mapping[str, Passage],
    marks: Mapping[str, Mark],
    names: Mapping[str, str],
) -> tuple[Said, ...]:
    """Return the messages to be shown; ``names`` are the offices' in the reader's language."""
    ours = [message.seq for message in messages if message.author is Author.ASSISTANT]
    last = ours[-1] if ours else 0
    return tuple(
        Said(
            seq=message.seq,
            author=message.author,
            at=message.at,
            text=message.text,
            post=message.post,
            card=_card(message),
            act=_act(message),
            passages=tuple(
                passage_view(passages[one], names, marks.get(one)) for one in message.shown if one in passages
            ),
            related=tuple(passage_view(passages[one], names) for one in _related(message) if one in passages),
            gone=sum(one not in passages for one in message.shown),
            last=message.seq == last,
            plain=None if message.card.keys() & {"act", "say"} else said_view(message, Author.VISITOR),
        )
        for message in messages
    )


def passage_view(passage: Passage, names: Mapping[str, str], mark: Mark | None = None) -> PassageView:
    """Return one passage with the name of its office."""
    return PassageView(
        id=passage.id,
        source=passage.source,
        title=passage.title,
        paragraphs=tuple(line.strip() for line in passage.text.splitlines() if line.strip()),
        conditions=passage.conditions,
        office=names.get(passage.office_id, ""),
        basis=passage.basis,
        checked_on=passage.checked_on,
        path=passage.path,
        mark=mark,
    )


def own_words(messages: Sequence[Message]) -> str:
    """Return what the visitor wrote himself, for the letter that he may write: questions once each, no taps."""
    words = [message.text for message in messages if _act(message) is Act.SAY]
    return "\n".join(dict.fromkeys(words))[:CARRIED_MOST]


def way_on(messages: Sequence[Message]) -> Card | None:
    """Return the last card when it leads out of the conversation: to a letter or a person."""
    card = _card(messages[-1]) if messages else None
    return card if card is not None and card.kind is CardKind.WAYS else None


def _card(message: Message) -> Card | None:
    return card_of(message.card) if message.author is Author.ASSISTANT else None


def _related(message: Message) -> tuple[str, ...]:
    card = _card(message)
    return () if card is None else card.related


def _act(message: Message) -> Act | None:
    """Return what the visitor did; a message without a note of it was written to a person."""
    if message.author is not Author.VISITOR:
        return None
    return Act(message.card["act"]) if "act" in message.card else Act.SAY
