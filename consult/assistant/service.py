"""The assistant (智能助手): hears a visitor, answers from the city's own records, and hands over to a person in time.

Each act is one commit with the visitor's message, the answer, the new dialogue and the marks. What is sent again is
recognised by its token. Whatever goes wrong while it thinks calls a person: no visitor is left with an error.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

from minxin.consult.assistant import dialogue as decide
from minxin.consult.assistant.hearing import Act, Heard, check, in_words
from minxin.consult.assistant.ports import Retriever
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.state import Dialogue, MarkDraft, Turn, card_of, dialogue_of
from minxin.consult.assistant.thinking import Thinker
from minxin.consult.assistant.transcript import text_of
from minxin.consult.chat import decisions
from minxin.consult.chat.access import access_own
from minxin.consult.chat.pace import Pace
from minxin.consult.chat.records import Author, Conversation, HandOver, Message, Stage
from minxin.consult.ports import Judge, LetterStore, PersonalDataFinder, Rules
from minxin.consult.redaction import redact
from minxin.core.actor import ANONYMOUS, Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, IllegalMoveError, NotFoundError
from minxin.core.passages import Passage

TRIES: Final = 5
SAID_A_MINUTE: Final = 30  # taps count as well
_log = logging.getLogger(__name__)


class Visit(Struct, frozen=True):
    """Who speaks: the digest of the visitor's secret, and who he is logged in as."""

    visitor_key: str
    actor: Actor = ANONYMOUS

    @property
    def citizen_id(self) -> str | None:
        """Return the account that the conversation belongs to, if it is a citizen's."""
        return self.actor.id if self.actor.is_a(Role.CITIZEN) else None


class _Thought(Struct, frozen=True):
    """A decision with all that was read for it; ``words`` are the visitor's act as the transcript has it."""

    words: str
    turn: Turn
    passages: Mapping[str, Passage] = {}
    marks: Changes = field(default_factory=Changes)
    office_id: str | None = None


class Assistant:
    """Hears and answers; ``promised`` is how long somebody who is handed over waits at most."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        retriever: Retriever,
        rules: Rules,
        judge: Judge,
        personal: PersonalDataFinder,
        promised: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._retriever = retriever
        self._thinker = Thinker(store, retriever, rules, judge)
        self._personal = personal
        self._promised = promised
        self._pace = Pace(store, "assistant", SAID_A_MINUTE, timedelta(minutes=1))

    async def last(self, visit: Visit) -> Conversation | None:
        """Return the visitor's conversation that goes on, else the one that ended last, or None."""
        return await access_own(self._store, visit.visitor_key, visit.actor)

    async def own(self, visit: Visit, conversation_id: str) -> Conversation:
        """Return one conversation of the visitor; raises ``NotFoundError`` for anybody else's."""
        found = await self._store.get(Conversation, conversation_id)
        if found is None or found.citizen_id not in (None, visit.citizen_id):
            raise NotFoundError
        if found.visitor_key != visit.visitor_key and found.citizen_id is None:
            raise NotFoundError
        return found

    async def messages(self, conversation: Conversation, after_seq: int = 0) -> list[Message]:
        """Return what was said after the message with this number."""
        return await self._store.messages_of(conversation.id, after_seq)

    async def marks(self, conversation: Conversation) -> dict[str, Mark]:
        """Return what the visitor said of each passage, without what he took back."""
        marks = await self._store.marks_of(conversation.id)
        return {mark.passage_id: mark.mark for mark in marks if mark.passage_id and mark.taken_back_at is None}

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Return the passages that may be shown today."""
        return await self._retriever.passages(ids) if ids else {}

    async def begin(self, visit: Visit) -> Conversation:
        """Open a conversation in which nothing is said yet, for a channel that needs its id first."""
        begun = self._blank(visit)
        await self._store.commit(Changes(inserts=[begun]))
        return replace(begun, version=1)

    async def hear(self, visit: Visit, heard: Heard, token: str, conversation_id: str | None = None) -> Conversation:
        """Take one act and answer it; returns the conversation as it is then.

        Without an id it is the visitor's conversation that goes on, or a new one. At another stage than the assistant's
        nothing is answered: words go to the person, taps are out of date. Raises ``NotFoundError`` for a conversation
        of somebody else, ``InvalidInputError`` for words that can't be taken and buttons that are gone,
        ``TooManyTriesError`` for more than :data:`SAID_A_MINUTE`.
        """
        for tries_left in reversed(range(TRIES)):
            conversation = await self._to_go_on(visit, conversation_id)
            again = decisions.message_id(conversation.id, Author.VISITOR, token)
            if conversation.version and await self._store.get(Message, again) is not None:
                return conversation
            await self._pace.count(conversation.id, self._clock.now())
            try:
                return await self._commit(*await self._heard(conversation, heard, token))
            except ConflictError:
                # The same form arrived twice at once, or a tap in another window: the next look finds it.
                if not tries_left:
                    raise
        raise ConflictError

    async def _to_go_on(self, visit: Visit, conversation_id: str | None) -> Conversation:
        if conversation_id is not None:
            found = await self.own(visit, conversation_id)
        else:
            last = await self.last(visit)
            going_on = last is not None and last.stage in decisions.OPEN
            found = last if last is not None and going_on else self._blank(visit)
        return found if visit.citizen_id is None else decisions.of_citizen(found, visit.citizen_id)

    def _blank(self, visit: Visit) -> Conversation:
        return decisions.begin(visit.visitor_key, visit.citizen_id, self._clock.now())

    async def _heard(self, conversation: Conversation, heard: Heard, token: str) -> tuple[Conversation, Changes]:
        now = self._clock.now()
        if conversation.stage is not Stage.ASSISTANT:
            if heard.act is not Act.SAY:
                raise IllegalMoveError("chat.not_your_turn")
            spoken, message = decisions.say(conversation, Author.VISITOR, heard.what, now, token=token)
            return spoken, decisions.written(spoken, [message])
        if heard.act is Act.TAKE_BACK:
            return await self._take_back(conversation, heard, now)
        dialogue = _remembered(conversation)
        heard = check(heard, dialogue, await self._shown_in(conversation))
        thought = await self._think(conversation, heard, dialogue, now)
        act = {"act": heard.act.value}
        spoken, message = decisions.say(conversation, Author.VISITOR, thought.words, now, token=token, card=act)
        said = [message]
        turn = thought.turn
        spoken = replace(spoken, dialogue=to_builtins(turn.dialogue))
        if turn.card is not None:
            text = text_of(turn.card, turn.shown, thought.passages)
            kept: dict[str, Any] = to_builtins(turn.card)
            spoken, answer = decisions.say(spoken, Author.ASSISTANT, text, now, shown=turn.shown, card=kept)
            said.append(answer)
        if turn.call is not None:
            spoken = decisions.call_person(spoken, turn.call, now, now + self._promised, thought.office_id)
        return spoken, decisions.written(spoken, said) + thought.marks

    async def _think(self, conversation: Conversation, heard: Heard, dialogue: Dialogue, now: datetime) -> _Thought:
        """Return what is decided; when anything fails, a person is called."""
        try:
            turn = await self._thinker.turn(dialogue, heard)
            related = turn.card.related if turn.card is not None else ()
            chosen = (heard.what,) if heard.act is Act.READING else ()
            passages = await self.passages({*turn.shown, *related, *chosen})
            return _Thought(
                words=in_words(heard, dialogue, passages),
                turn=turn,
                passages=passages,
                marks=await self._marks(conversation, turn.dialogue.question, turn.marks, now),
                office_id=await self._office_called(turn, heard) if turn.call is not None else None,
            )
        except Exception:
            # The last resort of the assistant: what fails here must not keep the visitor from a person.
            _log.exception("the assistant failed", extra={"event": "assistant.failed"})
            return _Thought(in_words(heard, dialogue, {}), decide.hand_over(dialogue, HandOver.FAILED))

    async def _marks(
        self,
        conversation: Conversation,
        question: str,
        drafts: Sequence[MarkDraft],
        now: datetime,
    ) -> Changes:
        """Return what keeps the marks; a second word of the same visitor on the same passage replaces the first."""
        changes = Changes()
        if not drafts:
            return changes
        known = await self.passages([draft.passage_id for draft in drafts if draft.passage_id])
        asked = redact(question, self._personal.find(question)).text
        for draft in drafts:
            passage = known.get(draft.passage_id)
            office_id = passage.office_id if passage is not None else await self._thinker.office_of(question)
            mark_id = mark_id_of(conversation.id, draft.passage_id or question)
            before = await self._store.get(AnswerMark, mark_id)
            mark = AnswerMark(
                id=mark_id,
                version=before.version if before is not None else 0,
                conversation_id=conversation.id,
                passage_id=draft.passage_id,
                mark=draft.mark,
                question=asked,
                office_id=office_id,
                at=now,
            )
            (changes.inserts if before is None else changes.puts).append(mark)
        return changes

    async def _take_back(self, conversation: Conversation, heard: Heard, now: datetime) -> tuple[Conversation, Changes]:
        """Take a mark back; it counts no more, and the transcript stays as it is."""
        mark = await self._store.get(AnswerMark, mark_id_of(conversation.id, heard.what))
        if mark is None or mark.taken_back_at is not None:
            return conversation, Changes()
        return conversation, Changes(puts=[replace(mark, taken_back_at=now)])

    async def _office_called(self, turn: Turn, heard: Heard) -> str | None:
        """Return the office that the person should be of: that of the last answer, else what the words are about."""
        if turn.call is HandOver.FAILED:
            return None
        question = turn.dialogue.question or (heard.what if heard.act is Act.SAY else "")
        if turn.dialogue.topic:
            passage = (await self.passages([turn.dialogue.topic])).get(turn.dialogue.topic)
            if passage is not None:
                return passage.office_id
        return await self._thinker.office_of(question) if question and turn.call is not HandOver.ASKED else None

    async def _shown_in(self, conversation: Conversation) -> frozenset[str]:
        if not conversation.version:
            return frozenset()
        return frozenset(one for message in await self.messages(conversation) for one in named_in(message))

    async def _commit(self, conversation: Conversation, changes: Changes) -> Conversation:
        """Commit even when the client goes away meanwhile: what is sent again is recognised."""
        if changes == Changes():
            return conversation
        await asyncio.shield(asyncio.ensure_future(self._store.commit(changes)))
        return replace(conversation, version=conversation.version + 1)


def mark_id_of(conversation_id: str, what: str) -> str:
    """Return the id of a conversation's mark on a passage, or on a question that nothing answered."""
    return hashlib.sha256(f"{conversation_id}\0{what}".encode()).hexdigest()[:32]


def named_in(message: Message) -> tuple[str, ...]:
    """Return the passages that a message showed, or offered beside."""
    card = card_of(message.card) if message.author is Author.ASSISTANT else None
    return message.shown if card is None else (*message.shown, *card.related)


def _remembered(conversation: Conversation) -> Dialogue:
    """Return what is remembered; what can't be read is forgotten: the visitor asks anew."""
    try:
        return dialogue_of(conversation)
    except ValueError:
        _log.warning("a dialogue could not be read", extra={"event": "assistant.dialogue"})
        return Dialogue()
