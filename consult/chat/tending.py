"""Tending (值守): gives waiting conversations to staff, and sees to it that none is ever lost.

Run at the start, whenever a conversation or presence was touched, and every few seconds; whatever it finds is in the
store, so that a process that was killed leaves nothing behind that the next one does not find.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.chat import decisions
from minxin.consult.chat.giving_up import draft_sent, give_up, to_letter
from minxin.consult.chat.hub import DESK, Hub
from minxin.consult.chat.notes import Note, noted
from minxin.consult.chat.queue import can_serve, is_here, who_takes
from minxin.consult.chat.records import Conversation, Presence, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.chat.transcript import own_words
from minxin.consult.chat.visits import Visits
from minxin.consult.chat.watch import Fate, fate_of
from minxin.consult.decision import Deed
from minxin.consult.intake import form_key
from minxin.consult.limits import Limits
from minxin.consult.ports import Judge, LetterStore, Rules
from minxin.consult.records import LetterDraft
from minxin.core.actor import SYSTEM
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, MinxinError, UnavailableError
from minxin.core.paging import PageRequest

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
BREATH_S: Final = 0.2  # at most so often, however much is said
JUDGE_S: Final = 2.0
ORIGIN: Final = "chat"
PAGE: Final = 200


class _Situation(Struct):
    """Who is there, and how many conversations each has."""

    here: list[Presence]
    known: dict[str, Presence]
    has: Counter[str]


class Tending:
    """Looks after all conversations for which a person was called."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        rules: ChatRules,
        limits: Limits,
        hub: Hub,
        visits: Visits,
        judge: Judge,
        words: Rules,
        centre: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._limits = limits
        self._hub = hub
        self._visits = visits
        self._judge = judge
        self._words = words
        self._centre = centre
        self._turn = asyncio.Lock()
        self._placed: set[str] = set()

    async def run(self) -> None:
        """Tend until cancelled; a failure is logged, and the next turn comes all the same.

        Two processes that tend at once do no harm, since what both decide on is written once.
        """
        self._visits.begin()
        with self._hub.listen(DESK) as ear:
            while True:
                try:
                    await self.tend()
                except MinxinError:
                    log.exception("conversations can't be tended", extra={"event": "tending_failed"})
                await ear.wait(EVERY_S)
                await asyncio.sleep(BREATH_S)

    async def tend(self) -> None:
        """Do for each conversation what must be done now."""
        async with self._turn:
            found = await self._store.conversations_in((Stage.SERVED, Stage.WAITING))
            open_now = {one.id for one in found}
            await self._visits.ask(open_now)
            situation = await self._situation(found)
            for conversation in found:
                await self._look_after(conversation, lambda one: self._due(one, situation))
            self._placed &= open_now

    async def tend_drafts(self) -> None:
        """Close what its visitor made a letter of himself; send what he began and left lying."""
        place = PageRequest(size=PAGE)
        while True:
            page = await self._store.left(place)
            for conversation in page.items:
                if conversation.citizen_id:
                    await self._look_after(conversation, self._due_of_left)
            if page.next is None:
                return
            place = PageRequest(page.next, PAGE)

    async def _look_after(
        self, conversation: Conversation, due: Callable[[Conversation], Awaitable[Changes | None]]
    ) -> None:
        try:
            changes = await due(conversation)
            if changes is not None:
                await self._store.commit(changes)
        except ConflictError:
            return  # somebody did something with it in this very moment: the next turn sees what is left to do
        except Exception:
            # The last resort of tending: one conversation that can't be looked after must not keep the others waiting.
            log.exception("a conversation can't be tended", extra={"event": "tending_failed", "id": conversation.id})

    async def _situation(self, found: Collection[Conversation]) -> _Situation:
        now = self._clock.now()
        has = Counter(one.staff_id for one in found if one.staff_id)
        known = await self._store.get_all(Presence, list(has))
        known |= {one.id: one for one in await self._store.presences()}
        seen = {one.id: self._visits.staff(one) for one in known.values()}
        return _Situation([one for one in seen.values() if is_here(one, now, self._rules)], seen, has)

    async def _due(self, conversation: Conversation, situation: _Situation) -> Changes | None:
        """Return what must be done with a conversation that waits or is served; None when nothing."""
        deed = Deed(SYSTEM, self._clock.now(), ORIGIN)
        fate = fate_of(
            conversation,
            deed.at,
            self._rules,
            anybody=any(can_serve(one, conversation, self._centre) for one in situation.here),
            staff=situation.known.get(conversation.staff_id or ""),
            visitor_seen_at=max(self._visits.seen_at(conversation.id), conversation.last_at),
        )
        if fate is Fate.GIVE_UP:
            return give_up(deed, conversation, await self._store.messages_of(conversation.id), self._limits)
        if fate is Fate.GIVE_BACK:
            back = decisions.give_back(conversation, deed.at, deed.at + self._rules.promised)
            return noted(back, Note.BACK, deed.at)
        if fate is Fate.END:
            return noted(decisions.end(conversation, deed.at), Note.IDLE, deed.at)
        if conversation.stage is Stage.WAITING:
            return await self._give(conversation, situation, deed.at)
        return None

    async def _give(self, conversation: Conversation, situation: _Situation, now: datetime) -> Changes | None:
        """Return what gives the conversation to somebody who is free."""
        placed = await self._placed_at_office(conversation)
        staff = who_takes(placed, situation.here, situation.has, self._centre)
        if staff is None:
            return decisions.written(placed, []) if placed is not conversation else None
        situation.has[staff.id] += 1
        taken = decisions.take(placed, staff.id, staff.post, now)
        given = replace(situation.known[staff.id], given_at=now)
        situation.known[staff.id] = replace(given, version=given.version + 1)
        situation.here = [situation.known[one.id] for one in situation.here]
        return noted(taken, Note.TAKEN, now, post=staff.post) + Changes(puts=[given])

    async def _placed_at_office(self, conversation: Conversation) -> Conversation:
        """Return it with the office that its words are for, when nobody has said so yet and the judge is sure.

        Of 人工 alone, or a greeting, nobody can tell: the next words may say more.
        What denounces somebody is for the centre alone: the office that it names may be the one denounced.
        """
        if conversation.id in self._placed or len(conversation.about) < decisions.ABOUT_MIN:
            return conversation
        self._placed.add(conversation.id)
        words = own_words(await self._store.messages_of(conversation.id))
        if (await asyncio.to_thread(self._words, "", words)).denounces:
            return replace(conversation, office_id=None)
        if conversation.office_id is not None or not words:
            return conversation
        try:
            async with asyncio.timeout(JUDGE_S):
                judgement = await self._judge.judge("", words)
        except (TimeoutError, UnavailableError):
            return conversation
        if judgement.denounces or not judgement.confident or not judgement.candidates:
            return conversation
        return replace(conversation, office_id=judgement.candidates[0].office_id)

    async def _due_of_left(self, conversation: Conversation) -> Changes | None:
        """Return what must be done with a citizen's conversation that was left."""
        citizen_id, deed = conversation.citizen_id or "", Deed(SYSTEM, self._clock.now(), ORIGIN)
        letter = await self._store.letter_by_intake_key(form_key(citizen_id, conversation.id))
        if letter is not None:
            return draft_sent(conversation, letter, deed)
        draft = await self._store.get(LetterDraft, conversation.id) if conversation.drafting else None
        if draft is not None and deed.at - draft.updated_at < self._rules.draft_kept:
            return None
        changes = to_letter(deed, conversation, await self._store.messages_of(conversation.id), self._limits)
        return changes + Changes(deletes=[draft] if draft else [])
