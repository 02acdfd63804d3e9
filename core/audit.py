"""The audit chain: every entry is sealed with the hash of the one before it.

Three chains hold each other: each letter's events, the audit log, and the ledger (存证账本), whose entries list the
heads that the others had at a checkpoint. Whoever changes a stored row must change all that follow, in all three, and
the receipts in people's hands (GB/T 22239: 审计记录保护).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from minxin.core.changes import AuditEntry, Event, Head

GENESIS = Head(0, "0" * 64)
_encoder = msgspec.json.Encoder(order="deterministic")


class SealedEvent(Struct, frozen=True):
    """An event in its place in the stream's chain."""

    seq: int
    prev: str
    hash: str
    event: Event


class SealedAudit(Struct, frozen=True):
    """An audit entry in its place in the one audit chain."""

    seq: int
    prev: str
    hash: str
    entry: AuditEntry


class LedgerEntry(Struct, frozen=True):
    """One checkpoint: the heads of all streams that grew since the one before, and the head of the audit chain.

    ``numbers`` lists the letters numbered since then as ``[number, record id]``, in order.
    """

    seq: int
    prev: str
    hash: str
    at: datetime
    heads: dict[str, Head]
    audit: Head
    numbers: list[tuple[str, str]]


def digest(prev: str, content: Struct, seq: int) -> str:
    """Return the SHA-256 (hex) that seals ``content`` as number ``seq`` after the entry whose hash is ``prev``."""
    return digest_of_body(prev, _encoder.encode(content), seq)


def digest_of_body(prev: str, body: bytes, seq: int) -> str:
    """Return the SHA-256 (hex) as :func:`digest` does, for content that is encoded already."""
    return hashlib.sha256(b"%d\n%s\n%s" % (seq, prev.encode(), body)).hexdigest()


def seal_event(head: Head, event: Event) -> SealedEvent:
    """Chain the event to the head of its stream."""
    seq = head.seq + 1
    return SealedEvent(seq, head.hash, digest(head.hash, event, seq), event)


def seal_audit(head: Head, entry: AuditEntry) -> SealedAudit:
    """Chain the entry to the head of the audit log."""
    seq = head.seq + 1
    return SealedAudit(seq, head.hash, digest(head.hash, entry, seq), entry)


class _Checkpoint(Struct, frozen=True):
    at: datetime
    heads: dict[str, Head]
    audit: Head
    numbers: list[tuple[str, str]]


def seal_checkpoint(
    last: Head, at: datetime, heads: dict[str, Head], audit: Head, numbers: list[tuple[str, str]]
) -> LedgerEntry:
    """Chain a checkpoint to the ledger's last entry."""
    seq = last.seq + 1
    content = _Checkpoint(at, heads, audit, numbers)
    return LedgerEntry(seq, last.hash, digest(last.hash, content, seq), at, heads, audit, numbers)


def ledger_digest(entry: LedgerEntry) -> str:
    """Return the hash that the ledger entry must have, computed from its content."""
    return digest(entry.prev, _Checkpoint(entry.at, entry.heads, entry.audit, entry.numbers), entry.seq)


def first_break(entries: Iterable[SealedEvent | SealedAudit], head: Head = GENESIS) -> int | None:
    """Return the sequence number of the first entry that does not fit its chain, or None when all do.

    The entries must come in stored order, and follow ``head`` (the chain's beginning).
    """
    for entry in entries:
        content = entry.event if isinstance(entry, SealedEvent) else entry.entry
        expected = digest(head.hash, content, head.seq + 1)
        if (entry.seq, entry.prev, entry.hash) != (head.seq + 1, head.hash, expected):
            return head.seq + 1
        head = Head(entry.seq, entry.hash)
    return None
