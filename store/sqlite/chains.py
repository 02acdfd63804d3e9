"""The chains in their tables: streams of events and the audit log, both in lots (链与链段)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Generic

import msgspec
from msgspec import Struct

from minxin.core.audit import SealedAudit, SealedEvent
from minxin.core.changes import AuditEntry, Event
from minxin.core.errors import DamagedError
from minxin.store.sqlite.chain_entries import ACTOR, AUDIT, EVENT, Form, Names, T, names_of
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.lots import Entry, Filled, Kept, Lot, Size, entries_of, filled, numbers_of, opened

LotRow = tuple[str, int, Any, Any, Any]  # the chain, the first entry's number, and a lot's row

AUDIT_CHAIN: Final = "audit"
# An event lot's key is its stream's number and, in so many bits, its first entry's: the table needs no index, and its
# rows may be as long as a page.
SEQ_BITS: Final = 24
_LAST_SEQ: Final = (1 << SEQ_BITS) - 1
SPAN_BITS: Final = 11  # of the audit log; who acted in a span is noted once
_WITHIN: Final = f"lot.id BETWEEN chain.no << {SEQ_BITS} AND (chain.no << {SEQ_BITS}) + {_LAST_SEQ}"
# Where a reader says which, in which order: by ``chain.name``, the stream, and ``lot.id``.
EVENT_LOTS: Final = f"""SELECT chain.name, lot.id - (chain.no << {SEQ_BITS}), before, checks, lot.body
    FROM names AS chain CROSS JOIN event_lots AS lot ON {_WITHIN} WHERE {{}}"""  # noqa: S608
AUDIT_LOTS: Final = "SELECT 'audit', id, before, checks, body FROM audit_lots WHERE {}"
HAS_EVENTS: Final = f"EXISTS (SELECT 1 FROM event_lots AS lot WHERE {_WITHIN})"  # noqa: S608
_OF_STREAM: Final = EVENT_LOTS.format("chain.name = ? ORDER BY lot.id")
_OF_STREAMS: Final = EVENT_LOTS.format("chain.name BETWEEN ? AND ? ORDER BY chain.name, lot.id")
_NEWEST: Final = AUDIT_LOTS.format(
    "id >= (SELECT coalesce(max(id), ?1) FROM audit_lots WHERE id <= ?1) AND id < ?2 ORDER BY id DESC"
)
_FIRST: Final = 1
_SPANS: Final = """SELECT actor, span FROM audit_actors
    WHERE actor = (SELECT no FROM names WHERE name = ?) AND span <= ? ORDER BY span DESC"""
_ACTED: Final = "INSERT OR IGNORE INTO audit_actors (actor, span) VALUES (?, ?)"
_NOT_LISTED: Final = """SELECT min(json_extract(value, '$[2]')) FROM json_each(?) WHERE NOT EXISTS (SELECT 1
    FROM audit_actors WHERE actor = json_extract(value, '$[0]') AND span = json_extract(value, '$[1]'))"""


class Chains(Struct, Generic[T], frozen=True):
    """A kind of chain: its table, how its entries and its lots are."""

    table: str
    form: Form[T]
    size: Size
    last: int

    def lots(self, rows: Iterable[LotRow]) -> Iterator[tuple[str, Lot]]:
        """Yield the lots of rows, each with its chain; raises ``DamagedError``, also where two overlap."""
        place = ("", 0)
        for chain, first, before, checks, body in rows:
            lot = opened(self.form, chain, first, before, checks, body)
            if place[0] == chain and first <= place[1]:
                raise DamagedError("stored entries lie upon each other", chain=chain, seq=first)
            place = chain, lot.end
            yield chain, lot

    def read(self, connection: sqlite3.Connection, lots: Iterable[tuple[str, Lot]]) -> Iterator[tuple[str, Kept[T]]]:
        """Yield the entries of the lots, each with its chain."""
        every = list(lots)
        names = names_of(connection, numbers_of(self.form, [lot for _, lot in every]))
        return ((chain, one) for chain, lot in every for one in entries_of(self.form, chain, lot, names))

    def append(self, connection: sqlite3.Connection, chain: str, base: int, entries: Sequence[Entry]) -> None:
        """Write entries behind the end of a chain whose keys begin after ``base``; raises ``DamagedError``."""
        self.hold_room(chain, (entries[0].seq, entries[-1].seq))
        last = None if entries[0].seq == 1 else self._last(connection, chain, base, entries[0].seq)
        self.write(connection, base, filled(self.form, self.size, last, entries))

    def hold_room(self, chain: str, numbers: Iterable[int]) -> None:
        """Raise ``DamagedError`` for a number that no entry of the chain has."""
        for seq in numbers:
            if not 1 <= seq <= self.last:
                raise DamagedError("no entry has such a number", chain=chain, seq=seq)

    def write(self, connection: sqlite3.Connection, base: int, lots: Iterable[Filled]) -> None:
        """Write lots of the chain whose keys begin after ``base``."""
        for one in lots:
            before, checks, body = one.row
            row = (before, checks, body, base + one.first)
            if one.longer:
                connection.execute(f"UPDATE {self.table} SET before = ?, checks = ?, body = ? WHERE id = ?", row)  # noqa: S608
            else:
                connection.execute(f"INSERT INTO {self.table} (before, checks, body, id) VALUES (?, ?, ?, ?)", row)  # noqa: S608

    def _last(self, connection: sqlite3.Connection, chain: str, base: int, seq: int) -> Lot | None:
        """Return the chain's last lot if it can be read; raises ``DamagedError`` when it reaches beyond the head."""
        query = f"""SELECT id - ?1, before, checks, body FROM {self.table}
            WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1"""  # noqa: S608
        row = connection.execute(query, (base, base + self.last)).fetchone()
        if row is None:
            return None
        try:
            lot = opened(self.form, chain, *row)
        except DamagedError:
            return None  # what can't be read stays as it is
        if lot.end >= seq:
            raise DamagedError("a chain goes on behind its head", chain=chain, seq=seq)
        return lot


EVENTS: Final = Chains[Event]("event_lots", EVENT, Size(64, 3_900), _LAST_SEQ)
# Two to a page of the file.
AUDIT_LOG: Final = Chains[AuditEntry]("audit_lots", AUDIT, Size(256, 1_960), (1 << 62) - 1)


def events_of(connection: sqlite3.Connection, stream: str) -> list[SealedEvent]:
    """Return the stream's events in order; raises ``DamagedError``."""
    lots = EVENTS.lots(connection.execute(_OF_STREAM, (stream,)))
    return [sealed_event(one) for _, one in EVENTS.read(connection, lots)]


def events_within(connection: sqlite3.Connection, span: tuple[str, str]) -> dict[str, list[SealedEvent]]:
    """Return the events of all streams from the one name to the other; raises ``DamagedError``."""
    found = defaultdict[str, list[SealedEvent]](list)
    for stream, one in EVENTS.read(connection, EVENTS.lots(connection.execute(_OF_STREAMS, span))):
        found[stream].append(sealed_event(one))
    return found


def sealed_event(one: Kept[Event]) -> SealedEvent:
    """Return an event as readers want it; raises ``DamagedError`` for one that can't be read."""
    return SealedEvent(one.seq, one.prev, one.hash, one.said())


def sealed_audit(one: Kept[AuditEntry]) -> SealedAudit:
    """Return an audit entry as readers want it; raises ``DamagedError`` for one that can't be read."""
    return SealedAudit(one.seq, one.prev, one.hash, one.said())


def add_events(connection: sqlite3.Connection, names: Names, events: Sequence[SealedEvent]) -> None:
    """Write events behind the ends of their streams."""
    by_stream = defaultdict[str, list[Entry]](list)
    for one in events:
        fields = EVENT.kept(names, one.event.stream, one.event, encode(one.event))
        by_stream[one.event.stream].append(Entry(one.seq, one.prev, one.hash, fields))
    for stream, entries in by_stream.items():
        EVENTS.append(connection, stream, names.number(stream) << SEQ_BITS, entries)


def add_audit(connection: sqlite3.Connection, names: Names, entries: Sequence[SealedAudit]) -> None:
    """Write entries behind the end of the audit log."""
    if not entries:
        return
    found = [Entry(e.seq, e.prev, e.hash, AUDIT.kept(names, AUDIT_CHAIN, e.entry, encode(e.entry))) for e in entries]
    AUDIT_LOG.append(connection, AUDIT_CHAIN, 0, found)
    note_actors(connection, found)


def note_actors(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Note in which spans of the audit log the actors of the entries are found."""
    connection.executemany(_ACTED, sorted({(one.fields[ACTOR], one.seq >> SPAN_BITS) for one in entries}))


def hold_actors(connection: sqlite3.Connection, lots: Iterable[Lot]) -> None:
    """Raise ``DamagedError`` when an entry of the audit log would not be found by its actor."""
    acted = {
        (actor, seq >> SPAN_BITS): seq for lot in lots for seq, actor in enumerate(lot.columns[ACTOR], start=lot.first)
    }
    asked = msgspec.json.encode([(*place, seq) for place, seq in acted.items()]).decode()
    missing = connection.execute(_NOT_LISTED, (asked,)).fetchone()[0]
    if missing is not None:
        raise DamagedError("is not listed under its actor", chain=AUDIT_CHAIN, seq=missing)


def newest_audit(connection: sqlite3.Connection, before: int, actor: str | None = None) -> Iterator[Kept[AuditEntry]]:
    """Yield the entries of the audit log before this number, newest first, of one actor when given."""
    if actor is None:
        yield from _newest(connection, _FIRST, before, None)
        return
    spans = connection.execute(_SPANS, (actor, before - 1 >> SPAN_BITS)).fetchall()
    for no, span in spans:
        begin = span << SPAN_BITS
        yield from _newest(connection, begin, min(before, begin + (1 << SPAN_BITS)), no)


def _newest(connection: sqlite3.Connection, begin: int, before: int, no: int | None) -> Iterator[Kept[AuditEntry]]:
    for row in connection.execute(_NEWEST, (begin, before)):
        ((chain, lot),) = AUDIT_LOG.lots([row])
        numbered = enumerate(lot.columns[ACTOR], start=lot.first)
        wanted = {seq for seq, actor in numbered if begin <= seq < before and no in (None, actor)}
        if wanted:
            # Each hash needs the one before, none those behind.
            found = islice(AUDIT_LOG.read(connection, [(chain, lot)]), max(wanted) - lot.first + 1)
            yield from reversed([one for _, one in found if one.seq in wanted])
