"""A card in words (对话文本): what staff read, what a letter takes along, and what the interface for programs gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from minxin.consult.assistant.hearing import TRANSCRIPT
from minxin.consult.assistant.state import Card, CardKind
from minxin.consult.sentences import sentence
from minxin.core.passages import Passage

_LISTED: Final = "・"


def text_of(card: Card, shown: Sequence[str], passages: Mapping[str, Passage]) -> str:
    """Return the card as lines: the phrase, then what it shows, word for word as the visitor had it."""
    lines = [sentence(f"assistant.say.{card.say}", TRANSCRIPT)]
    if card.facet is not None:
        lines.append(sentence(f"assistant.ask.{card.facet}", TRANSCRIPT))
    lines += [_LISTED + option for option in card.options]
    known = [passages[one] for one in shown if one in passages]
    if card.kind is CardKind.READINGS:
        return "\n".join([*lines, *(_LISTED + passage.title for passage in known)])
    for passage in known:
        lines.append(passage.title)
        lines += card.quotes if card.kind is CardKind.DETAIL else (passage.text,)
        lines += [passage.basis] if passage.basis else []
    lines += [_LISTED + passages[one].title for one in card.related if one in passages]
    return "\n".join(line for line in lines if line)
