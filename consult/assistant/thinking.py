"""How the assistant comes to its answer (思考): reads what a decision needs; ``dialogue`` decides."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import replace

from minxin.consult.assistant import details
from minxin.consult.assistant import dialogue as decide
from minxin.consult.assistant.hearing import WORDS_MOST, Act, Heard
from minxin.consult.assistant.ports import Retriever
from minxin.consult.assistant.ranking import ranked
from minxin.consult.assistant.state import Dialogue, Say, Turn
from minxin.consult.assistant.understanding import (
    VALUE_MOST,
    Aspect,
    Meant,
    aspect_of,
    bare,
    follow_up_of,
    for_the_case,
    meant,
    ordinal_of,
    sentences_naming,
    value_in,
)
from minxin.consult.chat.records import HandOver
from minxin.consult.matters.records import Matter
from minxin.consult.ports import Judge, LetterStore, Rules
from minxin.consult.records import Office
from minxin.core.errors import UnavailableError
from minxin.core.judgement import Urgency
from minxin.core.passages import Hit, Passage, Source

HITS: Final = 20
OFFICE_FROM: Final = 0.3  # probability: a less likely office is no address for a question
JUDGE_PATIENCE_S: Final = 0.5
# Words that alone find as little as this are taken as a part of the question that is open.
ALONE: Final = 0.3
_PHRASES: Final = {
    Meant.GREETING: Say.GREETING,
    Meant.THANKS: Say.THANKS,
    Meant.GOODBYE: Say.GOODBYE,
    Meant.ABOUT: Say.ABOUT,
}
# Duties say who is competent and nothing of what to do: they answer no question.
ANSWERING: Final = frozenset({Source.KNOWLEDGE, Source.MATTER, Source.PUBLISHED})


class Thinker:
    """Decides on one act of a visitor; whatever it raises, the caller hands over to a person."""

    def __init__(self, store: LetterStore, retriever: Retriever, rules: Rules, judge: Judge) -> None:
        self._store = store
        self._retriever = retriever
        self._rules = rules
        self._judge = judge

    async def turn(self, dialogue: Dialogue, heard: Heard) -> Turn:
        """Return what follows the act."""
        if heard.act is Act.SAY:
            return await self._on_words(dialogue, heard.what)
        if heard.act is Act.PERSON:
            return decide.hand_over(dialogue, HandOver.ASKED)
        passages = await self._known(dialogue, heard.what)
        if heard.act is Act.READING:
            return decide.on_reading(dialogue, heard.what, passages)
        if heard.act is Act.VALUE:
            return decide.on_value(dialogue, heard.what, passages)
        if heard.act is Act.NONE:
            return decide.on_none(dialogue, passages)
        return decide.on_verdict(dialogue, heard.what, heard.act is Act.SOLVED, passages)

    async def office_of(self, question: str) -> str | None:
        """Return the office that most probably is competent, or None; nobody is kept waiting for the judge."""
        try:
            async with asyncio.timeout(JUDGE_PATIENCE_S):
                judgement = await self._judge.judge("", question)
        except (TimeoutError, UnavailableError):
            return None
        if judgement.denounces or not judgement.candidates:
            return None
        first = judgement.candidates[0]
        return first.office_id if first.probability >= OFFICE_FROM else None

    async def _on_words(self, dialogue: Dialogue, words: str) -> Turn:
        """People first: whoever asks for one, is in danger, or is upset."""
        kind = meant(words)
        if kind is Meant.PERSON:
            return decide.hand_over(dialogue, HandOver.ASKED)
        judgement = self._rules("", words)
        if judgement.urgency is Urgency.URGENT:
            return decide.hand_over(replace(dialogue, question=words), HandOver.URGENT)
        if kind is Meant.UPSET:
            return decide.hand_over(dialogue, HandOver.UPSET)
        if judgement.denounces:
            return decide.sealed(dialogue, words)
        if kind in _PHRASES:
            return decide.phrase(dialogue, _PHRASES[kind])
        typed = await self._typed_tap(dialogue, words, kind)
        return await self._on_question(dialogue, words) if typed is None else typed

    async def _typed_tap(self, dialogue: Dialogue, words: str, kind: Meant | None) -> Turn | None:
        """Take words that say what a button says, or None: who has no buttons before him types them."""
        passages = await self._known(dialogue)
        if dialogue.asking is not None:
            named = value_in(words, dialogue.options) if len(bare(words)) <= VALUE_MOST else ""
            if named or kind is Meant.NONE:
                return decide.on_value(dialogue, named, passages)
        if dialogue.offered:
            place = ordinal_of(words, len(dialogue.offered))
            if place is not None:
                return decide.on_reading(dialogue, dialogue.offered[place], passages)
            titles = {passages[one].title: one for one in dialogue.offered if one in passages}
            if words in titles:
                return decide.on_reading(dialogue, titles[words], passages)
        if kind in (Meant.NONE, Meant.NOT_SOLVED) and dialogue.offered:
            return decide.on_none(dialogue, passages)
        if kind in (Meant.SOLVED, Meant.NOT_SOLVED) and dialogue.topic:
            return decide.on_verdict(dialogue, dialogue.topic, kind is Meant.SOLVED, passages)
        return None

    async def _on_question(self, dialogue: Dialogue, words: str) -> Turn:
        topic = (await self._known(dialogue)).get(dialogue.topic) if dialogue.topic else None
        if topic is not None:
            aspect = aspect_of(words)
            if aspect is not None:
                return await self._on_aspect(dialogue, aspect, topic)
            case = follow_up_of(words)
            if case:
                return await self._on_case(dialogue, case, topic)
        hits = await self._search(words)
        opened = dialogue.offered or dialogue.asking is not None
        if opened and dialogue.question and (not hits or hits[0].confidence < ALONE):
            together = f"{dialogue.question} {words}"[-WORDS_MOST:]
            found = await self._search(together)
            if found and (not hits or found[0].confidence > hits[0].confidence):
                words, hits = together, found
        return decide.on_question(dialogue, words, hits, await self._passages(hits))

    async def _on_aspect(self, dialogue: Dialogue, aspect: Aspect, topic: Passage) -> Turn:
        """Answer "要多久?" from the last answer, the catalogue's entry behind it, and its office."""
        more: tuple[str, ...] = ()
        if topic.source is Source.MATTER:
            matter = await self._store.get(Matter, topic.id.partition(":")[2])
            more = details.of_matter(aspect, matter) if matter is not None else ()
        if not more:
            office = await self._store.get(Office, topic.office_id)
            more = details.of_office(aspect, office) if office is not None else ()
        return decide.on_aspect(dialogue, aspect, topic, more)

    async def _on_case(self, dialogue: Dialogue, case: str, topic: Passage) -> Turn:
        """Answer "那孩子呢?": the last matter for another case, or what the last answer itself says of it."""
        question = for_the_case(topic.title, case)
        hits = await self._search(question)
        passages = await self._passages(hits)
        shown = [hit.passage_id for hit in hits if hit.passage_id in passages]
        quotes = sentences_naming(case, topic.text)
        if quotes and (not shown or shown[0] == topic.id):
            return decide.quoted(dialogue, topic, quotes)
        return decide.on_question(dialogue, question, hits, passages)

    async def _search(self, question: str) -> list[Hit]:
        hits = await self._retriever.search(question, HITS, ANSWERING)
        if not hits:
            return []
        return ranked(hits, await self._store.mark_tallies([hit.passage_id for hit in hits]))

    async def _passages(self, hits: Collection[Hit]) -> Mapping[str, Passage]:
        return await self._retriever.passages([hit.passage_id for hit in hits])

    async def _known(self, dialogue: Dialogue, *more: str) -> Mapping[str, Passage]:
        """Return the passages that the dialogue is about, as they may be shown now."""
        ids = {hit.passage_id for hit in dialogue.left} | set(dialogue.offered) | {dialogue.topic, *more}
        return await self._retriever.passages(sorted(one for one in ids if ":" in one))
