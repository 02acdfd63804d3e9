"""What the assistant does next (多轮对话): pure, over hits, passages and what is remembered.

It answers when it is sure, offers readings when one of a few is likely, asks the question that splits the rest best, at
most :data:`CARDS_MOST` of these in a row, and else says that it does not know. Every sentence of an answer is a
passage's own; its own phrases are fixed (``state.Say``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from minxin.consult.assistant.narrowing import (
    Question,
    alternating,
    best_question,
    holding,
    named_facets,
    values_of,
    weighed,
)
from minxin.consult.assistant.records import Mark
from minxin.consult.assistant.state import Card, CardKind, Dialogue, MarkDraft, Say, Told, Turn
from minxin.consult.assistant.understanding import Aspect, sentences_on
from minxin.consult.chat.records import HandOver
from minxin.core.passages import Facet, Hit, Passage

Passages = Mapping[str, Passage]

CONFIDENT: Final = 0.7  # from this probability on it answers without asking
PLAUSIBLE: Final = 0.01  # below, a passage is not worth a button
READINGS_MOST: Final = 3
RELATED_MOST: Final = 2
CARDS_MOST: Final = 3  # readings and questions in a row
MISSES_MOST: Final = 2  # dead ends until a person is called
# Readings are one tap; a question must be worth more, and is when the readings would probably miss.
READINGS_ENOUGH: Final = 0.5  # of the probability that is left
BITS_ENOUGH: Final = 2.0
FAIR: Final = 0.3  # of the head: a question over guesses asks for cases that have nothing to do with the matter
BITS_AFTER_REFUSAL: Final = 2.0
RIVAL: Final = 0.3  # of the head's probability: a passage for another case that must be told apart first


def on_question(dialogue: Dialogue, question: str, hits: Sequence[Hit], passages: Passages) -> Turn:
    """Begin the search for a matter: ``hits`` were found for the question, of ``passages`` that may be shown."""
    shown = [hit for hit in hits if hit.passage_id in passages]
    likely = [hit for hit in weighed(shown, passages, question) if hit.confidence >= PLAUSIBLE]
    left = alternating(likely, passages)
    head = left[0].confidence if left else 0.0
    others = sum(hit.confidence for hit in left[1:])
    scale = min(1.0, (1.0 - head) / others) if others > 0 else 1.0
    begun = Dialogue(
        question=question,
        left=left,
        head=left[0].passage_id if left else "",
        scale=scale,
        rest=max(0.0, 1.0 - head - scale * others),
        misses=dialogue.misses,
        topic=dialogue.topic,
    )
    return _next(begun, passages)


def on_reading(dialogue: Dialogue, passage_id: str, passages: Passages) -> Turn:
    """Show the reading that was chosen; one that may not be shown any more leads to the next best."""
    if passage_id not in passages:
        return _next(_without(dialogue, (passage_id,)), passages)
    return _answer(dialogue, passage_id, passages)


def on_value(dialogue: Dialogue, value: str, passages: Passages) -> Turn:
    """Take the answer to the open question; an empty value is "none of them, or not sure"."""
    facet = dialogue.asking
    if facet is None:
        return _next(dialogue, passages)
    told = replace(_closed(dialogue), told=(*dialogue.told, Told(facet, value)))
    if not value:
        return _next(_doubting(told, facet, passages), passages)
    shown = [hit for hit in told.left if hit.passage_id in passages]
    return _next(replace(told, left=holding(shown, passages, facet, value)), passages)


def on_none(dialogue: Dialogue, passages: Passages) -> Turn:
    """Take "none of these": the open readings were none of it, which is kept of each, and the next best follows."""
    if dialogue.asking is not None:
        return on_value(dialogue, "", passages)
    marks = tuple(MarkDraft(one, Mark.NONE_OF_THESE) for one in dialogue.offered)
    left = replace(_without(dialogue, dialogue.offered), refused=True)
    turn = _next(_closed(left), passages)
    return replace(turn, marks=marks + turn.marks)


def on_verdict(dialogue: Dialogue, passage_id: str, solved: bool, passages: Passages) -> Turn:
    """Take what the visitor says of an answer; "not solved" counts as a miss and goes on with the next best."""
    if solved:
        done = replace(_closed(dialogue), misses=0, cards=0, left=())
        return Turn(done, Card(Say.GLAD), marks=(MarkDraft(passage_id, Mark.SOLVED),))
    marks = (MarkDraft(passage_id, Mark.NOT_SOLVED),)
    missed = _closed(replace(_without(dialogue, (passage_id,)), misses=dialogue.misses + 1, refused=True))
    if missed.misses >= MISSES_MOST:
        return replace(hand_over(missed, HandOver.MISSED), marks=marks)
    turn = _next(missed, passages, dead_end=missed.misses)
    return replace(turn, marks=marks + turn.marks)


def on_aspect(dialogue: Dialogue, aspect: Aspect, passage: Passage, more: Sequence[str] = ()) -> Turn:
    """Show what the passage says on a part of it; ``more`` is what its matter and its office say."""
    return quoted(dialogue, passage, (*sentences_on(aspect, passage.text), *more))


def quoted(dialogue: Dialogue, passage: Passage, quotes: Sequence[str]) -> Turn:
    """Show sentences of the passage, or that it has none on what was asked."""
    say = Say.DETAIL if quotes else Say.NO_DETAIL
    card = Card(say, CardKind.DETAIL, quotes=tuple(dict.fromkeys(quotes)))
    return Turn(replace(_closed(dialogue), topic=passage.id), card, shown=(passage.id,))


def hand_over(dialogue: Dialogue, reason: HandOver) -> Turn:
    """Call a person and say so."""
    return Turn(_closed(dialogue), Card(_SAID_OF[reason]), call=reason)


def phrase(dialogue: Dialogue, say: Say) -> Turn:
    """Say one of the fixed phrases; whatever was open stays open."""
    return Turn(dialogue, Card(say))


def sealed(dialogue: Dialogue, question: str) -> Turn:
    """Say that such words would be a sealed letter: a denunciation is nobody's to answer here."""
    return Turn(
        replace(_closed(dialogue), question=question, left=()),
        Card(Say.DENOUNCES, CardKind.WAYS, question=question),
    )


_SAID_OF: Final = {
    HandOver.ASKED: Say.PERSON,
    HandOver.MISSED: Say.MISSED,
    HandOver.URGENT: Say.URGENT,
    HandOver.UPSET: Say.UPSET,
    HandOver.FAILED: Say.FAILED,
}


def _next(dialogue: Dialogue, passages: Passages, dead_end: int = 0) -> Turn:
    """Decide on the next card; ``dead_end`` is how many misses were counted already if there is none."""
    left = [hit for hit in dialogue.left if hit.passage_id in passages]
    dialogue = replace(dialogue, left=tuple(left))
    if not left:
        return _nothing(dialogue, dead_end)
    question = best_question(left, passages, _settled(dialogue))
    head = left[0].passage_id
    if not dialogue.refused and _probability(dialogue, head) >= CONFIDENT:
        apart = _telling_apart(dialogue, passages, question)
        return _ask(dialogue, apart) if apart and dialogue.cards < CARDS_MOST else _answer(dialogue, head, passages)
    if dialogue.cards >= CARDS_MOST:
        return _nothing(dialogue, dead_end)
    if question is not None and _worth_asking(dialogue, question):
        return _ask(dialogue, question)
    return _readings(dialogue)


def _worth_asking(dialogue: Dialogue, question: Question) -> bool:
    """Say whether the question brings more than readings would."""
    if len(dialogue.left) <= READINGS_MOST:
        return False
    if dialogue.refused:
        return question.bits >= BITS_AFTER_REFUSAL
    total = sum(hit.confidence for hit in dialogue.left)
    first = sum(hit.confidence for hit in dialogue.left[:READINGS_MOST])
    fair = dialogue.left[0].confidence >= FAIR
    return fair and first < READINGS_ENOUGH * total and question.bits >= BITS_ENOUGH


def _telling_apart(dialogue: Dialogue, passages: Passages, question: Question | None) -> Question | None:
    """Return the question that must come before the answer: a likely rival gives another answer for another case."""
    if question is None:
        return None
    head = dialogue.left[0]
    own = values_of(passages[head.passage_id], question.facet)
    if not own or question.facet in named_facets(passages[head.passage_id], dialogue.question):
        return None
    for hit in dialogue.left[1:]:
        other = values_of(passages[hit.passage_id], question.facet)
        if other and not set(own) & set(other) and hit.confidence >= RIVAL * head.confidence:
            return question
    return None


def _probability(dialogue: Dialogue, passage_id: str) -> float:
    """Return the probability of the passage after what was ruled out since the search."""
    shares = {hit.passage_id: _share(dialogue, hit) for hit in dialogue.left}
    total = sum(shares.values()) + dialogue.rest
    return shares[passage_id] / total if total > 0 else 0.0


def _share(dialogue: Dialogue, hit: Hit) -> float:
    return hit.confidence * (1.0 if hit.passage_id == dialogue.head else dialogue.scale)


def _answer(dialogue: Dialogue, passage_id: str, passages: Passages) -> Turn:
    kept = replace(_closed(_without(dialogue, (passage_id,))), topic=passage_id)
    card = Card(Say.ANSWER, CardKind.ANSWER, related=_related(kept, passages[passage_id], passages))
    return Turn(kept, card, shown=(passage_id,))


def _related(dialogue: Dialogue, answer: Passage, passages: Passages) -> tuple[str, ...]:
    """Return the best hits of another source: who reads an entry may have the matter to get done, and the reverse."""
    others = (hit.passage_id for hit in dialogue.left if hit.passage_id in passages)
    return tuple(one for one in others if passages[one].source is not answer.source)[:RELATED_MOST]


def _readings(dialogue: Dialogue) -> Turn:
    offered = tuple(hit.passage_id for hit in dialogue.left[:READINGS_MOST])
    say = Say.OTHERS if dialogue.refused else Say.READINGS
    kept = replace(_closed(dialogue), offered=offered, cards=dialogue.cards + 1)
    return Turn(kept, Card(say, CardKind.READINGS), shown=offered)


def _ask(dialogue: Dialogue, question: Question) -> Turn:
    kept = replace(_closed(dialogue), asking=question.facet, options=question.values, cards=dialogue.cards + 1)
    return Turn(kept, Card(Say.ASK, CardKind.QUESTION, facet=question.facet, options=question.values))


def _nothing(dialogue: Dialogue, counted: int = 0) -> Turn:
    """Say that nothing is known; the second time in a row a person is called."""
    missed = replace(_closed(dialogue), left=(), cards=0, misses=counted or dialogue.misses + 1)
    marks = (MarkDraft("", Mark.UNANSWERED),)
    if missed.misses >= MISSES_MOST:
        return replace(hand_over(missed, HandOver.MISSED), marks=marks)
    return Turn(missed, Card(Say.NOTHING, CardKind.WAYS, question=missed.question), marks=marks)


def _settled(dialogue: Dialogue) -> frozenset[Facet]:
    return frozenset(told.facet for told in dialogue.told)


def _closed(dialogue: Dialogue) -> Dialogue:
    """Return the dialogue with nothing open to be chosen from."""
    return replace(dialogue, offered=(), asking=None, options=())


def _without(dialogue: Dialogue, passage_ids: Sequence[str]) -> Dialogue:
    """Rule passages out; what they had goes to "none of them", which is then the likelier."""
    gone = sum(_share(dialogue, hit) for hit in dialogue.left if hit.passage_id in passage_ids)
    left = tuple(hit for hit in dialogue.left if hit.passage_id not in passage_ids)
    return replace(dialogue, left=left, rest=dialogue.rest + gone)


def _doubting(dialogue: Dialogue, facet: Facet, passages: Passages) -> Dialogue:
    """Make what holds for one of the cases that were not his half as likely, and what holds for all no less."""
    left = [
        replace(hit, confidence=hit.confidence / 2) if values_of(passages[hit.passage_id], facet) else hit
        for hit in dialogue.left
        if hit.passage_id in passages
    ]
    return replace(dialogue, left=alternating(left, passages))
