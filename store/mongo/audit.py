"""The chains (``core.store.AuditReads`` and ``AuditTrail``): reads them, and ties them together in the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from pymongo import InsertOne, UpdateOne

from minxin.core.audit import GENESIS, LedgerEntry, SealedAudit, SealedEvent, seal_checkpoint
from minxin.core.changes import AuditEntry, Event, Head
from minxin.core.errors import DamagedError
from minxin.core.paging import Page, PageRequest
from minxin.core.store import ChainEnds
from minxin.store.mongo.applying import set_fields
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, page_of, text_after, up_to
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import AUDIT, EVENTS, HEADS, LEDGER, SERIES, STREAMS
from minxin.store.mongo.transaction import Transaction
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import UNREADABLE, decode, encode
from minxin.store.sqlite.tables import LETTERS

_STREAMS_AT_A_TIME: Final = 500
_ENTRIES_AT_A_TIME: Final = 2_000
_BEFORE_ALL: Final = -(2**62)
# A ledger entry names every chain that grew, 120 bytes each, and a document holds 16 MB.
HEADS_AT_ONCE: Final = 20_000
_NEWEST: Final = Order(("_id",), (int,), descending=True)
_EVENT: Final = msgspec.json.Decoder(Event)
_ENTRY: Final = msgspec.json.Decoder(AuditEntry)
_LEDGER: Final = msgspec.json.Decoder(LedgerEntry)

T = TypeVar("T")
Stream = tuple[str, list[SealedEvent], Head]


class MongoTrail:
    """Reads the chains."""

    reader: ReaderPool

    async def all_streams(self) -> AsyncIterator[Stream]:
        first = ""
        while batch := await self.reader.at_one_moment(partial(_streams_from, first=first)):
            for stream in batch:
                yield stream
            first = text_after(batch[-1][0])

    async def all_audit(self) -> AsyncIterator[list[SealedAudit]]:
        after = _BEFORE_ALL
        while batch := await self._audit_after(after):
            yield batch
            after = batch[-1].seq

    async def ledger(self) -> AsyncIterator[LedgerEntry]:
        after = _BEFORE_ALL
        while found := await self.reader.one(LEDGER, {"_id": {"$gt": after}}, by=("_id",)):
            yield _entry(found)
            after = found["_id"]

    async def stored_heads(self) -> tuple[Head, Head]:
        return await _stored_heads(self.reader)

    async def chain_ends(self) -> ChainEnds:
        return await self.reader.at_one_moment(_chain_ends)

    async def letter_numbers(self) -> list[tuple[str, str]]:
        return [number async for number in _letter_numbers(self.reader)]

    async def audit_page(self, page: PageRequest, actor: str | None = None) -> Page[SealedAudit]:
        where = {} if actor is None else {"actor": actor}
        fields = ("prev", "hash", "actor", "body")
        return await page_of(self.reader, AUDIT, where, _NEWEST, page, fields, _sealed_audit)

    async def _audit_after(self, after: int) -> list[SealedAudit]:
        found = await self.reader.find(AUDIT, {"_id": {"$gt": after}}, by=("_id",), most=_ENTRIES_AT_A_TIME)
        return [_sealed_audit(one) for one in found]


class MongoAudit(MongoTrail):
    """Reads the chains and writes checkpoints."""

    writer: Writer

    async def checkpoint(self, now: datetime) -> LedgerEntry | None:
        """Seal the heads of all chains that grew, in as many entries as they need, and return the last."""
        last = None
        while entry := await self.writer.write(lambda transaction: _checkpoint(transaction, now)):
            last = entry
            if len(entry.heads) < HEADS_AT_ONCE and len(entry.numbers) < HEADS_AT_ONCE:
                break
        return last


class _AuditSeen(msgspec.Struct):
    """As much of a ledger entry as the next checkpoint needs."""

    audit: Head


class _NumberOf(msgspec.Struct):
    """As much of a letter as the list of numbers needs."""

    number: str


_AUDIT_SEEN: Final = msgspec.json.Decoder(_AuditSeen)
_NUMBER_OF: Final = msgspec.json.Decoder(_NumberOf)


async def _checkpoint(transaction: Transaction, now: datetime) -> LedgerEntry | None:
    reader = transaction.reader
    grown = await reader.find(STREAMS, {"grown": 1}, by=("_id",), most=HEADS_AT_ONCE)
    heads = {one["_id"]: Head(one["seq"], one["hash"]) for one in grown}
    numbers, sealed = await _numbers(reader)
    stored = await _heads(reader)
    last = await reader.one(LEDGER, {}, by=("-_id",))
    audit = stored.get("audit", GENESIS)
    if not heads and not numbers and audit == (decode(_AUDIT_SEEN.decode, last["body"]).audit if last else GENESIS):
        return None
    entry = seal_checkpoint(stored.get("ledger", GENESIS), now, heads, audit, numbers)
    transaction.do(LEDGER, InsertOne({"_id": entry.seq, "body": encode(entry)}))
    transaction.do(HEADS, set_fields("ledger", {"seq": entry.seq, "hash": entry.hash}))
    transaction.do(STREAMS, *(UpdateOne({"_id": name}, {"$set": {"grown": 0}}) for name in heads))
    transaction.do(SERIES, *(UpdateOne({"_id": name}, {"$set": {"sealed": to}}) for name, to in sealed.items()))
    return entry


async def _numbers(reader: Reader) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """Return the numbers that no checkpoint has yet, with their letters, and how far each series is sealed by them."""
    numbers: list[tuple[str, str]] = []
    sealed = {}
    for series in await reader.find(SERIES, {}, by=("_id",)):
        room = HEADS_AT_ONCE - len(numbers)
        first, last = series.get("sealed", 0), series["last"]
        if last <= first or room <= 0:
            continue
        where = {"series": series["_id"], "serial": {"$gt": first, **up_to(last)}}
        found = await reader.find(LETTERS.name, where, by=("series", "serial"), most=room, fields=("serial",))
        numbers += [(f"{series['_id']}-{one['serial']:06d}", one["_id"]) for one in found]
        sealed[series["_id"]] = found[-1]["serial"] if len(found) == room else last
    return numbers, sealed


async def _streams_from(reader: Reader, first: str) -> list[Stream]:
    """Return the next streams by name: those that have events or a head, so that a lost half shows."""
    heads = await reader.find(STREAMS, {"_id": {"$gte": first}}, by=("_id",), most=_STREAMS_AT_A_TIME)
    span: Document = {"$gte": first}
    if len(heads) == _STREAMS_AT_A_TIME:
        span |= up_to(heads[-1]["_id"])
    found: dict[str, list[SealedEvent]] = {one["_id"]: [] for one in heads}
    for event in await reader.find(EVENTS, {"stream": span}, by=("stream", "seq")):
        found.setdefault(event["stream"], []).append(_sealed_event(event))
    ends = {one["_id"]: Head(one["seq"], one["hash"]) for one in heads}
    return [(stream, found[stream], ends.get(stream, GENESIS)) for stream in sorted(found)]


def _sealed_event(event: Document) -> SealedEvent:
    content = _exact(_EVENT, event["body"], event["stream"], event["seq"])
    return SealedEvent(event["seq"], event["prev"], event["hash"], content)


def _sealed_audit(found: Document) -> SealedAudit:
    entry = _exact(_ENTRY, found["body"], "audit", found["_id"])
    if entry.actor != found["actor"]:
        raise DamagedError("a stored entry has two actors", chain="audit", seq=found["_id"])
    return SealedAudit(found["_id"], found["prev"], found["hash"], entry)


def _entry(found: Document) -> LedgerEntry:
    entry = _exact(_LEDGER, found["body"], "ledger", found["_id"])
    if entry.seq != found["_id"]:
        raise DamagedError("a stored entry is out of place", chain="ledger", seq=found["_id"])
    return entry


async def _chain_ends(reader: Reader) -> ChainEnds:
    last = await reader.one(LEDGER, {}, by=("-_id",))
    audit, ledger = await _stored_heads(reader)
    return ChainEnds(_entry(last) if last else None, audit, ledger)


def _exact(decoder: msgspec.json.Decoder[T], body: Any, chain: str, seq: int) -> T:
    """Read a body that must be letter for letter what was hashed."""
    try:
        content = decoder.decode(body)
    except UNREADABLE as error:
        raise DamagedError("a stored entry can't be read", chain=chain, seq=seq) from error
    if encode(content) != body:
        raise DamagedError("a stored entry is not what was written", chain=chain, seq=seq)
    return content


async def _heads(reader: Reader) -> dict[str, Head]:
    found = await reader.find(HEADS, {"_id": {"$in": ["audit", "ledger"]}})
    return {one["_id"]: Head(one["seq"], one["hash"]) for one in found}


async def _stored_heads(reader: Reader) -> tuple[Head, Head]:
    heads = await _heads(reader)
    return heads.get("audit", GENESIS), heads.get("ledger", GENESIS)


async def _letter_numbers(reader: Reader) -> AsyncIterator[tuple[str, str]]:
    """Yield the numbers of one series after the other, as they stand in the letters themselves."""
    by, fields = ("series", "serial"), ("series", "serial", "body")
    after: Document = {"series": {"$gte": ""}}
    while first := await reader.one(LETTERS.name, after, by=by, fields=("series",)):
        place: Document = {"series": first["series"]}
        while batch := await reader.find(LETTERS.name, place, by=by, most=_ENTRIES_AT_A_TIME, fields=fields):
            for one in batch:
                yield _number_of(one)
            place["serial"] = {"$gt": batch[-1]["serial"]}
        after = {"series": {"$gt": first["series"]}}


def _number_of(letter: Document) -> tuple[str, str]:
    number = f"{letter['series']}-{letter['serial']:06d}"
    where = {"chain": f"letter {letter['_id']}", "seq": letter["serial"]}
    if decode(_NUMBER_OF.decode, letter["body"], **where).number != number:
        raise DamagedError("a letter has two numbers", **where)
    return number, letter["_id"]
