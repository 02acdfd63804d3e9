"""Proves that nothing vanished or was changed behind the house's back: walks all chains and holds them together.

Three things are compared that somebody would have to bend at once: the chains themselves, the heads that the store
keeps beside them, and the ledger, which saw the heads and the numbers at each checkpoint. What was cut off or replaced
after the last checkpoint, store heads included, shows only against a head that left the house: the writer's receipt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from minxin.core.audit import GENESIS, LedgerEntry, SealedAudit, SealedEvent, first_break, ledger_digest
from minxin.core.changes import Head
from minxin.core.errors import DamagedError
from minxin.core.store import AuditReads

Heads = dict[int, str]  # hash by sequence number


class Break(Struct, frozen=True):
    """The first thing that is wrong.

    ``chain`` is the event stream, ``audit``, ``ledger``, ``numbers`` or, when nothing closer can be said, ``store``;
    ``seq`` is the place in it.
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
    """What the ledger (or somebody outside) saw, and how much was read so far."""

    def __init__(self, known: Mapping[str, Head]) -> None:
        self.heads: dict[str, Heads] = defaultdict(dict)
        self.numbers: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}
        for chain, head in known.items():
            self.heads[chain][head.seq] = head.hash
        self.audit = self.heads.pop("audit", {})
        self.ledger = self.heads.pop("ledger", {})

    def count(self, what: str, many: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + many


async def verify(trail: AuditReads, known: Mapping[str, Head] | None = None) -> Verdict:
    """Walk everything and return what was found.

    ``known`` holds heads that left the house, by chain (``ledger``, ``audit`` or a stream): from a receipt, or from an
    export. They must be found again. The trail may grow meanwhile: the ledger is read first, so that what is committed
    later can only add to what it saw, and is no break.
    """
    seen = _Seen(known or {})
    try:
        before = await trail.stored_heads()
        ledger = await _ledger(trail, before[1], seen)
        _numbers(await trail.letter_numbers(), seen)
        await _streams(trail, seen)
        audit = await _audit(trail, before[0], seen)
        after = await trail.stored_heads()
        _not_beyond("audit", audit, after[0])
        _not_beyond("ledger", ledger, after[1])
    except _BrokenError as error:
        return Verdict(error.found, **seen.counts)
    except DamagedError as error:
        chain, seq = str(error.params.get("chain", "store")), int(str(error.params.get("seq", 0)))
        return Verdict(Break(chain, seq, error.reason), **seen.counts)
    return Verdict(None, **seen.counts)


async def _ledger(trail: AuditReads, stored: Head, seen: _Seen) -> Head:
    head = GENESIS
    wanted = _wanted("ledger", seen.ledger, stored)
    async for entry in trail.ledger():
        _checkpoint(entry, head)
        head = Head(entry.seq, entry.hash)
        if wanted.pop(entry.seq, entry.hash) != entry.hash:
            raise _BrokenError("ledger", entry.seq, "was replaced, its hash is known")
        for stream, at in entry.heads.items():
            _note(stream, seen.heads[stream], at)
        if entry.audit.seq:
            _note("audit", seen.audit, entry.audit)
        seen.numbers += entry.numbers
        seen.count("checkpoints")
    for seq in sorted(wanted):
        raise _BrokenError("ledger", min(head.seq + 1, seq), "is missing at the end")
    return head


def _wanted(chain: str, known: Heads, stored: Head) -> Heads:
    if stored.seq:
        _note(chain, known, stored)
    return known


def _note(chain: str, known: Heads, head: Head) -> None:
    """Remember a head that must be found; two who saw different ones can't both be right."""
    if known.setdefault(head.seq, head.hash) != head.hash:
        raise _BrokenError(chain, head.seq, "was replaced, its hash is known")


def _not_beyond(chain: str, end: Head, stored: Head) -> None:
    if end.seq > stored.seq:
        raise _BrokenError(chain, stored.seq + 1, f"stands behind the store's head, which is number {stored.seq}")


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
        raise _BrokenError(stream, min(heads), "is missing with its whole chain, its hash is known")


async def _audit(trail: AuditReads, stored: Head, seen: _Seen) -> Head:
    head = GENESIS
    wanted = _wanted("audit", seen.audit, stored)
    async for batch in trail.all_audit():
        _follow("audit", batch, head)
        head = Head(batch[-1].seq, batch[-1].hash)
        _anchored("audit", batch, _take(wanted, head.seq))
        seen.count("audit", len(batch))
    for seq in sorted(wanted):
        raise _BrokenError("audit", min(head.seq + 1, seq), "is missing at the end")
    return head


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
            raise _BrokenError(chain, seq, "is missing at the end")
        if entries[place].hash != digest:
            raise _BrokenError(chain, seq, "was replaced, its hash is known")


def _take(wanted: Heads, up_to: int) -> Heads:
    """Take out of ``wanted`` what lies in the part that was read."""
    return {seq: wanted.pop(seq) for seq in list(wanted) if seq <= up_to}
