"""The file's rows as a test looks at them: bodies unpacked for SQL, entries of the chains whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from minxin.core.audit import SealedAudit, SealedEvent
from minxin.store.sqlite.chain_entries import AT
from minxin.store.sqlite.chains import (
    AUDIT_LOG,
    AUDIT_LOTS,
    EVENT_LOTS,
    EVENTS,
    SEQ_BITS,
    Chains,
    sealed_audit,
    sealed_event,
)
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.lots import CHECK_BYTES, Lot, opened
from minxin.store.sqlite.packing import pack, unpack, unpack_blob


def seeing_bodies(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Give SQL on the connection ``unpacked(body)``, ``packed(text)`` and ``unpacked_blob(data, packed)``."""
    connection.create_function("unpacked", 1, lambda body: unpack(body).decode("utf-8"), deterministic=True)
    connection.create_function("packed", 1, lambda text: pack(text.encode("utf-8")), deterministic=True)
    connection.create_function("unpacked_blob", 2, unpack_blob, deterministic=True)
    return connection


def values_that_say(connection: sqlite3.Connection, words: Collection[str]) -> list[bytes]:
    """Return each value as it lies in the file that says one of the words once it is unpacked."""
    found = []
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = connection.execute(f"SELECT * FROM {table}")  # noqa: S608
        names = [column[0] for column in rows.description]
        for row in rows:
            record = dict(zip(names, row, strict=True))
            said = (
                (value, _reading(name, value, record)) for name, value in record.items() if isinstance(value, bytes)
            )
            found += [value for value, text in said if any(word.encode() in text for word in words)]
    return found


def _reading(name: str, value: bytes, record: Mapping[str, Any]) -> bytes:
    if "packed" in record:
        return unpack_blob(value, record["packed"])
    return unpack(value) if name == "body" else value


def number_of(connection: sqlite3.Connection, name: str) -> int:
    """Return the number of a name that the chains use."""
    found: int = connection.execute("SELECT no FROM names WHERE name = ?", (name,)).fetchone()[0]
    return found


def all_events(connection: sqlite3.Connection) -> list[tuple[str, SealedEvent]]:
    """Return every event with its stream, by stream; raises ``DamagedError``."""
    lots = EVENTS.lots(connection.execute(EVENT_LOTS.format("TRUE ORDER BY chain.name, lot.id")))
    return [(stream, sealed_event(one)) for stream, one in EVENTS.read(connection, lots)]


def all_audit(connection: sqlite3.Connection) -> list[SealedAudit]:
    """Return every entry of the audit log; raises ``DamagedError``."""
    lots = AUDIT_LOG.lots(connection.execute(AUDIT_LOTS.format("TRUE ORDER BY id")))
    return [sealed_audit(one) for _, one in AUDIT_LOG.read(connection, lots)]


# An entry as it lies in its lot: its check, and its fields, with the instant as such.
Stored = tuple[bytes, tuple[Any, ...]]


def in_lot(connection: sqlite3.Connection, chains: Chains[Any], lot_id: int) -> list[Stored]:
    """Return the entries of a lot."""
    lot = _lot(connection, chains, lot_id)
    checks = [lot.checks[place : place + CHECK_BYTES] for place in range(0, len(lot.checks), CHECK_BYTES)]
    columns = [*lot.columns[:AT], accumulate(lot.columns[AT]), *lot.columns[AT + 1 :]]
    return list(zip(checks, zip(*columns, strict=True), strict=True))


def put_in_lot(connection: sqlite3.Connection, chains: Chains[Any], lot_id: int, entries: Sequence[Stored]) -> None:
    """Put other entries into a lot, and leave the hash before them; a lot without any goes."""
    if not entries:
        connection.execute(f"DELETE FROM {chains.table} WHERE id = ?", (lot_id,))  # noqa: S608
        return
    lot = _lot(connection, chains, lot_id)
    columns = [list(column) for column in zip(*(fields for _, fields in entries), strict=True)]
    instants = list(accumulate((at for at in columns[AT]), lambda before, at: before if at is None else at, initial=0))
    columns[AT] = [at - before for before, at in pairwise(instants)]
    row = Lot(lot.first, lot.before, b"".join(check for check, _ in entries), columns, lot.own).row()
    connection.execute(f"UPDATE {chains.table} SET before = ?, checks = ?, body = ? WHERE id = ?", (*row, lot_id))  # noqa: S608


def _lot(connection: sqlite3.Connection, chains: Chains[Any], lot_id: int) -> Lot:
    query = f"SELECT before, checks, body FROM {chains.table} WHERE id = ?"  # noqa: S608
    first = lot_id & ((1 << SEQ_BITS) - 1) if chains is EVENTS else lot_id
    return opened(chains.form, "", first, *connection.execute(query, (lot_id,)).fetchone())


def lot_with(connection: sqlite3.Connection, chains: Chains[Any], seq: int, stream: str = "") -> tuple[int, int]:
    """Return the id of the lot with this entry, and the entry's place in it."""
    base = number_of(connection, stream) << SEQ_BITS if stream else 0
    query = f"SELECT max(id) FROM {chains.table} WHERE id BETWEEN ? AND ?"  # noqa: S608
    lot_id: int = connection.execute(query, (base, base + seq)).fetchone()[0]
    return lot_id, base + seq - lot_id


def change_event(connection: sqlite3.Connection, stream: str, seq: int, change: Callable[[str], str]) -> None:
    """Put another body in the place of an event's, and leave its check."""
    body = next(encode(one.event) for name, one in all_events(connection) if (name, one.seq) == (stream, seq))
    _put_body(connection, EVENTS, *lot_with(connection, EVENTS, seq, stream), change(body.decode("utf-8")))


def change_audit(connection: sqlite3.Connection, target: str, change: Callable[[str], str]) -> None:
    """Put another body in the place of that of the audit entry about the target, and leave its check."""
    (found,) = (one for one in all_audit(connection) if one.entry.target == target)
    body = change(encode(found.entry).decode("utf-8"))
    _put_body(connection, AUDIT_LOG, *lot_with(connection, AUDIT_LOG, found.seq), body)


def drop_audit(connection: sqlite3.Connection, target: str) -> None:
    """Take the audit entry about the target out of its lot; those behind it move up."""
    (found,) = (one for one in all_audit(connection) if one.entry.target == target)
    lot_id, place = lot_with(connection, AUDIT_LOG, found.seq)
    entries = in_lot(connection, AUDIT_LOG, lot_id)
    put_in_lot(connection, AUDIT_LOG, lot_id, entries[:place] + entries[place + 1 :])


def _put_body(connection: sqlite3.Connection, chains: Chains[Any], lot_id: int, place: int, body: str) -> None:
    entries = in_lot(connection, chains, lot_id)
    check, fields = entries[place]
    entries[place] = check, chains.form.whole(fields[2], body.encode("utf-8"))
    put_in_lot(connection, chains, lot_id, entries)
