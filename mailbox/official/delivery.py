"""The sending of official mail (公务邮件投递): a job that works through the audience, one page of boxes in each commit.

The page and the cursor behind it are one commit: whatever is cut off between two of them, nobody gets the notice twice
and nobody is left out. A job works for some seconds and leaves the next one, so that its claim never runs out.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections import Counter
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import SYSTEM
from minxin.core.changes import AuditEntry, Changes, OutboxEntry
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DamagedError, DuplicateError
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.kit import Turns
from minxin.mailbox.mail.circulars import AT_ONCE, Circular, circular, spread
from minxin.mailbox.mail.tally import Act, tally
from minxin.mailbox.official import decisions
from minxin.mailbox.official.audience import Walked, next_places
from minxin.mailbox.official.letter import box_key, letter_of
from minxin.mailbox.official.ports import GiveWay, OfficialStore
from minxin.mailbox.official.records import NoticeList, NoticeRun, NoticeState, OfficialNotice
from minxin.mailbox.official.senders import SenderOf
from minxin.mailbox.records import Account
from minxin.mailbox.texting.bucket import Bucket
from minxin.mailbox.texting.rules import Kind, NoticeRules

SLICE_S: Final = 5.0


class Pace(Struct, frozen=True):
    """How fast notices leave: ``rate`` boxes in a second for all of them together, 0 for as many as there are."""

    rate: float
    give_way: GiveWay

    @property
    def page(self) -> int:
        """Return how many boxes one commit takes: no more than leave in a second."""
        return min(AT_ONCE, max(1, int(self.rate))) if self.rate else AT_ONCE


class OfficialDelivery:
    """Takes approved notices to their readers."""

    def __init__(
        self,
        store: OfficialStore,
        vault: Vault,
        clock: Clock,
        sender_of: SenderOf,
        rules: NoticeRules,
        signature: str,
        pace: Pace,
        turns: Turns,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._sender_of = sender_of
        self._rules = rules
        self._signature = signature
        self._pace = pace
        self._bucket = Bucket(pace.rate)
        self._turns = turns

    async def send(self, key: str, payload: dict[str, Any]) -> Changes:
        """Do the job: deliver for :data:`SLICE_S`, and return the job that goes on, or what ends the sending.

        A start that was stopped meanwhile does nothing more.
        """
        notice_id, start = payload["notice_id"], payload["start"]
        until = get_running_loop().time() + SLICE_S
        mail: Circular | None = None
        while True:
            for _ in range(self._pace.page):
                await self._bucket.take()
            async with self._turns.of(notice_id):
                notice, run = await self._read(notice_id)
                if notice is None or run is None or not run.going or run.starts != start:
                    return Changes()
                mail = mail or await self._mail(notice, run)
                found = await next_places(self._store, notice, run, self._pace.page)
                if not found.cursor:
                    return await self._done(notice, run)
                run = await self._deliver(notice, run, found, mail)
            if get_running_loop().time() >= until:
                return Changes(jobs=[decisions.work(run)])
            await self._pace.give_way()

    async def _read(self, notice_id: str) -> tuple[OfficialNotice | None, NoticeRun | None]:
        return await self._store.get(OfficialNotice, notice_id), await self._store.get(NoticeRun, notice_id)

    async def _mail(self, notice: OfficialNotice, run: NoticeRun) -> Circular:
        """Return the mail, the same bytes in whatever job it is made."""
        files: list[tuple[str, str, bytes]] = []
        for one in notice.files:
            data = await self._store.blob(one.blob_id)
            if data is None:
                raise DamagedError("a file of a notice is missing", notice=notice.id)
            files.append((one.name, one.content_type, data))
        letter = letter_of(notice, run, await self._sender_of(notice.office_id), run.begun_at, files)
        return circular(box_key(notice.id), letter, notice.id)

    async def _deliver(self, notice: OfficialNotice, run: NoticeRun, found: Walked, mail: Circular) -> NoticeRun:
        """Commit one page, and return the run as it is then: as it was when somebody else moved it."""
        now = self._clock.now()
        count = len(found.places)
        after = replace(run, cursor=found.cursor, delivered=run.delivered + count, passed=run.passed + found.passed)
        # The notice itself names these bytes, so they are there.
        changes = spread(mail, found.places, now, kept={one.blob_id for one in notice.files})
        changes.puts.append(after)
        if notice.state is NoticeState.APPROVED:
            changes.puts.append(replace(notice, state=NoticeState.SENDING))
        for area, readers in Counter(one.counts_as or "" for one in found.places).items():
            changes.usages.append(tally(notice.id, Act.DELIVERED, area, now, readers))
        if notice.sms:
            changes.outbox += await self._told(notice, found.accounts, now)
        try:
            await self._store.commit(changes)
        except DuplicateError as error:
            raise DamagedError("a box has a notice beyond the cursor", notice=notice.id) from error
        except ConflictError:
            return run
        return replace(after, version=run.version + 1)

    async def _told(self, notice: OfficialNotice, readers: tuple[Account, ...], now: datetime) -> list[OutboxEntry]:
        """Return the words by SMS that the office wrote, which each reader gets as he wishes."""
        told: list[OutboxEntry] = []
        who = (await self._sender_of(notice.office_id)).office.name
        for account in readers:
            message = sms.wrote(self._signature, account.language, who, now, now + self._rules.life)
            key = f"{box_key(notice.id)}:{account.id}"
            said = sms.notice(self._vault, account.id, Kind.NOTICE, notice.office_id, message, key, sms.Lane.BULK)
            told += said.outbox
        return told

    async def _done(self, notice: OfficialNotice, run: NoticeRun) -> Changes:
        """Note that every box has it; whom a list named is needed no more."""
        now, listed = self._clock.now(), await self._store.get(NoticeList, notice.id)
        data = {"delivered": run.delivered, "passed": run.passed}
        entry = AuditEntry(now, SYSTEM.id, "official.sent", notice.id, "ok", notice.office_id, data=data)
        gone = [listed] if listed is not None else []
        return decisions.done(notice, run, now) + Changes(audit=[entry], deletes=[*gone])
