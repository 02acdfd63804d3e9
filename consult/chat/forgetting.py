"""Forgetting (到期清除): conversations go when nobody needs them any more (PIPL art. 19; GB/T 22239: 剩余信息保护)."""

from __future__ import annotations

from datetime import datetime, timedelta

from minxin.consult.chat.records import Stage
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
