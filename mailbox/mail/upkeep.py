"""What is done in all boxes by itself (邮箱维护): the trash is emptied, counters are counted again, bytes are ended."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.ending import end_closed
from minxin.mailbox.mail.filling import level_of
from minxin.mailbox.mail.filling_notices import FillingNotices
from minxin.mailbox.mail.ports import Drift, FilledBox
from minxin.mailbox.mail.records import BoxKind
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.ports import MailStore

log = logging.getLogger(__name__)

BATCH: Final = 200
# Longer than anybody decides on what he read, and than a mail that is being copied takes.
CONTENT_KEPT: Final = timedelta(hours=1)


class MailUpkeep:
    """Looks after all boxes; every step may be cut off and is done again."""

    def __init__(self, store: MailStore, clock: Clock, rules: MailRules, notices: FillingNotices) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._notices = notices

    async def end_closed(self) -> int:
        """Delete some of what a closed box holds whose time is over (``ending.py``); return how much, 0 at the end."""
        return await end_closed(self._store, self._clock.now(), BATCH)

    async def empty_trash(self) -> int:
        """Delete for good up to :data:`BATCH` items that were in the trash for long enough; return how many."""
        now = self._clock.now()
        gone = 0
        for item in await self._store.trashed_mail(now - self._rules.trash_life, BATCH):
            try:
                await self._store.commit(moves.expunge(item, now))
                gone += 1
            except ConflictError:
                continue  # its owner took it out in this very moment
        return gone

    async def forget_expunged(self) -> int:
        """Forget up to :data:`BATCH` items that left long ago; return how many."""
        old = await self._store.old_expunged(self._clock.now() - self._rules.expunged_life, BATCH)
        if old:
            await self._store.commit(Changes(deletes=list(old)))
        return len(old)

    async def sweep_contents(self) -> int:
        """Delete contents that no box has held for an hour, some at a time; return how many were looked at."""
        return await self._store.sweep_mail_contents(self._clock.now(), CONTENT_KEPT, BATCH)

    async def recount(self) -> list[Drift]:
        """Count again what every box holds, put right what was wrong and report it (log and audit)."""
        drifts: list[Drift] = []
        after: str | None = ""
        while after is not None:
            found, after = await self._store.recount_mail(after, BATCH)
            drifts += found
        for drift in drifts:
            log.warning("a box counted %s bytes and holds %s", drift.counted, drift.real, extra={"event": "drift"})
        if drifts:
            now = self._clock.now()
            entries = [
                AuditEntry(now, "system", "recount_mail", one.key, data={"counted": one.counted, "real": one.real})
                for one in drifts
            ]
            await self._store.commit(Changes(audit=entries))
        return drifts

    async def warn(self) -> int:
        """Tell the owners of boxes that run full, once at each level; return how many were told."""
        told = 0
        for kind in BoxKind:
            for filled in await self._store.filled_boxes(kind, self._rules.of_kind(kind)):
                told += await self._warn(filled)
        return told

    async def _warn(self, filled: FilledBox) -> bool:
        box = filled.box
        level = level_of(filled.used, filled.most, box.warned)
        if level == box.warned:
            return False
        changes = Changes(puts=[replace(box, warned=level)])
        rises = level > box.warned
        if rises:
            changes += await self._notices.of(filled, level)
        try:
            await self._store.commit(changes)
        except ConflictError:
            return False  # the next turn sees it again
        return rises
