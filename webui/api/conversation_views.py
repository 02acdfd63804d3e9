"""What programs send to a conversation and are shown of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from minxin.consult.assistant.hearing import WORDS_MOST, Act
from minxin.consult.assistant.records import Mark
from minxin.consult.assistant.state import CardKind
from minxin.consult.chat.decisions import TOKEN_MAX
from minxin.consult.chat.records import Author, HandOver, Stage
from minxin.core.passages import Source
from minxin.webui.api.operations import Sent, Shown
from minxin.webui.i18n import Language, sentences
from minxin.webui.views.conversation import PassageView, Said

AN_ANSWER: Final = 2  # messages: what was said, and the answer

# The stages of letters have the same name in the document.
TalkStage = Annotated[str, Meta(extra_json_schema={"enum": [one.value for one in Stage]})]
Token = Annotated[
    str,
    Meta(
        description="Makes it safe to send again: the same token is the same message.",
        extra_json_schema={"maxLength": TOKEN_MAX},
    ),
]


class ActSent(Sent, frozen=True):
    """What the visitor says or chooses. `what` are the words, the id of a passage, or a value."""

    act: Act = Act.SAY
    what: Annotated[str, Meta(extra_json_schema={"maxLength": WORDS_MOST})] = ""
    token: Token = ""


class MarkSent(Sent, frozen=True):
    """What the visitor says of a passage that he was shown."""

    passage_id: str
    mark: Literal["solved", "not_solved", "take_back"]
    token: Token = ""


class TalkSince(Sent, frozen=True):
    """Which messages."""

    after: Annotated[int, Meta(ge=0, description="The `seq` of the last message that is known.")] = 0


class Opened(Shown, frozen=True):
    """A new conversation. `key` is told this once."""

    id: str
    key: str
    stage: TalkStage
    opened_at: datetime


class PassageShown(Shown, frozen=True):
    """An entry with where it comes from. `path` is its page on this site; `holds_for` are the cases that it is for."""

    id: str
    source: Source
    title: str
    paragraphs: list[str]
    holds_for: list[str]
    office: str
    basis: str
    checked_on: date | None
    path: str
    mark: Mark | None


class SaidShown(Shown, frozen=True):
    """One message. `card` says what can be done with it while it is the last: choose a passage (`readings`) or one of
    the `options` (`question`), mark the passage or choose one that is
    `related` (`answer`), go on to a letter or a person (`ways`). `quotes` are the
    sentences of the passage that answer a further question.
    """

    seq: int
    at: datetime
    author: Author
    post: str
    text: str
    card: CardKind | None
    options: list[str]
    quotes: list[str]
    passages: list[PassageShown]
    related: list[PassageShown]


class TalkShown(Shown, frozen=True):
    """Messages in order, and who has the word: `stage` is `assistant` until a person was called, with the `reason`."""

    stage: TalkStage
    reason: HandOver | None
    promised_by: datetime | None
    letter_id: str | None
    items: list[SaidShown]


def said_shown(one: Said, language: Language) -> SaidShown:
    """Return a message with the assistant's own phrases in the language."""
    card = one.card
    text = one.text
    if card is not None:
        words = sentences()
        text = words.sentence(f"assistant.say.{card.say}", language)
        if card.facet is not None:
            text = f"{text} {words.sentence(f'assistant.ask.{card.facet}', language)}"
    return SaidShown(
        seq=one.seq,
        at=one.at,
        author=one.author,
        post=one.post,
        text=text,
        card=card.kind if card is not None else None,
        options=list(card.options) if card is not None else [],
        quotes=list(card.quotes) if card is not None else [],
        passages=[passage_shown(passage) for passage in one.passages],
        related=[passage_shown(passage) for passage in one.related],
    )


def passage_shown(passage: PassageView) -> PassageShown:
    """Return an entry with where it comes from."""
    return PassageShown(
        id=passage.id,
        source=passage.source,
        title=passage.title,
        paragraphs=list(passage.paragraphs),
        holds_for=[condition.value for condition in passage.conditions],
        office=passage.office,
        basis=passage.basis,
        checked_on=passage.checked_on,
        path=passage.path,
        mark=passage.mark,
    )
