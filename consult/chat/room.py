"""The visitor's side of the live chat (在线咨询): his own conversation once a person was called for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.chat import decisions
from minxin.consult.chat.access import access_own
from minxin.consult.chat.giving_up import draft_of, to_letter
from minxin.consult.chat.hub import Hub
from minxin.consult.chat.notes import Note, noted
from minxin.consult.chat.pace import Pace
from minxin.consult.chat.queue import PACE_OVER, Place, place_of
from minxin.consult.chat.records import Author, Conversation, Message, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.chat.speaking import check_files, find_file, speak
from minxin.consult.chat.visits import Visits
from minxin.consult.decision import Deed
from minxin.consult.letterbox import Letterbox, UploadedFile
from minxin.consult.office_hours import next_opening
from minxin.consult.ports import LetterStore
from minxin.consult.records import Attachment, Letter, LetterDraft
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import IllegalMoveError, NotFoundError

SAID_A_MINUTE: Final = 20


class VisitorIs(Struct, frozen=True):
    """Who the visitor is: the digest of his browser's secret, if it has one, and who is logged in.

    A program names which of his conversations it means.
    """

    key: str | None
    actor: Actor
    origin: str = ""
    conversation_id: str | None = None


class Standing(Struct, frozen=True):
    """What the visitor is told: where he stands, the letter that it became, when somebody is there again."""

    place: Place | None = None
    letter: Letter | None = None
    staffed_at: datetime | None = None


class Room:
    """What a visitor can do once a person was called. All find the conversation by who he is and by nothing else.

    All raise ``NotFoundError`` when he has none.
    """

    def __init__(
        self, store: LetterStore, clock: Clock, rules: ChatRules, letterbox: Letterbox, hub: Hub, visits: Visits
    ) -> None:
        self.hub = hub
        self.rules = rules
        self._store = store
        self._clock = clock
        self._letterbox = letterbox
        self._visits = visits
        self._pace = Pace(store, "chat", SAID_A_MINUTE, timedelta(minutes=1))

    async def own(self, who: VisitorIs) -> Conversation | None:
        """Return the visitor's own conversation in whatever stage, or None; notes that he is there."""
        found = await access_own(self._store, who.key, who.actor, who.conversation_id)
        if found is not None:
            self.seen(found)
        return found

    async def all_of(self, actor: Actor) -> list[Conversation]:
        """Return every conversation of the actor's account, oldest first."""
        return await self._store.conversations_of_citizen(actor.id)

    def seen(self, conversation: Conversation) -> None:
        """Note that its visitor is there."""
        self._visits.seen(conversation.id)

    async def recognise(self, who: VisitorIs) -> None:
        """Make what this browser said the citizen's who logged in with it: what was left becomes a letter.

        What he is making a letter of himself is left to him.
        """
        if who.key is None or not who.actor.is_a(Role.CITIZEN):
            return
        for conversation in await self._store.conversations_of_visitor(who.key, decisions.OPEN):
            if conversation.citizen_id is None:
                await commit_decided(self._store, partial(self._recognised, conversation.id, who))

    async def messages(self, conversation: Conversation, after_seq: int = 0) -> list[Message]:
        """Return what was said in a conversation that the caller got through the door."""
        return await self._store.messages_of(conversation.id, after_seq)

    async def standing(self, conversation: Conversation) -> Standing:
        """Return what there is to tell of it beside what was said."""
        now = self._clock.now()
        if conversation.stage is Stage.LETTER and conversation.letter_id:
            return Standing(letter=await self._store.get(Letter, conversation.letter_id))
        if conversation.stage is Stage.LEFT:
            limits = self._letterbox.limits
            return Standing(staffed_at=next_opening(now, limits.calendar, limits.pack.office_hours))
        if conversation.stage is Stage.WAITING:
            taken = [one.given_at for one in await self._store.called_between(now - PACE_OVER, now) if one.given_at]
            return Standing(place_of(conversation, await self._store.conversations_in((Stage.WAITING,)), taken))
        return Standing()

    async def say(self, who: VisitorIs, text: str, uploads: Sequence[UploadedFile] = (), *, token: str = "") -> Message:
        """Say something to the person who serves him, or who will; sent again with the same token it is the same.

        It is committed when this returns. Raises as :func:`decisions.say` does, ``InvalidInputError`` for a file that
        can't be taken, and ``TooManyTriesError``.
        """
        conversation = await self._need(who, decisions.HANDED_OVER)
        await self._pace.count(conversation.id, self._clock.now())
        if uploads:
            await check_files(self._store, conversation, len(uploads))
        attachments, blobs = await self._letterbox.clean(uploads)
        return await speak(
            self._store,
            lambda: self._need(who, decisions.HANDED_OVER),
            lambda one: decisions.say(
                one, Author.VISITOR, text, self._clock.now(), attachments=attachments, token=token
            ),
            Changes(blobs=blobs),
            (Author.VISITOR, token),
        )

    async def typing(self, conversation: Conversation) -> None:
        """Tell whoever serves him that he types."""
        await self.hub.type(conversation.id, Author.VISITOR)

    async def end(self, who: VisitorIs) -> None:
        """End it, whoever has the word."""

        def ended(one: Conversation) -> Changes:
            now = self._clock.now()
            return noted(decisions.end(one, now), Note.ENDED, now)

        await self._decide((await self._need(who)).id, ended)

    async def rate(self, who: VisitorIs, rating: int) -> None:
        """Rate the person who served him, 1 to 5."""
        await self._decide((await self._need(who)).id, lambda one: decisions.written(decisions.rate(one, rating), []))

    async def begin_letter(self, who: VisitorIs) -> LetterDraft | None:
        """Carry his words into a draft of a letter, and return it; None for who must log in first.

        Until the letter is sent the conversation stays where it is; what he leaves lying is sent for him.
        """
        conversation = await self._need(who)
        if not who.actor.is_a(Role.CITIZEN):
            await self._decide(conversation.id, lambda one: decisions.written(replace(one, drafting=True), []))
            return None
        await commit_decided(self._store, lambda: self._drafted(conversation.id, who))
        return await self._store.get(LetterDraft, conversation.id)

    async def file(self, who: VisitorIs, attachment_id: str) -> tuple[Attachment, bytes]:
        """Return a file of his own conversation."""
        return await find_file(self._store, await self._need(who), attachment_id)

    async def _need(self, who: VisitorIs, stages: Collection[Stage] = frozenset(Stage)) -> Conversation:
        found = await self.own(who)
        if found is None:
            raise NotFoundError
        if found.stage not in stages:
            raise IllegalMoveError("chat.not_your_turn")
        return found

    async def _drafted(self, conversation_id: str, who: VisitorIs) -> Changes:
        conversation = await self._read(conversation_id)
        deed = Deed(who.actor, self._clock.now(), who.origin)
        kept = replace(decisions.of_citizen(conversation, who.actor.id), drafting=True)
        if await self._store.get(LetterDraft, conversation.id) is not None:
            return decisions.written(kept, [])
        messages = await self._store.messages_of(conversation.id)
        return decisions.written(kept, []) + Changes(inserts=[draft_of(deed, kept, messages, who.actor.id)])

    async def _recognised(self, conversation_id: str, who: VisitorIs) -> Changes:
        owned = decisions.of_citizen(await self._read(conversation_id), who.actor.id)
        if owned.stage is not Stage.LEFT or owned.drafting:
            return decisions.written(owned, [])
        deed = Deed(who.actor, self._clock.now(), who.origin)
        return to_letter(deed, owned, await self._store.messages_of(owned.id), self._letterbox.limits)

    async def _read(self, conversation_id: str) -> Conversation:
        conversation = await self._store.get(Conversation, conversation_id)
        if conversation is None:
            raise NotFoundError
        return conversation

    async def _decide(self, conversation_id: str, decision: Callable[[Conversation], Changes]) -> None:
        async def attempt() -> Changes:
            return decision(await self._read(conversation_id))

        await asyncio.shield(commit_decided(self._store, attempt))
