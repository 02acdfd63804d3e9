"""An entry of a chain comes back from its columns letter for letter, whatever it says."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from minxin.core.audit import GENESIS, seal_audit, seal_event
from minxin.core.changes import AuditEntry, Event, Head
from minxin.core.errors import DamagedError
from minxin.core.ids import new_id
from minxin.store.sqlite.chain_rows import (
    ADD_AUDIT,
    ADD_EVENT,
    AUDIT,
    EVENTS,
    Names,
    audit_row,
    event_row,
    foreign_event_row,
    sealed_audit,
    sealed_event,
)
from minxin.store.sqlite.migrate import migrate

AT = datetime(2026, 3, 2, 1, 2, 3, 45, UTC)
ID = "KuAXIcr2IJqVQniPmJCJWg"  # as new_id() gives; no chance, so that every process collects the same tests
SAID = (
    {},
    {"order": ID},
    {"content": "ab" * 32, "raw": "0" * 64},
    {"text": "A" * 22, "almost": "AAAAAAAAAAAAAAAAAAAAAB", "upper": "AB" * 32, "words": "字" * 22},
    {"offices": [["roads", 0.5]], "at": AT, "sum": 24.0946},
)


@pytest.fixture(scope="module")
def file() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def kept_event(file: sqlite3.Connection, event: Event) -> Event:
    """Write the event as the first of its stream, and read it."""
    file.execute("DELETE FROM events")
    sealed = seal_event(GENESIS, event)
    file.execute(ADD_EVENT, event_row(Names(file, {}), sealed.seq, sealed.hash, event))
    (row,) = file.execute(EVENTS.format("chain.name = ?"), (event.stream,)).fetchall()
    found = sealed_event(row)
    assert seal_event(GENESIS, found.event) == found
    assert found.hash == sealed.hash
    return found.event


@pytest.mark.parametrize("data", SAID)
def test_what_an_event_says_comes_back(file: sqlite3.Connection, data: dict[str, Any]) -> None:
    kept_event(file, Event("letter:x", "judged", AT, "system", None, data))


def some_value(dice: random.Random, depth: int = 0) -> Any:
    """Return any plain value that JSON can say."""
    makers: list[Callable[[], Any]] = [
        lambda: dice.choice((None, True, False)),
        lambda: dice.randint(-(2**53), 2**53),
        lambda: dice.uniform(-1e9, 1e9),
        lambda: "".join(chr(dice.choice((0, 34, 97, 0x6C11, 0x1F600))) for _ in range(dice.choice((0, 3, 22, 64)))),
        lambda: dice.randbytes(dice.choice((11, 32))).hex(),
        new_id,
        lambda: [some_value(dice, depth + 1) for _ in range(2 - depth)],
        lambda: {new_id(): some_value(dice, depth + 1) for _ in range(2 - depth)},
    ]
    return dice.choice(makers)()


def test_any_event_comes_back(file: sqlite3.Connection) -> None:
    dice = random.Random(5)  # noqa: S311
    for _ in range(300):
        data = {f"k{place}": some_value(dice) for place in range(dice.randrange(4))}
        event = Event("letter:x", "read", AT, new_id(), dice.choice((None, "roads", "")), data)
        assert kept_event(file, event) == event


def test_an_instant_of_another_zone_comes_back_as_it_was_hashed(file: sqlite3.Connection) -> None:
    event = Event("letter:x", "read", AT.astimezone(timezone(timedelta(hours=8))), "a")
    assert kept_event(file, event).at.utcoffset() == timedelta(hours=8)


def test_an_event_that_does_not_fit_columns_is_kept_whole(file: sqlite3.Connection) -> None:
    file.execute("DELETE FROM events")
    body = b'{"stream":"letter:other","kind":"read"}'
    file.execute(ADD_EVENT, foreign_event_row(Names(file, {}), "letter:x", 1, "0" * 64, body))
    (row,) = file.execute(EVENTS.format("TRUE")).fetchall()
    assert row[-1] == body
    with pytest.raises(DamagedError):
        sealed_event(row)


def test_a_number_without_a_name_is_damage(file: sqlite3.Connection) -> None:
    kept_event(file, Event("letter:x", "read", AT, "a"))
    file.execute("UPDATE events SET actor = 999999")
    (row,) = file.execute(EVENTS.format("TRUE")).fetchall()
    with pytest.raises(DamagedError):
        sealed_event(row)


@pytest.mark.parametrize("target", ["x", "letter:x", "nobody", ID, ""])
def test_an_audit_entry_comes_back(file: sqlite3.Connection, target: str) -> None:
    file.execute("DELETE FROM audit")
    names = Names(file, {})
    names.number("letter:x")
    names.number(f"account:{ID}")
    entry = AuditEntry(AT, "clerk", "letter.read", target, "refused", "roads", "127.0.0.1", {"n": 1})
    first = seal_audit(GENESIS, AuditEntry(AT, "", "", ""))
    second = seal_audit(Head(first.seq, first.hash), entry)
    file.executemany(ADD_AUDIT, [audit_row(names, one.seq, one.hash, one.entry) for one in (first, second)])
    rows = file.execute(AUDIT.format("TRUE ORDER BY seq")).fetchall()
    assert [sealed_audit(row) for row in rows] == [first, second]
