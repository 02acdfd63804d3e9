"""The live chat over a real store, with a clock that the test moves: visitors, staff, and who looks after them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace
from support.assistant import ListedPassages
from support.web import NOON, OFFICE, UnsureJudge

from minxin.classifier.words.advice import rules_only
from minxin.consult.chat import decisions
from minxin.consult.chat.live_chat import LiveChat, open_chat
from minxin.consult.chat.records import Author, Conversation, HandOver, Stage
from minxin.consult.chat.room import VisitorIs
from minxin.consult.chat.rules import ChatRules
from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.ports import Judge
from minxin.consult.records import Letter
from minxin.consult.rulepack import builtin_pack
from minxin.core.abuse import AbuseSpan
from minxin.core.actor import ANONYMOUS, Actor, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.privacy import Vault
from minxin.deploy.adapters import CompanyPrincipals, FileCleaner
from minxin.mailbox.safe_pool import SafePool
from minxin.store.sqlite.store import SqliteStore

CENTRE = replace(OFFICE, id="zhongxin", name="滨海市市长信箱办理中心", short="办理中心", routable=False)
ELSEWHERE = replace(OFFICE, id="szj", name="滨海市住房和城乡建设局", short="市住建局")
CITIZEN = Actor("citizen", frozenset({Role.CITIZEN}))
HANDLER = Actor("handler", frozenset({Role.HANDLER}), OFFICE.id, "综合科承办人")
COLLEAGUE = Actor("colleague", frozenset({Role.HANDLER}), OFFICE.id, "综合科科员")
FOREIGNER = Actor("foreigner", frozenset({Role.HANDLER}), ELSEWHERE.id, "物业科承办人")
CLERK = Actor("clerk", frozenset({Role.CLERK}), CENTRE.id, "受理一岗受理员")
MANAGER = Actor("manager", frozenset({Role.MANAGER}), CENTRE.id, "值班主任")
NOBODY = VisitorIs("browser", ANONYMOUS)
KNOWN = VisitorIs("browser", CITIZEN)
MINUTE = timedelta(minutes=1)


@dataclass
class ChatCity:
    """The chat with what stands behind it."""

    store: SqliteStore
    clock: FixedClock
    chat: LiveChat
    limits: Limits

    async def called(
        self, who: VisitorIs = KNOWN, *said: str, office_id: str | None = OFFICE.id, reason: HandOver = HandOver.ASKED
    ) -> Conversation:
        """Have a visitor say something to the assistant and call a person some seconds later."""
        citizen_id = who.actor.id if who.actor.is_a(Role.CITIZEN) else None
        one = decisions.begin(who.key or "", citizen_id, self.clock.now())
        messages = []
        for text in said or ("楼下烧烤店油烟很大",):
            one, message = decisions.say(one, Author.VISITOR, text, self.clock.now())
            messages.append(message)
        self.clock.advance(timedelta(seconds=10))
        now = self.clock.now()
        one = decisions.call_person(one, reason, now, now + self.chat.room.rules.promised, office_id)
        await self.store.commit(decisions.written(one, messages))
        self.chat.room._visits.seen(one.id)
        return await self.now(one)

    async def now(self, conversation: Conversation) -> Conversation:
        """Return the conversation as it is stored."""
        found = await self.store.get(Conversation, conversation.id)
        assert found is not None
        return found

    async def later(self, step: timedelta, *here: Actor | VisitorIs) -> None:
        """Let time pass in steps while the pages of these people stay open, and look after everybody at each."""
        left = step
        while left > timedelta():
            self.clock.advance(min(left, timedelta(seconds=20)))
            left -= timedelta(seconds=20)
            for one in here:
                await (self.chat.desk.beat(one) if isinstance(one, Actor) else self.chat.room.own(one))
            await self.chat.tending.tend()

    async def letter_of(self, conversation: Conversation) -> Letter:
        """Return the letter that the conversation became."""
        one = await self.now(conversation)
        assert one.stage is Stage.LETTER, one.stage
        letter = await self.store.get(Letter, one.letter_id or "")
        assert letter is not None
        return letter


class NothingOffends:
    """An ``AbuseFinder`` that finds nothing."""

    async def find(self, text: str) -> tuple[AbuseSpan, ...]:
        return ()


@asynccontextmanager
async def open_chat_city(
    folder: Path,
    *,
    rules: ChatRules | None = None,
    judge: Judge | None = None,
    now: datetime = NOON,
) -> AsyncIterator[ChatCity]:
    """Open a chat with three offices over a store in the folder, made or gone on with."""
    store = await SqliteStore.open(folder)
    clock = FixedClock(now)
    limits = Limits(builtin_pack("default"), load_calendar())
    pool = SafePool()
    letterbox = Letterbox(store, Vault(bytes(32)), clock, limits, FileCleaner(pool), CompanyPrincipals(store))
    if not await store.offices():
        await store.commit(Changes(inserts=[OFFICE, CENTRE, ELSEWHERE]))
    chat = open_chat(
        store,
        clock,
        letterbox,
        rules or ChatRules(),
        judge or UnsureJudge(),
        rules_only,
        ListedPassages(),
        CENTRE.id,
        NothingOffends(),
    )
    try:
        yield ChatCity(store, clock, chat, limits)
    finally:
        await pool.close()
        await store.close()
