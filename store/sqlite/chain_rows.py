"""How an entry of the chains lies in its row: in columns, with a number for each name that many entries have (链上行).

An entry is hashed as JSON (``core/audit.py``), and read again letter for letter: every reader makes the JSON anew from
the columns and holds it against the hash. What can't be put into columns without a difference lies there whole.
"""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from minxin.core.audit import GENESIS, SealedAudit, SealedEvent
from minxin.core.changes import AuditEntry, Event
from minxin.core.errors import DamagedError
from minxin.store.sqlite.codec import UNREADABLE, SqlValue, encode, instant, micros
from minxin.store.sqlite.packing import pack, unpack

T = TypeVar("T")
Row = tuple[SqlValue, ...]

KEPT: Final = 20_000  # names, a hundred bytes each
ADD_EVENT: Final = """INSERT INTO events (stream, seq, hash, kind, at, actor, office, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
ADD_AUDIT: Final = """INSERT INTO audit (seq, hash, actor, action, at, target, result, office, origin, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NAME: Final = "(SELECT name FROM names WHERE no = {})"
# A number that has lost its name is not the same as none.
_OFFICE: Final = "CASE WHEN office NOT NULL THEN coalesce((SELECT name FROM names WHERE no = office), '?') END"
# Where a reader says which, in which order: by ``chain.name``, the stream.
EVENTS: Final = f"""SELECT chain.name, events.seq, (SELECT hash FROM events AS before
    WHERE before.stream = events.stream AND before.seq = events.seq - 1), events.hash, kind, {_NAME.format("kind")}, at,
    {_NAME.format("actor")}, {_OFFICE}, data
    FROM names AS chain CROSS JOIN events ON events.stream = chain.no WHERE {{}}"""  # noqa: S608
EVENTS_WITHIN: Final = EVENTS.format("chain.name BETWEEN ? AND ? ORDER BY chain.name, events.seq")
AUDIT: Final = f"""SELECT seq, (SELECT hash FROM audit AS before WHERE before.seq = audit.seq - 1), hash,
    {_NAME.format("actor")}, action, {_NAME.format("action")}, at, target,
    CASE typeof(target) WHEN 'integer' THEN {_NAME.format("target")} END, {_NAME.format("result")},
    {_OFFICE}, {_NAME.format("origin")}, data FROM audit WHERE {{}}"""  # noqa: S608
_EVENT: Final = msgspec.json.Decoder(Event)
_ENTRY: Final = msgspec.json.Decoder(AuditEntry)
_SHORT: Final = 48  # bytes; less is hardly ever shorter when it is packed
_HASH_BYTES: Final = 32
_HASH_TEXT: Final = 64
_ID_TEXT: Final = 22
_HEX: Final = frozenset("0123456789abcdef")


class Names:
    """Gives names their numbers, within the writer's transaction.

    What it remembers must be forgotten with a transaction that is undone.
    """

    def __init__(self, connection: sqlite3.Connection, known: dict[str, int]) -> None:
        self._connection = connection
        self._known = known

    def number(self, name: str) -> int:
        """Return the name's number; a new name gets one."""
        found = self.find(name)
        if found is None:
            found = self._connection.execute("INSERT INTO names (name) VALUES (?) RETURNING no", (name,)).fetchone()[0]
            self._known[name] = found
        return found

    def find(self, name: str) -> int | None:
        """Return the name's number, or None."""
        found = self._known.get(name)
        if found is None:
            row = self._connection.execute("SELECT no FROM names WHERE name = ?", (name,)).fetchone()
            if row is None:
                return None
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[name] = row[0]
        return found


def event_row(names: Names, seq: int, digest: str, event: Event) -> Row:
    """Return the row of an event in its place."""
    place = names.number(event.stream), seq, unhexed(digest)
    if event.at.utcoffset() != timedelta(0):
        return *place, None, None, None, None, pack(encode(event))
    office = None if event.office_id is None else names.number(event.office_id)
    actor = names.number(event.actor)
    return *place, names.number(event.kind), micros(event.at), actor, office, _packed_data(event.data)


def audit_row(names: Names, seq: int, digest: str, entry: AuditEntry) -> Row:
    """Return the row of an audit entry in its place."""
    place = seq, unhexed(digest), names.number(entry.actor)
    if entry.at.utcoffset() != timedelta(0):
        return *place, None, None, None, None, None, None, pack(encode(entry))
    return (
        *place,
        names.number(entry.action),
        micros(entry.at),
        _target(names, entry.target),
        names.number(entry.result),
        None if entry.office_id is None else names.number(entry.office_id),
        names.number(entry.origin),
        _packed_data(entry.data),
    )


def foreign_event_row(names: Names, stream: str, seq: int, digest: str, body: bytes) -> Row:
    """Return the row of an event that comes as its body: whole, unless its columns say the same."""
    try:
        event = _EVENT.decode(body)
        if event.stream == stream and encode(event) == body and _is_hash(digest):
            return event_row(names, seq, digest, event)
    except UNREADABLE:
        pass
    return names.number(stream), seq, unhexed(digest), None, None, None, None, pack(body)


def foreign_audit_row(names: Names, seq: int, digest: str, actor: str, body: bytes) -> Row:
    """Return the row of an audit entry that comes as its body: whole, unless its columns say the same."""
    try:
        entry = _ENTRY.decode(body)
        if entry.actor == actor and encode(entry) == body and _is_hash(digest):
            return audit_row(names, seq, digest, entry)
    except UNREADABLE:
        pass
    return seq, unhexed(digest), names.number(actor), None, None, None, None, None, None, pack(body)


def sealed_event(row: Sequence[Any]) -> SealedEvent:
    """Return the event of a row of ``EVENTS``; raises ``DamagedError`` for one that can't be read."""
    stream, seq, before, hash_, kind, said, at, actor, office, data = row
    prev = GENESIS.hash if before is None else digest_of(before, stream, seq - 1)
    digest = digest_of(hash_, stream, seq)
    if kind is None:
        return SealedEvent(seq, prev, digest, read_whole(_EVENT, data, stream, seq))
    _named(stream, seq, said, actor)
    when, more = _instant(at, stream, seq), _data(data, stream, seq)
    return SealedEvent(seq, prev, digest, Event(stream, said, when, actor, office, more))


def sealed_audit(row: Sequence[Any]) -> SealedAudit:
    """Return the entry of a row of ``AUDIT``; raises ``DamagedError`` for one that can't be read."""
    seq, before, hash_, actor, action, said, at, target, named, result, office, origin, data = row
    prev = GENESIS.hash if before is None else digest_of(before, "audit", seq - 1)
    digest = digest_of(hash_, "audit", seq)
    if action is None:
        entry = read_whole(_ENTRY, data, "audit", seq)
        if entry.actor != actor:
            raise DamagedError("a stored entry has two actors", chain="audit", seq=seq)
        return SealedAudit(seq, prev, digest, entry)
    _named("audit", seq, actor, said, result, origin, named or target)
    to = target if isinstance(target, str) else named.partition(":")[2]
    when, more = _instant(at, "audit", seq), _data(data, "audit", seq)
    return SealedAudit(seq, prev, digest, AuditEntry(when, actor, said, to, result, office, origin, more))


def digest_of(stored: Any, chain: str, seq: int) -> str:
    """Return a stored hash in hexadecimal; raises ``DamagedError`` for anything else."""
    if not isinstance(stored, bytes):
        raise DamagedError("a stored hash can't be read", chain=chain, seq=seq)
    return stored.hex()


def unhexed(text: str) -> bytes | str:
    """Return the bytes of a hash; what is none stays what it is, and will not fit its chain."""
    return bytes.fromhex(text) if _is_hash(text) else text


def hexed(stored: bytes | str) -> str:
    """Return the text of a stored hash: see ``unhexed``."""
    return stored.hex() if isinstance(stored, bytes) else stored


def _is_hash(text: str) -> bool:
    return len(text) == _HASH_TEXT and not set(text) - _HEX


def _target(names: Names, target: str) -> SqlValue:
    stream = names.find(f"letter:{target}")
    if stream is None:
        stream = names.find(f"account:{target}")
    return target if stream is None else stream


def read_whole(decoder: msgspec.json.Decoder[T], data: Any, chain: str, seq: int) -> T:
    """Read a body that must be letter for letter what was hashed; raises ``DamagedError`` for another one."""
    try:
        body = unpack(data)
        content = decoder.decode(body)
    except UNREADABLE as error:
        raise DamagedError("a stored entry can't be read", chain=chain, seq=seq) from error
    if encode(content) != body:
        raise DamagedError("a stored entry is not what was written", chain=chain, seq=seq)
    return content


def _named(chain: str, seq: int, *names: Any) -> None:
    """Raise ``DamagedError`` for a number that has lost its name."""
    if not all(isinstance(name, str) for name in names):
        raise DamagedError("a stored entry can't be read", chain=chain, seq=seq)


def _instant(value: Any, chain: str, seq: int) -> datetime:
    try:
        return instant(value)
    except (TypeError, OverflowError) as error:
        raise DamagedError("a stored entry can't be read", chain=chain, seq=seq) from error


def _packed_data(data: dict[str, Any]) -> bytes | None:
    """Return what an entry tells beside, None for nothing; ids and hashes take half of their text."""
    if not data:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(data)
    told = msgspec.msgpack.encode({name: _short(value) for name, value in plain.items()})
    return pack(told) if len(told) > _SHORT else told


def _data(stored: bytes | None, chain: str, seq: int) -> dict[str, Any]:
    if stored is None:
        return {}
    try:
        found = msgspec.msgpack.decode(unpack(stored), type=dict[str, Any])
    except UNREADABLE as error:
        raise DamagedError("a stored entry can't be read", chain=chain, seq=seq) from error
    return {name: _long(value) if isinstance(value, bytes) else value for name, value in found.items()}


def _short(value: Any) -> Any:
    """Return an id or a hash as bytes: bytes are nothing else here, since JSON has none."""
    if not isinstance(value, str) or len(value) not in (_ID_TEXT, _HASH_TEXT):
        return value
    try:
        found = bytes.fromhex(value) if len(value) == _HASH_TEXT else urlsafe_b64decode(f"{value}==")
    except ValueError:
        return value
    return found if _long(found) == value else value


def _long(value: bytes) -> str:
    return value.hex() if len(value) == _HASH_BYTES else urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
