"""What the administrator and the auditor look after (系统运维与审计): work that waits, and the audit log.

Two duties that are never one person's (GB/T 22239: 三员分立): who runs the system does not read the log of what was
done, and who reads the log changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Protocol

from msgspec import Struct

from minxin.core.actor import Actor, Role
from minxin.core.audit import GENESIS, SealedAudit, first_break, ledger_digest
from minxin.core.changes import AuditEntry, Changes, Head
from minxin.core.clock import Clock
from minxin.core.errors import NotAllowedError, NotFoundError
from minxin.core.fresh import Fresh
from minxin.core.paging import MAX_PAGE, Page, PageRequest
from minxin.core.store import AuditReads, ChainEnds, QuarantinedWork, Queue, Queues, Store

# Where the ledger stands may be this late. After an import its last entry holds the heads of a whole city, and reading
# it takes a moment and much memory: once for all who look.
FRESH: Final = timedelta(seconds=1)
_NEVER_TOGETHER: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class OperationsStore(Store, Queues, AuditReads, Protocol):
    """The store as the machine room sees it."""


class Waiting(Struct, frozen=True):
    """How many entries of each queue are neither done nor in quarantine."""

    jobs: int
    outbox: int


class AuditLog(Struct, frozen=True):
    """A page of the audit log; ``broken`` holds the numbers of shown entries that do not fit their chain."""

    items: list[SealedAudit]
    next: str | None
    broken: frozenset[int]


class ChainState(Struct, frozen=True):
    """Where the ledger (存证账本) and the ``audit`` log stand.

    ``last`` is the last checkpoint's place in the ledger, made at ``at``, None before the first. ``holds`` says whether
    it has the hash that its content asks for and is the one that the store believes to be last. ``unsealed`` counts the
    audit entries that came after it.
    """

    audit: Head
    last: Head | None
    at: datetime | None
    holds: bool
    unsealed: int


class Operations:
    """The machine room behind its two doors."""

    def __init__(self, store: OperationsStore, clock: Clock, *, fresh: timedelta = FRESH) -> None:
        self._store = store
        self._clock = clock
        self._chain: Fresh[ChainState] = Fresh(fresh)

    async def waiting(self, actor: Actor) -> Waiting:
        """Return how much work waits; raises ``NotAllowedError`` for others than administrators."""
        _need(actor, Role.ADMINISTRATOR)
        return Waiting(await self._store.waiting(Queue.JOBS), await self._store.waiting(Queue.OUTBOX))

    async def quarantined(self, actor: Actor, page: PageRequest) -> Page[QuarantinedWork]:
        """Return work that failed too often, newest first; raises ``NotAllowedError`` as :meth:`waiting` does."""
        _need(actor, Role.ADMINISTRATOR)
        return await self._store.quarantined(page)

    async def release(self, actor: Actor, queue_name: str, entry_id: str, origin: str) -> None:
        """Let quarantined work run again, with an audit entry in the same commit.

        Raises ``NotFoundError`` when it is not in quarantine, ``NotAllowedError`` as :meth:`waiting` does.
        """
        _need(actor, Role.ADMINISTRATOR)
        try:
            queue = Queue(queue_name)
        except ValueError as error:
            raise NotFoundError from error
        now = self._clock.now()
        entry = AuditEntry(now, actor.id, "release_work", f"{queue}:{entry_id}", "ok", actor.office_id, origin)
        if not await asyncio.shield(self._store.release(queue, entry_id, now, Changes(audit=[entry]))):
            raise NotFoundError("work.not_in_quarantine")

    async def audit_log(self, actor: Actor, page: PageRequest, of: str | None = None) -> AuditLog:
        """Return the audit log, newest first, of one actor when given.

        Raises ``NotAllowedError`` for others than auditors, ``DamagedError`` with ``chain`` and ``seq`` when an entry
        can't be read.
        """
        _need(actor, Role.AUDITOR)
        found = await self._store.audit_page(page, of)
        return AuditLog(found.items, found.next, broken_entries(found.items, whole=of is None))

    async def download(self, actor: Actor, origin: str, of: str | None = None) -> AsyncIterator[list[SealedAudit]]:
        """Yield the audit log in batches, newest first, of one actor when given; the download is audited first.

        Raises as :meth:`audit_log` does.
        """
        _need(actor, Role.AUDITOR)
        data = {} if of is None else {"of": of}
        entry = AuditEntry(
            self._clock.now(), actor.id, "download_audit", "audit", "ok", actor.office_id, origin, data=data
        )
        await asyncio.shield(self._store.commit(Changes(audit=[entry])))
        after: str | None = None
        while True:
            batch = await self._store.audit_page(PageRequest(after, MAX_PAGE), of)
            yield batch.items
            if batch.next is None:
                return
            after = batch.next

    async def chain_state(self, actor: Actor) -> ChainState:
        """Return where the ledger stands; raises as :meth:`audit_log` does.

        Looks at the end of the chains only: ``minxin audit verify`` walks them whole.
        """
        _need(actor, Role.AUDITOR)
        return await self._chain.get("ends", self._read_chain)

    async def _read_chain(self) -> ChainState:
        ends = await self._store.chain_ends()
        holds = await asyncio.to_thread(_holds, ends)
        last = ends.checkpoint
        if last is None:
            return ChainState(ends.audit, None, None, holds, ends.audit.seq)
        return ChainState(ends.audit, Head(last.seq, last.hash), last.at, holds, ends.audit.seq - last.audit.seq)


def broken_entries(newest_first: Sequence[SealedAudit], *, whole: bool) -> frozenset[int]:
    """Return the numbers of the entries whose hash is not that of their content.

    In a ``whole`` stretch of the log each entry must also name the hash of the one before it, with none missing.
    """
    broken = {one.seq for one in newest_first if first_break([one], Head(one.seq - 1, one.prev)) is not None}
    if whole:
        broken |= {
            newer.seq
            for newer, older in pairwise(newest_first)
            if (newer.seq, newer.prev) != (older.seq + 1, older.hash)
        }
    return frozenset(broken)


def _holds(ends: ChainEnds) -> bool:
    last = ends.checkpoint
    if last is None:
        return ends.ledger == GENESIS
    sealed = ledger_digest(last) == last.hash and Head(last.seq, last.hash) == ends.ledger
    return sealed and last.audit.seq <= ends.audit.seq


def _need(actor: Actor, role: Role) -> None:
    if not actor.is_a(role) or actor.roles >= _NEVER_TOGETHER:
        raise NotAllowedError
