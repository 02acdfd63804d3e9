"""What goes with an account besides its mail: settings of the box, contacts, and the log-ins that its holder saw."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Changes, Record
from minxin.mailbox.loginrecords import EVERY
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.ports import MailStore


class OwnTraces:
    """``ports.Traces`` of boxes' settings, contacts and log-ins."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what deletes them."""
        gone: list[Record] = [*await self._store.log_ins_of(account_id, EVERY)]
        for box in await self._store.boxes_of(account_id):
            if box.owner_id == account_id:
                kept = await self._store.get(BoxSettings, box.id)
                gone += [kept] if kept is not None else []
                gone += await self._store.contacts_of(box.id)
                gone += await self._store.vacation_answers_of(box.id)
        return Changes(deletes=gone)
