"""What an entry of the chains is in its lot: fields, with a number for each name that many entries have (链上条目).

An entry is hashed as JSON (``core/audit.py``), and read again letter for letter: every reader makes the JSON anew from
the fields. What would not come back so is kept whole, as the very text that was hashed.
"""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from minxin.core.changes import AuditEntry, Event
from minxin.core.errors import DamagedError
from minxin.store.sqlite.codec import UNREADABLE, encode, instant, micros

T = TypeVar("T", Event, AuditEntry)
D = TypeVar("D")
Fields = tuple[Any, ...]

KEPT: Final = 20_000  # names, a hundred bytes each
WHOLE: Final = 0  # the field that is None in an entry that is kept whole; its last one is then the text that was hashed
AT: Final = 1
ACTOR: Final = 2
# What fields say that nobody wrote so.
MISREAD: Final = (*UNREADABLE, LookupError, ValueError, OverflowError)
_HASH_BYTES: Final = 32
_HASH_TEXT: Final = 64
_ID_TEXT: Final = 22
_HEX: Final = frozenset("0123456789abcdef")


class Names:
    """Gives names their numbers, within the writer's transaction.

    ``known`` must be forgotten with a transaction that is undone. ``said`` are the names of the numbers it gave.
    """

    def __init__(self, connection: sqlite3.Connection, known: dict[str, int]) -> None:
        self._connection = connection
        self._known = known
        self.said: dict[int, str] = {}

    def number(self, name: str) -> int:
        """Return the name's number; a new name gets one."""
        found = self.find(name)
        if found is None:
            found = self._connection.execute("INSERT INTO names (name) VALUES (?) RETURNING no", (name,)).fetchone()[0]
            self._known[name] = found
            self.said[found] = name
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
        self.said[found] = name
        return found


class Form(Struct, Generic[T], frozen=True):
    """How the entries of one kind of chain become fields, and fields an entry again.

    ``named`` are the places of the fields that are numbers of names. ``fields`` and ``content`` raise ``MISREAD``.
    """

    width: int
    named: tuple[int, ...]
    fields: Callable[[Names, T], Fields]
    content: Callable[[str, Fields, Mapping[int, str]], T]
    decoder: msgspec.json.Decoder[T]
    fits: Callable[[str, str | None, T], bool]

    def kept(self, names: Names, chain: str, content: T, body: bytes) -> Fields:
        """Return the fields of an entry that was hashed as this body: whole, unless they give the body again."""
        try:
            found = self.fields(names, content)
            if encode(self.content(chain, found, names.said)) == body:
                return found
        except MISREAD:
            pass
        return self.whole(None if isinstance(content, Event) else names.number(content.actor), body)

    def foreign(self, names: Names, chain: str, actor: str | None, body: Any) -> Fields:
        """Return the fields of an entry that comes as its body, whatever that is."""
        try:
            content = self.decoder.decode(body)
            if self.fits(chain, actor, content):
                return self.kept(names, chain, content, body)
        except UNREADABLE:
            pass
        return self.whole(None if actor is None else names.number(actor), body)

    def whole(self, actor: int | None, body: Any) -> Fields:
        """Return the fields of an entry that is kept as the text that was hashed."""
        return None, None, actor, *(None,) * (self.width - 4), body

    def read_whole(self, chain: str, seq: int, actor: str | None, body: Any) -> T:
        """Return the entry of a body that is kept whole; raises ``DamagedError``."""
        content = decode_whole(self.decoder, body, chain, seq)
        if not self.fits(chain, actor, content):
            raise DamagedError("a stored entry stands where another belongs", chain=chain, seq=seq)
        return content


def decode_whole(decoder: msgspec.json.Decoder[D], body: Any, chain: str, seq: int) -> D:
    """Read a body that must be letter for letter what was hashed; raises ``DamagedError`` for another one."""
    try:
        content = decoder.decode(body)
    except UNREADABLE as error:
        raise unreadable(chain, seq) from error
    if encode(content) != body:
        raise DamagedError("a stored entry is not what was written", chain=chain, seq=seq)
    return content


def unreadable(chain: str, seq: int) -> DamagedError:
    """Return the error for an entry that says nothing."""
    return DamagedError("a stored entry can't be read", chain=chain, seq=seq)


def unhexed(text: str) -> bytes | str:
    """Return the bytes of a hash; what is none stays what it is, and will not fit its chain."""
    return bytes.fromhex(text) if len(text) == _HASH_TEXT and not set(text) - _HEX else text


def hexed(stored: bytes | str) -> str:
    """Return the text of a stored hash: see ``unhexed``."""
    return stored.hex() if isinstance(stored, bytes) else stored


def digest_of(stored: Any, chain: str, seq: int) -> str:
    """Return a stored hash in hexadecimal; raises ``DamagedError`` for anything else."""
    if not isinstance(stored, bytes):
        raise DamagedError("a stored hash can't be read", chain=chain, seq=seq)
    return stored.hex()


def names_of(connection: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return the names that these numbers stand for; one that has lost its name is not in it."""
    query = "SELECT no, name FROM names WHERE no IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (msgspec.json.encode(list(numbers)).decode(),)))


def _event_fields(names: Names, event: Event) -> Fields:
    office = None if event.office_id is None else names.number(event.office_id)
    actor = names.number(event.actor)
    return names.number(event.kind), micros(event.at), actor, office, _short_data(event.data)


def _event(chain: str, fields: Fields, names: Mapping[int, str]) -> Event:
    kind, at, actor, office, data = fields
    said = None if office is None else names[office]
    return Event(chain, names[kind], instant(at), names[actor], said, _long_data(data))


def _audit_fields(names: Names, entry: AuditEntry) -> Fields:
    return (
        names.number(entry.action),
        micros(entry.at),
        names.number(entry.actor),
        _target(names, entry.target),
        names.number(entry.result),
        None if entry.office_id is None else names.number(entry.office_id),
        names.number(entry.origin),
        _short_data(entry.data),
    )


def _audit_entry(chain: str, fields: Fields, names: Mapping[int, str]) -> AuditEntry:
    action, at, actor, target, result, office, origin, data = fields
    to = target if isinstance(target, str) else names[target].partition(":")[2]
    said = None if office is None else names[office]
    when, more = instant(at), _long_data(data)
    return AuditEntry(when, names[actor], names[action], to, names[result], said, names[origin], more)


def _target(names: Names, target: str) -> str | int:
    """Return the number of the stream that is called after the target, else the target."""
    stream = names.find(f"letter:{target}")
    if stream is None:
        stream = names.find(f"account:{target}")
    return target if stream is None else stream


EVENT: Final = Form[Event](
    width=5,
    named=(0, 2, 3),
    fields=_event_fields,
    content=_event,
    decoder=msgspec.json.Decoder(Event),
    fits=lambda chain, _, event: event.stream == chain,
)
AUDIT: Final = Form[AuditEntry](
    width=8,
    named=(0, 2, 3, 4, 5, 6),
    fields=_audit_fields,
    content=_audit_entry,
    decoder=msgspec.json.Decoder(AuditEntry),
    fits=lambda _, actor, entry: entry.actor == actor,
)


def _short_data(data: dict[str, Any]) -> dict[str, Any] | None:
    """Return what an entry tells beside as MessagePack gives it again, None for nothing; ids and hashes are bytes."""
    if not data:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(data)
    told = msgspec.msgpack.encode({name: _short(value) for name, value in plain.items()})
    return msgspec.msgpack.decode(told, type=dict[str, Any])


def _long_data(told: dict[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise TypeError("no data of an entry")
    return {name: _long(value) if isinstance(value, bytes) else value for name, value in told.items()}


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
