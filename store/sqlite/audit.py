"""The chains (``core.store.AuditReads`` and ``AuditTrail``): reads them, and ties them together in the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, TypeVar

import msgspec

from minxin.core.audit import GENESIS, LedgerEntry, SealedAudit, SealedEvent, seal_checkpoint
from minxin.core.changes import Head
from minxin.core.errors import DamagedError
from minxin.core.paging import Page, PageRequest, decode_cursor, page_size
from minxin.core.store import ChainEnds
from minxin.store.sqlite.chain_entries import decode_whole, digest_of, unreadable
from minxin.store.sqlite.chains import (
    AUDIT_LOG,
    AUDIT_LOTS,
    HAS_EVENTS,
    events_within,
    hold_actors,
    newest_audit,
    sealed_audit,
)
from minxin.store.sqlite.codec import UNREADABLE, decode, encode
from minxin.store.sqlite.packing import pack, unpack
from minxin.store.sqlite.paging import Order, page_of, text_after
from minxin.store.sqlite.readers import Reader, one_view
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_STREAMS_AT_A_TIME: Final = 500
_LOTS_AT_A_TIME: Final = 20
_BEFORE_ALL: Final = -(2**63)
_BEHIND_ALL: Final = 2**62
_NEWEST: Final = Order(("seq",), (int,), descending=True)
_HEADS: Final = "SELECT name, seq, hash FROM streams JOIN names ON names.no = streams.stream"
_AUDIT_AFTER: Final = AUDIT_LOTS.format("id > ? ORDER BY id LIMIT ?")
_LEDGER: Final = msgspec.json.Decoder(LedgerEntry)

T = TypeVar("T")
Stream = tuple[str, list[SealedEvent], Head]


class SqliteTrail:
    """Reads the chains."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    async def all_streams(self) -> AsyncIterator[Stream]:
        first = ""
        while batch := await self.reader.read(partial(_streams_from, first=first)):
            for stream in batch:
                yield stream
            first = text_after(batch[-1][0])

    async def all_audit(self) -> AsyncIterator[list[SealedAudit]]:
        after = _BEFORE_ALL
        while found := await self.reader.read(partial(_audit_after, after=after)):
            after, batch = found
            yield batch

    async def ledger(self) -> AsyncIterator[LedgerEntry]:
        after = _BEFORE_ALL
        while entry := await self.reader.read(partial(_ledger_after, after=after)):
            yield entry
            after = entry.seq

    async def stored_heads(self) -> tuple[Head, Head]:
        return await self.reader.read(_stored_heads)

    async def chain_ends(self) -> ChainEnds:
        return await self.reader.read(_chain_ends)

    async def letter_numbers(self) -> list[tuple[str, str]]:
        return await self.reader.read(_letter_numbers)

    async def audit_page(self, page: PageRequest, actor: str | None = None) -> Page[SealedAudit]:
        return await self.reader.read(lambda db: _audit_page(db, page, actor))


class SqliteAudit(SqliteTrail):
    """Reads the chains and writes checkpoints."""

    writer: Writer

    async def checkpoint(self, now: datetime) -> LedgerEntry | None:
        return await self.writer.write(lambda transaction: _checkpoint(transaction, now))


class _AuditSeen(msgspec.Struct):
    """As much of a ledger entry as the next checkpoint needs."""

    audit: Head


class _NumberOf(msgspec.Struct):
    """As much of a letter as the list of numbers needs."""

    number: str


_AUDIT_SEEN: Final = msgspec.json.Decoder(_AuditSeen)
_NUMBER_OF: Final = msgspec.json.Decoder(_NumberOf)


def _checkpoint(transaction: Transaction, now: datetime) -> LedgerEntry | None:
    db = transaction.connection
    heads = _heads(db.execute(f"{_HEADS} WHERE seq > sealed"))
    numbers = db.execute(
        "SELECT printf('%s-%06d', series, serial), id FROM letters JOIN series ON series.name = letters.series "
        "WHERE serial > series.sealed AND serial <= series.last ORDER BY series, serial"
    ).fetchall()
    audit = transaction.stored_head("audit")
    if not heads and not numbers and audit == _last_audit_seen(db):
        return None
    entry = seal_checkpoint(transaction.stored_head("ledger"), now, heads, audit, numbers)
    db.execute("INSERT INTO ledger (seq, body) VALUES (?, ?)", (entry.seq, pack(encode(entry))))
    db.execute("INSERT OR REPLACE INTO heads (chain, seq, hash) VALUES ('ledger', ?, ?)", (entry.seq, entry.hash))
    db.execute("UPDATE streams SET sealed = seq WHERE seq > sealed")
    db.execute("UPDATE series SET sealed = last WHERE last > sealed")
    return entry


def _last_audit_seen(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT body FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return decode(_AUDIT_SEEN.decode, row[0]).audit if row else GENESIS


def _streams_from(connection: sqlite3.Connection, first: str) -> list[Stream]:
    """Return the next streams by name: those that have events or a head, so that a lost half shows."""
    with one_view(connection):
        limit = {"first": first, "many": _STREAMS_AT_A_TIME}
        names = connection.execute(
            "SELECT name FROM names AS chain WHERE name >= :first AND "  # noqa: S608
            f"(EXISTS (SELECT 1 FROM streams WHERE stream = no) OR {HAS_EVENTS}) ORDER BY name LIMIT :many",
            limit,
        ).fetchall()
        if not names:
            return []
        span = (names[0][0], names[-1][0])
        found = events_within(connection, span)
        heads = _heads(connection.execute(f"{_HEADS} WHERE name BETWEEN ? AND ?", span))
    return [(stream, found.get(stream, []), heads.get(stream, GENESIS)) for (stream,) in names]


def _heads(rows: Iterable[tuple[str, int, bytes]]) -> dict[str, Head]:
    return {stream: Head(seq, digest_of(stored, stream, seq)) for stream, seq, stored in rows}


def _audit_after(connection: sqlite3.Connection, after: int) -> tuple[int, list[SealedAudit]] | None:
    """Return the entries of the next lots, and the last lot's key; None behind the end."""
    lots = list(AUDIT_LOG.lots(connection.execute(_AUDIT_AFTER, (after, _LOTS_AT_A_TIME))))
    if not lots:
        return None
    hold_actors(connection, [lot for _, lot in lots])
    return lots[-1][1].first, [sealed_audit(one) for _, one in AUDIT_LOG.read(connection, lots)]


def _ledger_after(connection: sqlite3.Connection, after: int) -> LedgerEntry | None:
    row = connection.execute("SELECT seq, body FROM ledger WHERE seq > ? ORDER BY seq LIMIT 1", (after,)).fetchone()
    if row is None:
        return None
    entry = _ledger_entry(row)
    if entry.seq != row[0]:
        raise DamagedError("a stored entry is out of place", chain="ledger", seq=row[0])
    return entry


def _ledger_entry(row: tuple[int, bytes]) -> LedgerEntry:
    seq, stored = row
    try:
        body = unpack(stored)
    except UNREADABLE as error:
        raise unreadable("ledger", seq) from error
    return decode_whole(_LEDGER, body, "ledger", seq)


def _chain_ends(connection: sqlite3.Connection) -> ChainEnds:
    with one_view(connection):
        row = connection.execute("SELECT seq, body FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
        checkpoint = _ledger_entry(row) if row else None
        audit, ledger = _stored_heads(connection)
    return ChainEnds(checkpoint, audit, ledger)


def _stored_heads(connection: sqlite3.Connection) -> tuple[Head, Head]:
    heads = {chain: Head(seq, digest) for chain, seq, digest in connection.execute("SELECT * FROM heads")}
    return heads.get("audit", GENESIS), heads.get("ledger", GENESIS)


def _letter_numbers(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    numbers = []
    for series, serial, letter_id, body in connection.execute(
        "SELECT series, serial, id, body FROM letters ORDER BY series, serial"
    ):
        number = f"{series}-{serial:06d}"
        where = {"chain": f"letter {letter_id}", "seq": serial}
        if decode(_NUMBER_OF.decode, body, **where).number != number:
            raise DamagedError("a letter has two numbers", **where)
        numbers.append((number, letter_id))
    return numbers


def _audit_page(connection: sqlite3.Connection, page: PageRequest, actor: str | None) -> Page[SealedAudit]:
    size = page_size(page)
    before = _BEHIND_ALL if page.after is None else int(decode_cursor(page.after, int)[0])
    found = islice(newest_audit(connection, before, actor), size + 1)
    return page_of([(one.seq, one) for one in found], size, _NEWEST, lambda row: sealed_audit(row[1]))
