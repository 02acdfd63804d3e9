"""Leaving (注销): what the office keeps of a citizen beside his letters ends with his account.

Letters stay: what was written to a government and answered is its archive (档案法), and erasing the account has taken
the name from them.
"""

from __future__ import annotations

from datetime import datetime

from minxin.consult.chat.forgetting import cut_loose
from minxin.consult.ports import LetterStore
from minxin.core.changes import Changes


class Traces:
    """A citizen's drafts and conversations."""

    def __init__(self, store: LetterStore) -> None:
        self._store = store

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what deletes his drafts, and ends and deletes his conversations."""
        changes = Changes(deletes=list(await self._store.drafts_of(account_id)))
        for conversation in await self._store.conversations_of_citizen(account_id):
            changes += cut_loose(conversation, await self._store.messages_of(conversation.id), now)
        return changes
