"""A store whose chains lay in rows of single entries says the same once they lie in lots, its damage included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from support.stored import all_audit, all_events

from minxin.core.audit import GENESIS, SealedAudit, SealedEvent, first_break, seal_audit, seal_event
from minxin.core.changes import AuditEntry, Event, Head
from minxin.core.errors import DamagedError
from minxin.store.sqlite.chain_entries import AUDIT, EVENT, Names
from minxin.store.sqlite.chains import AUDIT_LOG, AUDIT_LOTS, events_of, hold_actors
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.migrate import FOLDER, migrate
from minxin.store.sqlite.packing import pack
from minxin.store.sqlite.whole_chains import CHAINS

BEFORE: Final = "chain_lots"  # the step
AT = datetime(2026, 3, 2, 1, 2, 3, 45, UTC)
ADD_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
ADD_AUDIT = """INSERT INTO audit (seq, hash, action, at, actor, target, result, office, origin, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A file with the tables of before."""
    for step in sorted(FOLDER.glob("*.sql")):
        if step.stem.endswith(BEFORE):
            break
        (tmp_path / step.name).write_text(step.read_text())
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, tmp_path)
        yield connection


def told(data: dict[str, Any] | None) -> bytes | None:
    return None if data is None else pack(msgspec.msgpack.encode(data))


def write_event(file: sqlite3.Connection, one: SealedEvent, *, whole: bool = False) -> None:
    names = Names(file, {})
    fields = EVENT.fields(names, one.event)
    kept = (None, None, None, None, pack(encode(one.event))) if whole else (*fields[:-1], told(fields[-1]))
    file.execute(ADD_EVENT, (names.number(one.event.stream), one.seq, bytes.fromhex(one.hash), *kept))


def write_audit(file: sqlite3.Connection, one: SealedAudit, *, whole: bool = False) -> None:
    fields = AUDIT.fields(Names(file, {}), one.entry)
    kept = (*fields[:-1], told(fields[-1]))
    if whole:
        kept = (None, None, fields[2], None, None, None, None, pack(encode(one.entry)))
    file.execute(ADD_AUDIT, (one.seq, bytes.fromhex(one.hash), *kept))


def fill(file: sqlite3.Connection) -> tuple[list[SealedEvent], list[SealedAudit]]:
    """Write chains as a store of before had them: some entries in columns, some whole."""
    events, audit = [], []
    for stream, many in (("letter:b", 150), ("letter:a", 3), ("account:c", 1)):
        head = GENESIS
        for n in range(many):
            event = Event(
                stream, "read", AT + timedelta(hours=n), f"a{n % 7}", "roads" if n % 2 else None, {"n": n % 5}
            )
            events.append(seal_event(head, event))
            head = Head(n + 1, events[-1].hash)
            write_event(file, events[-1], whole=n % 11 == 1)
    head = GENESIS
    for n in range(2_500):
        entry = AuditEntry(AT + timedelta(seconds=n), f"a{n % 70}", "read", "b" if n % 3 else "it", data={"n": n % 2})
        audit.append(seal_audit(head, entry))
        head = Head(n + 1, audit[-1].hash)
        write_audit(file, audit[-1], whole=n % 13 == 1)
    return events, audit


def test_chains_come_back_as_they_were(file: sqlite3.Connection) -> None:
    events, audit = fill(file)
    migrate(file)
    assert {stream: events_of(file, stream) for stream in ("letter:b", "letter:a", "account:c")} == {
        stream: [one for one in events if one.event.stream == stream]
        for stream in ("letter:b", "letter:a", "account:c")
    }
    assert all_audit(file) == audit
    hold_actors(file, [lot for _, lot in AUDIT_LOG.lots(file.execute(AUDIT_LOTS.format("TRUE ORDER BY id")))])
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_schema")}
    assert not tables & {"events", "audit", "audit_of_actor"}


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE events SET at = at + 1 WHERE seq = 70", 70),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 70", 70),
        ("UPDATE events SET hash = 'none' WHERE seq = 70", 70),
        ("DELETE FROM events WHERE seq = 70", 70),
        ("UPDATE events SET kind = NULL, data = CAST('{}' AS BLOB) WHERE seq = 70", None),
        ("UPDATE events SET data = x'0100' WHERE seq = 70", None),
        ("UPDATE events SET data = 5 WHERE seq = 70", None),
        ("UPDATE events SET at = 'now' WHERE seq = 70", None),
        ("UPDATE events SET kind = 99999 WHERE seq = 70", None),
    ],
)
def test_damage_of_before_is_damage_still(file: sqlite3.Connection, statement: str, seq: int | None) -> None:
    fill(file)
    assert file.execute(statement).rowcount == 1
    ((digest,),) = file.execute("SELECT hash FROM events WHERE seq = 100").fetchall()
    migrate(file)
    if seq is None:
        with pytest.raises(DamagedError) as damage:
            all_events(file)
        assert damage.value.params == {"chain": "letter:b", "seq": 70}
        return
    found = events_of(file, "letter:b")
    assert first_break(found) == seq
    assert (found[-1].seq, found[-51].hash) == (150, digest.hex())


def test_a_damaged_entry_takes_nothing_with_it(file: sqlite3.Connection) -> None:
    events, _ = fill(file)
    file.execute("UPDATE events SET kind = NULL, data = CAST('{}' AS BLOB) WHERE seq = 70")
    migrate(file)
    rows = CHAINS["events"].rows(file, ("letter:b", 0), -1)
    expected = [(("letter:b", one.seq), (one.prev, one.hash, encode(one.event))) for one in events[:150]]
    assert [row for row in rows if row[0][1] != 70] == [row for row in expected if row[0][1] != 70]
    assert rows[69] == (("letter:b", 70), (events[68].hash, events[69].hash, b"{}"))
