"""The store's ports that every part shares; each part names its own queries in its ``ports.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from msgspec import Struct

from minxin.core.audit import LedgerEntry, SealedAudit, SealedEvent
from minxin.core.changes import Changes, Committed, Head, Job, OutboxEntry, Record, Told
from minxin.core.paging import Page, PageRequest

R = TypeVar("R", bound=Record)


class Store(Protocol):
    """Writes changes and reads records by id."""

    async def commit(self, changes: Changes) -> Committed:
        """Write all of it, durably, or raise and write nothing.

        Events and audit entries are sealed in commit order. Blobs and jobs that are there already (same id; same kind
        and key) stay as they are. Raises ``ConflictError`` when a put or delete finds another version,
        ``DuplicateError`` when an insert breaks a unique field, ``QuotaError`` when a usage would pass its limit,
        ``StoreFullError`` when the disk is full, ``UnavailableError`` when the store does not answer. Whatever is
        refused leaves no gap in a series or sequence and nothing on a counter.
        """
        ...

    async def get(self, kind: type[R], record_id: str) -> R | None:
        """Return the record as last committed, or None."""
        ...

    async def get_all(self, kind: type[R], record_ids: Collection[str]) -> dict[str, R]:
        """Return by id those of the records that there are, all as of one moment."""
        ...

    def generation(self, *kinds: type[Record], office_id: str | None = None) -> int:
        """Return a number that grows with every commit that touches records of these kinds.

        With an office it counts work orders that it had before the commit or has after it. Whoever reads the number
        before the records may keep what he made of them while it stays the same. What this process commits shows at
        once, what another one of the service commits after :meth:`catch_up`, or within a second of :meth:`listen`.
        """
        ...

    async def catch_up(self) -> None:
        """Have the generations show all that the service's processes committed before this call; cheap.

        Raises ``UnavailableError``.
        """
        ...

    def listen(self) -> None:
        """Hear by itself, from now on, what other processes of the service commit: for those who watch and wait."""
        ...

    def watch(self, kind: type[Told], told: Callable[[str], None]) -> None:
        """Call ``told`` with the id of every record of the kind that a commit touches, until the end.

        It is called after the commit; once too often, for a write that was refused, does no harm. What other processes
        commit is told after :meth:`listen`; who was cut off from them for long is not told what he missed.
        """
        ...

    async def used(self, keys: Collection[str]) -> dict[str, int]:
        """Return where each counter of use stands; one that never counted stands at 0."""
        ...

    async def blob(self, blob_id: str) -> bytes | None:
        """Return the bytes with this SHA-256, or None."""
        ...

    async def events(self, stream: str) -> list[SealedEvent]:
        """Return the stream's events from its beginning."""
        ...


class BlobSweep(Protocol):
    """Ends bytes that no record names any more (``core/naming.py``)."""

    async def sweep_blobs(self, now: datetime, kept: timedelta, limit: int) -> int:
        """Delete bytes that lost their last name, and were seen without one ``kept`` ago or earlier.

        The check and the deletion are one transaction: bytes that a commit names at that moment stay, and who commits
        the same bytes again has them. Looks at some ``limit`` of them and returns at how many; call again until it is
        0. ``kept`` must be longer than anybody decides on what he read, so that nobody names what he saw before.
        """
        ...


class Queue(StrEnum):
    """The two queues of work that commits feed."""

    JOBS = "jobs"  # done entries are removed
    OUTBOX = "outbox"  # sent entries are kept, with the instant and without what they said


class Claim(Struct, frozen=True):
    """A job or outbox entry that one worker holds until ``locked_until``.

    ``runs`` counts the claims, this one included. ``lock`` proves the hold: whoever lost it cannot finish the work.
    """

    queue: Queue
    id: str
    lock: str
    runs: int
    locked_until: datetime
    work: Job | OutboxEntry


class QuarantinedWork(Struct, frozen=True):
    """Work that failed too often and waits for a person: kept, shown, and able to run again."""

    queue: Queue
    id: str
    runs: int
    failed_at: datetime
    error: str
    work: Job | OutboxEntry


class Backlog(Struct, frozen=True):
    """The work of one kind (or channel): how much waits or is in hand, how much is in quarantine.

    Entries have numbers that grow with every commit. ``first`` is the smallest of those that were due at once and are
    not in hand, ``last`` the largest of all that wait. ``due_at`` is the earliest instant of the others: for which they
    were put off, or at which the hold on them ends.
    """

    queue: Queue
    kind: str
    waiting: int
    quarantined: int
    first: int | None = None
    last: int = 0
    due_at: datetime | None = None


class Bell(Protocol):
    """Rings for one worker when work arrives."""

    async def wait(self, timeout_s: float) -> None:
        """Return as soon as work was added since the last ``wait``, else after the timeout.

        Work that becomes due, that was released elsewhere, or whose lock expired is found by claiming again after the
        timeout; so is what another process added, unless the store listens.
        """
        ...


class Queues(Protocol):
    """Claims work with a lock that expires, so that a killed worker's work is taken up by another."""

    def bell(self, queue: Queue, kinds: Sequence[str]) -> Bell:
        """Return a bell for work of these kinds (or channels); one for each worker, made before its first claim."""
        ...

    async def claim(
        self, queue: Queue, kinds: Sequence[str], now: datetime, hold: timedelta, limit: int
    ) -> list[Claim]:
        """Lock and return up to ``limit`` due entries of these kinds (or channels), oldest first.

        Work that was claimed ``MAX_RUNS`` times without being finished goes to quarantine instead.
        """
        ...

    async def hold(self, claim: Claim, until: datetime) -> bool:
        """Hold the work for longer; False when the lock was lost to another worker."""
        ...

    async def finish(self, claim: Claim, now: datetime, changes: Changes | None = None) -> bool:
        """Mark the work as done in one transaction with its changes.

        Returns False, with nothing written, when the lock was lost to another worker.
        """
        ...

    async def fail(self, claim: Claim, now: datetime, error: str, retry_at: datetime | None) -> None:
        """Give the work back for ``retry_at``, or quarantine it when that is None. ``error`` holds no personal data."""
        ...

    async def put_off(self, claim: Claim, until: datetime) -> None:
        """Give the work back for ``until``, as if it had never been claimed."""
        ...

    async def quarantined(self, page: PageRequest) -> Page[QuarantinedWork]:
        """Return what waits for a person, newest first."""
        ...

    async def release(self, queue: Queue, entry_id: str, now: datetime, changes: Changes | None = None) -> bool:
        """Put quarantined work back into its queue with a clean count, in one transaction with the changes.

        Returns False, with nothing written, when it is not there.
        """
        ...

    async def backlogs(self) -> list[Backlog]:
        """Return by kind what is neither done nor in quarantine, and what is in quarantine; for many kinds cheap."""
        ...

    async def waiting(self, queue: Queue) -> int:
        """Return how many entries are neither done nor in quarantine."""
        ...


MAX_RUNS = 3


class ChainEnds(Struct, frozen=True):
    """The ledger's last entry (None before the first checkpoint), and the heads that the store believes it has."""

    checkpoint: LedgerEntry | None
    audit: Head
    ledger: Head


class AuditReads(Protocol):
    """Reads the chains. A stored entry that can't be read raises ``DamagedError`` with its ``chain`` and ``seq``."""

    def all_streams(self) -> AsyncIterator[tuple[str, list[SealedEvent], Head]]:
        """Yield every stream with its events in stored order and the head that the store believes it has."""
        ...

    def all_audit(self) -> AsyncIterator[list[SealedAudit]]:
        """Yield the audit log in batches, in stored order."""
        ...

    def ledger(self) -> AsyncIterator[LedgerEntry]:
        """Yield the ledger from its beginning."""
        ...

    async def stored_heads(self) -> tuple[Head, Head]:
        """Return the heads that the store believes the audit log and the ledger have."""
        ...

    async def chain_ends(self) -> ChainEnds:
        """Return the ledger's last entry and the heads, all of one instant."""
        ...

    async def letter_numbers(self) -> list[tuple[str, str]]:
        """Return ``(number, letter id)`` of every numbered letter, in the order of the numbers."""
        ...

    async def audit_page(self, page: PageRequest, actor: str | None = None) -> Page[SealedAudit]:
        """Return the audit log, newest first, of one actor when given."""
        ...


class AuditTrail(AuditReads, Protocol):
    """Reads the chains, and writes the checkpoints that tie them together."""

    async def checkpoint(self, now: datetime) -> LedgerEntry | None:
        """Seal the heads of all chains that grew since the last checkpoint; None when none did."""
        ...
