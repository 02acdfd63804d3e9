"""Forgetting (到期清除): conversations go when nobody needs them any more (PIPL art. 19; GB/T 22239: 剩余信息保护).

Those of a citizen who closes his account go with it (PIPL art. 47).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from minxin.consult.chat import decisions
from minxin.consult.chat.notes import Note, noted
from minxin.consult.chat.records import Conversation, Message, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.ports import LetterStore
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError


async def forget_old(store: LetterStore, rules: ChatRules, now: datetime, limit: int = 50) -> int:
    """Delete up to ``limit`` old conversations of each stage with all that was said; call again until it is 0.

    Whoever is still owed an answer is never forgotten. One in which something happens meanwhile stays.
    """
    kept = {Stage.ASSISTANT: rules.assistant_days, Stage.ENDED: rules.ended_days, Stage.LETTER: rules.ended_days}
    gone = 0
    for stage, days in kept.items():
        for conversation in await store.silent_since(stage, now - timedelta(days=days), limit):
            said = await store.messages_of(conversation.id)
            try:
                await store.commit(Changes(deletes=[conversation, *said]))
            except ConflictError:
                continue
            gone += 1
    return gone


def cut_loose(conversation: Conversation, messages: Sequence[Message], now: datetime) -> Changes:
    """Return what ends a conversation of a citizen who closes his account, with all that was said in it.

    One for which a person was called leaves what the figures of the office are made of (when, who served, how soon, the
    rating), with neither words nor whose it was. The letter that it became stays with the office.
    """
    if conversation.asked_at is None:
        return Changes(deletes=[conversation, *messages])
    nobodys = replace(
        conversation, visitor_key=f"closed:{conversation.id}", citizen_id=None, about="", dialogue={}, letter_id=None
    )
    if conversation.stage not in decisions.OPEN:
        return Changes(puts=[nobodys], deletes=list(messages))
    # Whoever serves it reads that its visitor has ended it.
    return noted(decisions.end(nobodys, now), Note.ENDED, now) + Changes(deletes=list(messages))
