"""Proves that nothing vanished or was changed behind the house's back: walks all chains and holds them together.

Three things are compared that somebody would have to bend at once: the chains themselves, the heads that the store
keeps beside them, and the ledger, which saw the heads and the numbers at each checkpoint. What was cut off or replaced
after the last checkpoint, store heads included, shows only against a head that left the house: the writer's receipt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from minxin.core.audit import GENESIS, LedgerEntry, SealedAudit, SealedEvent, first_break, ledger_digest
from minxin.core.changes import Head
from minxin.core.errors import DamagedError
from minxin.core.store import AuditReads

Heads = dict[int, str]  # hash by sequence number


class Break(Struct, frozen=True):
    """The first thing that is wrong.

    ``chain`` is the stream (the letter's id), ``audit``, ``ledger`` or ``numbers``; ``seq`` the place in it.
    """

    chain: str
    seq: int
    problem: str


class Verdict(Struct, frozen=True):
    """What was read, and the first break, or None when everything holds."""

    broken: Break | None
    streams: int = 0
    events: int = 0
    audit: int = 0
    checkpoints: int = 0
    numbers: int = 0


class _BrokenError(Exception):
    def __init__(self, chain: str, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.found = Break(chain, seq, problem)


class _Seen:
    """What the ledger saw, and how much was read so far."""

    def __init__(self) -> None:
        self.heads: dict[str, Heads] = defaultdict(dict)
        self.audit: Heads = {}
        self.numbers: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}

    def count(self, what: str, many: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + many


async def verify(trail: AuditReads) -> Verdict:
    """Walk everything and return what was found.

    The ledger is read first: whatever is committed meanwhile can then only add to what the ledger saw, and is no break.
    """
    seen = _Seen()
    try:
        audit_head, ledger_head = await trail.stored_heads()
        await _ledger(trail, ledger_head, seen)
        _numbers(await trail.letter_numbers(), seen)
        await _streams(trail, seen)
        await _audit(trail, audit_head, seen)
    except _BrokenError as error:
        return Verdict(error.found, **seen.counts)
    except DamagedError as error:
        if "chain" not in error.params:
            raise
        found = Break(str(error.params["chain"]), int(str(error.params["seq"])), error.reason)
        return Verdict(found, **seen.counts)
    return Verdict(None, **seen.counts)


async def _ledger(trail: AuditReads, stored: Head, seen: _Seen) -> None:
    head = GENESIS
    async for entry in trail.ledger():
        _checkpoint(entry, head)
        head = Head(entry.seq, entry.hash)
        for stream, at in entry.heads.items():
            seen.heads[stream][at.seq] = at.hash
        if entry.audit.seq:
            seen.audit[entry.audit.seq] = entry.audit.hash
        seen.numbers += entry.numbers
        if entry.seq == stored.seq and entry.hash != stored.hash:
            raise _BrokenError("ledger", entry.seq, "is not the entry that the store's head names")
        seen.count("checkpoints")
    if head.seq < stored.seq:
        raise _BrokenError("ledger", head.seq + 1, "is missing at the end")


def _checkpoint(entry: LedgerEntry, head: Head) -> None:
    if entry.seq != head.seq + 1:
        raise _BrokenError("ledger", head.seq + 1, f"is missing, number {entry.seq} stands there")
    if entry.prev != head.hash:
        raise _BrokenError("ledger", entry.seq, "does not follow the entry before it")
    if entry.hash != ledger_digest(entry):
        raise _BrokenError("ledger", entry.seq, "was changed")


def _numbers(stored: Sequence[tuple[str, str]], seen: _Seen) -> None:
    """Each series counts from one without a gap, and the numbers that the ledger saw are still their letters'."""
    last: dict[str, int] = defaultdict(int)
    letters = dict(stored)
    for number, _ in stored:
        series, _, serial = number.rpartition("-")
        if int(serial) != last[series] + 1:
            raise _BrokenError("numbers", last[series] + 1, f"{series}-{last[series] + 1:06d} has no letter")
        last[series] += 1
    for number, letter_id in seen.numbers:
        if letters.get(number) != letter_id:
            raise _BrokenError(
                "numbers", int(number.rpartition("-")[2]), f"{number} is not the letter that the ledger saw"
            )
    seen.count("numbers", len(stored))


async def _streams(trail: AuditReads, seen: _Seen) -> None:
    async for stream, events, stored in trail.all_streams():
        _follow(stream, events, GENESIS)
        end = Head(events[-1].seq, events[-1].hash) if events else GENESIS
        if end != stored:
            raise _BrokenError(stream, min(end.seq, stored.seq) + 1, f"the store's head is number {stored.seq}")
        _anchored(stream, events, seen.heads.pop(stream, {}))
        seen.count("streams")
        seen.count("events", len(events))
    for stream, heads in sorted(seen.heads.items()):
        raise _BrokenError(stream, min(heads), "is missing with its whole chain, the ledger saw it")


async def _audit(trail: AuditReads, stored: Head, seen: _Seen) -> None:
    head = GENESIS
    wanted = seen.audit | ({stored.seq: stored.hash} if stored.seq else {})
    async for batch in trail.all_audit():
        _follow("audit", batch, head)
        head = Head(batch[-1].seq, batch[-1].hash)
        _anchored("audit", batch, _take(wanted, head.seq))
        seen.count("audit", len(batch))
    for seq in sorted(wanted):
        raise _BrokenError("audit", seq, "is missing at the end, the ledger or the store's head saw it")


def _follow(chain: str, entries: Sequence[SealedEvent] | Sequence[SealedAudit], head: Head) -> None:
    broken = first_break(entries, head)
    if broken is not None:
        raise _BrokenError(chain, broken, _problem(entries[broken - head.seq - 1], broken, entries, head))


def _problem(
    entry: SealedEvent | SealedAudit, seq: int, entries: Sequence[SealedEvent] | Sequence[SealedAudit], head: Head
) -> str:
    if entry.seq != seq:
        return f"is missing, number {entry.seq} stands there"
    before = head.hash if seq == head.seq + 1 else entries[seq - head.seq - 2].hash
    return "was changed" if entry.prev == before else "does not follow the entry before it"


def _anchored(chain: str, entries: Sequence[SealedEvent] | Sequence[SealedAudit], wanted: Heads) -> None:
    """Check that the entries that were seen before are there, with the hash that they had."""
    first = entries[0].seq if entries else 1
    for seq, digest in sorted(wanted.items()):
        place = seq - first
        if not 0 <= place < len(entries):
            raise _BrokenError(chain, seq, "is missing at the end, the ledger saw it")
        if entries[place].hash != digest:
            raise _BrokenError(chain, seq, "was replaced, the ledger saw another")


def _take(wanted: Heads, up_to: int) -> Heads:
    """Take out of ``wanted`` what lies in the part that was read."""
    return {seq: wanted.pop(seq) for seq in list(wanted) if seq <= up_to}
