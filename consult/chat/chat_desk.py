"""The staff's side of the live chat (坐席工作台): being on duty, the queue, and the conversations that one serves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.assistant.ports import Retriever
from minxin.consult.chat import decisions
from minxin.consult.chat.access import CHAT_ROLES, READ_ROLES, access_as_staff, may_read, may_serve
from minxin.consult.chat.decisions import Step
from minxin.consult.chat.hub import Hub
from minxin.consult.chat.notes import Note, noted
from minxin.consult.chat.queue import is_here
from minxin.consult.chat.records import Author, Conversation, Message, Presence, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.chat.speaking import check_files, find_file, speak
from minxin.consult.decision import Deed
from minxin.consult.letterbox import Letterbox, UploadedFile
from minxin.consult.ports import LetterStore
from minxin.consult.records import Attachment, Office
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.passages import Passage, Source

BEAT_KEPT: Final = timedelta(seconds=10)  # a page that is heard of more often is not written down more often
ANSWERS_MOST: Final = 5
QUESTION_MAX: Final = 200
ANSWERED_FROM: Final = (Source.KNOWLEDGE, Source.MATTER)
MOST: Final = 20  # conversations at once, the highest number that anybody may set


class Shelves(Struct, frozen=True):
    """The lists of one staff member: who waits, what he has, and how many were left without anybody."""

    presence: Presence | None
    waiting: tuple[Conversation, ...]
    mine: tuple[Conversation, ...]
    others: tuple[Conversation, ...]
    here: int


class ChatDesk:
    """What staff can do. All raise ``NotFoundError`` for a conversation that the actor may not see."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        rules: ChatRules,
        letterbox: Letterbox,
        hub: Hub,
        retriever: Retriever,
    ) -> None:
        self.hub = hub
        self.rules = rules
        self._store = store
        self._clock = clock
        self._letterbox = letterbox
        self._retriever = retriever

    async def go_on_duty(self, actor: Actor, most: int, *, origin: str = "") -> None:
        """Begin to take conversations (上岗), at most so many at once; raises ``InvalidInputError``."""
        if not 1 <= most <= MOST:
            raise InvalidInputError("chat.most", field="most", most=MOST)
        await self._be(actor, lambda one: replace(one, on_duty=True, most=most), "chat.on_duty", origin)

    async def go_off_duty(self, actor: Actor, *, origin: str = "") -> None:
        """Take no more (离岗); what he has he may still end, and what he has not answered yet goes to others."""
        await self._be(actor, lambda one: replace(one, on_duty=False), "chat.off_duty", origin)

    def may_take(self, actor: Actor) -> bool:
        """Say whether the actor is one of those who serve visitors."""
        return actor.is_a(*CHAT_ROLES) and actor.office_id is not None

    async def beat(self, actor: Actor) -> None:
        """Note that the staff member's page is open (心跳)."""
        now = self._clock.now()
        known = await self._store.get(Presence, actor.id)
        if known is None or now - known.seen_at < BEAT_KEPT:
            return
        try:
            await self._store.commit(Changes(puts=[replace(known, seen_at=now)]))
        except ConflictError:
            return  # he was given a conversation in this very moment; the next beat is seconds away

    async def shelves(self, actor: Actor) -> Shelves:
        """Return the actor's lists."""
        now = self._clock.now()
        found = await self._store.conversations_in((Stage.WAITING, Stage.SERVED))
        seen = [one for one in found if may_read(actor, one)]
        return Shelves(
            presence=await self._store.get(Presence, actor.id),
            waiting=tuple(one for one in seen if one.stage is Stage.WAITING),
            mine=tuple(one for one in seen if one.staff_id == actor.id),
            others=tuple(one for one in seen if one.stage is Stage.SERVED and one.staff_id != actor.id),
            here=sum(is_here(one, now, self.rules) for one in await self._store.presences()),
        )

    async def staffed(self) -> Counter[str]:
        """Return by office how many are on duty."""
        now = self._clock.now()
        return Counter(one.office_id for one in await self._store.presences() if is_here(one, now, self.rules))

    async def unanswered(self, actor: Actor, besides: str) -> int:
        """Return how many others of those whom the actor serves wait for an answer."""
        mine = await self._store.served_by(actor.id)
        return sum(one.waits_since is not None and one.id != besides for one in mine)

    async def left(self, actor: Actor, page: PageRequest) -> Page[Conversation]:
        """Return what was left, as far as the actor may see it (a page may hold fewer than it asks for)."""
        found = await self._store.left(page)
        return Page([one for one in found.items if may_read(actor, one)], found.next)

    async def read(self, actor: Actor, conversation_id: str, after_seq: int = 0) -> tuple[Conversation, list[Message]]:
        """Return a conversation with what was said in it after a message."""
        conversation = await access_as_staff(self._store, actor, conversation_id)
        return conversation, await self._store.messages_of(conversation.id, after_seq)

    async def take(self, actor: Actor, conversation_id: str, *, origin: str = "") -> None:
        """Take a conversation oneself (主动接待), out of the queue or from what was left."""

        def decide(one: Conversation, now: datetime) -> Changes:
            if not may_serve(actor, one):
                raise NotFoundError
            promised = now + self.rules.promised if one.stage is Stage.LEFT else None
            taken = decisions.take(one, actor.id, actor.post, now, promised)
            return noted(taken, Note.TAKEN, now, post=actor.post)

        await self._decide(Deed(actor, self._clock.now(), origin), Step.TAKE, conversation_id, decide)

    async def say(
        self, actor: Actor, conversation_id: str, text: str, uploads: Sequence[UploadedFile] = (), *, token: str = ""
    ) -> Message:
        """Answer the visitor that the actor serves; as :meth:`Room.say` otherwise."""
        conversation = await self._served(actor, conversation_id)
        if uploads:
            await check_files(self._store, conversation, len(uploads))
        attachments, blobs = await self._letterbox.clean(uploads)
        return await speak(
            self._store,
            lambda: self._served(actor, conversation_id),
            lambda one: decisions.say(
                one,
                Author.STAFF,
                text,
                self._clock.now(),
                post=actor.post,
                attachments=attachments,
                token=token,
            ),
            Changes(blobs=blobs),
            (Author.STAFF, token),
        )

    async def typing(self, actor: Actor, conversation_id: str) -> None:
        """Tell the visitor that the actor types."""
        await self._served(actor, conversation_id)
        await self.hub.type(conversation_id, Author.STAFF)

    async def give_back(self, actor: Actor, conversation_id: str, *, origin: str = "") -> None:
        """Put it back into the queue, in front."""

        def decide(one: Conversation, now: datetime) -> Changes:
            return noted(decisions.give_back(one, now, now + self.rules.promised), Note.BACK, now)

        await self._decide(Deed(actor, self._clock.now(), origin), Step.GIVE_BACK, conversation_id, decide)

    async def transfer(self, actor: Actor, conversation_id: str, office_id: str, *, origin: str = "") -> None:
        """Pass it on to another office (转接).

        Raises ``InvalidInputError`` for one that there is not, or where nobody is on duty: the visitor would only come
        back to whom he was passed on by, or wait in vain.
        """
        await self._served(actor, conversation_id)
        office = await self._store.get(Office, office_id)
        if office is None:
            raise InvalidInputError("routing.office.unknown", field="office_id")
        if not (await self.staffed())[office.id]:
            raise InvalidInputError("chat.nobody_there", field="office_id")

        def decide(one: Conversation, now: datetime) -> Changes:
            passed = decisions.transfer(one, office.id, now, now + self.rules.promised)
            return noted(passed, Note.TRANSFERRED, now, office=office.name)

        await self._decide(Deed(actor, self._clock.now(), origin), Step.TRANSFER, conversation_id, decide)

    async def end(self, actor: Actor, conversation_id: str, *, origin: str = "") -> None:
        """End it; raises ``IllegalMoveError`` while words of the visitor wait for an answer."""

        def decide(one: Conversation, now: datetime) -> Changes:
            if one.waits_since is not None:
                raise IllegalMoveError("chat.unanswered")
            return noted(decisions.end(one, now), Note.ENDED, now)

        await self._decide(Deed(actor, self._clock.now(), origin), Step.END, conversation_id, decide)

    async def file(self, actor: Actor, conversation_id: str, attachment_id: str) -> tuple[Attachment, bytes]:
        """Return a file of a conversation that the actor may see."""
        conversation = await access_as_staff(self._store, actor, conversation_id)
        return await find_file(self._store, conversation, attachment_id)

    async def answers(self, question: str) -> list[Passage]:
        """Return what the knowledge base and the matters catalogue answer (常用答复), best first; empty without words.

        Raises ``UnavailableError`` while nothing can be searched.
        """
        if not question.strip():
            return []
        hits = await self._retriever.search(question[:QUESTION_MAX], ANSWERS_MOST, frozenset(ANSWERED_FROM))
        found = await self._retriever.passages([hit.passage_id for hit in hits])
        return [found[hit.passage_id] for hit in hits if hit.passage_id in found]

    async def called_between(self, actor: Actor, start: datetime, end: datetime) -> list[Conversation]:
        """Return the conversations of a time for which a person was called, as far as the actor may see them."""
        if not actor.is_a(*READ_ROLES):
            raise NotFoundError
        return [one for one in await self._store.called_between(start, end) if _counts(actor, one)]

    async def _served(self, actor: Actor, conversation_id: str) -> Conversation:
        """Return a conversation that the actor serves now."""
        conversation = await access_as_staff(self._store, actor, conversation_id)
        if conversation.stage is not Stage.SERVED or conversation.staff_id != actor.id:
            raise IllegalMoveError("chat.not_yours")
        return conversation

    async def _decide(
        self,
        deed: Deed,
        step: Step,
        conversation_id: str,
        decide: Callable[[Conversation, datetime], Changes],
    ) -> None:
        """Take one step, in the audit log too; all but taking it is for who serves it."""
        actor = deed.actor
        find = self._seen if step is Step.TAKE else self._served
        entry = AuditEntry(
            deed.at, actor.id, f"chat.{step}", conversation_id, office_id=actor.office_id, origin=deed.origin
        )

        async def attempt() -> Changes:
            return decide(await find(actor, conversation_id), deed.at) + Changes(audit=[entry])

        await asyncio.shield(commit_decided(self._store, attempt))

    async def _seen(self, actor: Actor, conversation_id: str) -> Conversation:
        return await access_as_staff(self._store, actor, conversation_id)

    async def _be(self, actor: Actor, change: Callable[[Presence], Presence], action: str, origin: str) -> None:
        office_id = actor.office_id
        if office_id is None or not self.may_take(actor):
            raise NotFoundError
        now = self._clock.now()
        blank = Presence(id=actor.id, office_id=office_id, on_duty=False, most=self.rules.most, seen_at=now)
        entry = AuditEntry(now, actor.id, action, actor.id, office_id=office_id, origin=origin)

        async def attempt() -> Changes:
            known = await self._store.get(Presence, actor.id)
            moved = replace(change(known or blank), office_id=office_id, post=actor.post, seen_at=now)
            return Changes(puts=[moved] if known else [], inserts=[] if known else [moved], audit=[entry])

        await commit_decided(self._store, attempt)


def _counts(actor: Actor, conversation: Conversation) -> bool:
    """Say whether it counts for the actor: what became a letter counts too, of which only the number shows here."""
    return may_read(actor, replace(conversation, stage=Stage.ENDED))
