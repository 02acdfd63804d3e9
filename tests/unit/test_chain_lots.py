"""Entries of the chains come back from their lots letter for letter, whatever they say and however they are written."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from support.stored import all_audit, all_events, change_event

from minxin.core.audit import GENESIS, SealedEvent, first_break, seal_audit, seal_event
from minxin.core.changes import AuditEntry, Event, Head
from minxin.core.errors import DamagedError
from minxin.core.ids import new_id
from minxin.store.moving.rows import Row
from minxin.store.sqlite import chains
from minxin.store.sqlite.chain_entries import Names
from minxin.store.sqlite.chains import (
    AUDIT_LOG,
    EVENTS,
    SEQ_BITS,
    add_audit,
    add_events,
    events_of,
    hold_actors,
    newest_audit,
    sealed_audit,
)
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.lots import Size
from minxin.store.sqlite.migrate import migrate
from minxin.store.sqlite.whole_chains import CHAINS, Entries

AT = datetime(2026, 3, 2, 1, 2, 3, 45, UTC)
ID = "KuAXIcr2IJqVQniPmJCJWg"  # as new_id() gives; no chance, so that every process collects the same tests
SMALL = Size(5, 300)  # so that a few entries make several lots
SAID = (
    {},
    {"order": ID},
    {"content": "ab" * 32, "raw": "0" * 64},
    {"text": "A" * 22, "almost": "AAAAAAAAAAAAAAAAAAAAAB", "upper": "AB" * 32, "words": "字" * 22},
    {"offices": [["roads", 0.5]], "at": AT, "sum": 24.0946},
    {"large": 2**70},
    {"nothing": None, "": {"": []}, "bytes": b"ab"},
)


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


@pytest.fixture
def file(empty: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A file whose changes are taken back."""
    with rolled_back(empty):
        yield empty


class rolled_back:  # noqa: N801 - a context manager
    """Take back what the block wrote."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self.connection.execute("BEGIN")
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.execute("ROLLBACK")


def chained(events: Sequence[Event]) -> list[SealedEvent]:
    """Seal the events of one stream after each other."""
    head, found = GENESIS, []
    for event in events:
        found.append(seal_event(head, event))
        head = Head(found[-1].seq, found[-1].hash)
    return found


def write(file: sqlite3.Connection, events: Sequence[SealedEvent]) -> None:
    add_events(file, Names(file, {}), events)


def some_events(many: int, stream: str = "letter:x") -> list[SealedEvent]:
    return chained([Event(stream, "read", AT + timedelta(minutes=n), f"a{n % 3}", data={"n": n}) for n in range(many)])


@pytest.mark.parametrize("data", SAID)
def test_what_an_event_says_comes_back(file: sqlite3.Connection, data: dict[str, Any]) -> None:
    events = chained([Event("letter:x", "judged", AT, "system", None, data)])
    write(file, events)
    found = events_of(file, "letter:x")
    assert first_break(found) is None
    assert [one.hash for one in found] == [one.hash for one in events]
    assert encode(found[0].event) == encode(events[0].event)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(min_size=32, max_size=32).map(bytes.hex)
    | st.builds(new_id),
    lambda more: st.lists(more, max_size=3) | st.dictionaries(st.text(max_size=5), more, max_size=3),
    max_leaves=6,
)
zones = st.sampled_from((UTC, timezone(timedelta(hours=8)), timezone(timedelta(0))))
instants = st.datetimes(datetime(1969, 1, 1), datetime(2099, 1, 1), timezones=zones)  # noqa: DTZ001
words = st.text(max_size=8)
said = st.dictionaries(words, plain, max_size=3)
offices = st.none() | st.sampled_from(("", "roads", "停车"))
any_event = st.builds(
    Event, st.sampled_from(("letter:a", "letter:b", "别的")), words, instants, st.sampled_from("abc"), offices, said
)
any_audit = st.builds(
    AuditEntry,
    instants,
    st.sampled_from("abc"),
    words,
    st.sampled_from(("a", "x", "letter:a")),
    words,
    offices,
    words,
    said,
)
splits = st.lists(st.integers(1, 9), min_size=30, max_size=30)


def in_splits(entries: Sequence[Any], split: Sequence[int]) -> Iterator[list[Any]]:
    rest = iter(entries)
    for size in split:
        if found := list(islice(rest, size)):
            yield found
    yield list(rest)


@settings(max_examples=60, deadline=None)
@given(st.lists(any_event, max_size=40), splits)
def test_any_events_in_any_split_come_back(empty: sqlite3.Connection, events: list[Event], split: list[int]) -> None:
    heads: dict[str, Head] = {}
    sealed = []
    for event in events:
        sealed.append(seal_event(heads.get(event.stream, GENESIS), event))
        heads[event.stream] = Head(sealed[-1].seq, sealed[-1].hash)
    with pytest.MonkeyPatch.context() as patch, rolled_back(empty):
        patch.setattr(chains, "EVENTS", structs.replace(EVENTS, size=SMALL))
        for some in in_splits(sealed, split):
            write(empty, some)
        for stream in {event.stream for event in events}:
            assert events_of(empty, stream) == [one for one in sealed if one.event.stream == stream]
        assert len(all_events(empty)) == len(sealed)


@settings(max_examples=60, deadline=None)
@given(st.lists(any_audit, max_size=40), splits)
def test_any_audit_in_any_split_comes_back(
    empty: sqlite3.Connection, audit: list[AuditEntry], split: list[int]
) -> None:
    sealed, head = [], GENESIS
    for entry in audit:
        sealed.append(seal_audit(head, entry))
        head = Head(sealed[-1].seq, sealed[-1].hash)
    with pytest.MonkeyPatch.context() as patch, rolled_back(empty):
        patch.setattr(chains, "AUDIT_LOG", structs.replace(AUDIT_LOG, size=SMALL))
        patch.setattr(chains, "SPAN_BITS", 3)
        Names(empty, {}).number("letter:a")
        for some in in_splits(sealed, split):
            add_audit(empty, Names(empty, {}), some)
        assert all_audit(empty) == sealed
        for actor in ("a", "b", None, "nobody"):
            wanted = [one for one in reversed(sealed) if actor in (None, one.entry.actor) and one.seq < 30]
            assert [sealed_audit(one) for one in newest_audit(empty, 30, actor)] == wanted


broken = st.sampled_from((None, None, None, None, "hash", "prev", "body", "no body", "gap"))


def spoilt(events: Sequence[SealedEvent], how: Sequence[str | None]) -> list[Row]:
    """Return the rows of a stream, some of them damaged as they could be in another store."""
    rows: list[Row] = []
    for one, way in zip(events, how, strict=False):
        body = encode(one.event)
        changed = {"body": body.replace(b"{", b"{ ", 1), "no body": b"\xff"}.get(str(way), body)
        digest = {"hash": one.hash[:-1] + "x"}.get(str(way), one.hash)
        if way != "gap":
            key = (one.event.stream, one.seq)
            rows.append((key, ("f" * 64 if way == "prev" else one.prev, digest, changed)))
    return rows


@settings(max_examples=60, deadline=None)
@given(st.lists(broken, max_size=40), splits, st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_rows_of_another_store_come_back_with_their_damage(
    empty: sqlite3.Connection, how: list[str | None], split: list[int], again: set[int], gone: set[int]
) -> None:
    part = CHAINS["events"]
    assert isinstance(part, Entries)
    part = structs.replace(part, chains=structs.replace(EVENTS, size=SMALL))
    rows = spoilt(some_events(40), how)
    with rolled_back(empty):
        for some in in_splits(rows, split):
            part.write(empty, some, [])
        assert part.rows(empty, None, -1) == rows
        part.write(empty, [row for row in rows if row[0][1] in again], [("letter:x", seq) for seq in gone - again])
        left = [row for row in rows if row[0][1] not in gone - again]
        assert part.rows(empty, None, -1) == left
        assert part.pick(empty, [row[0] for row in reversed(rows)]) == left
        assert part.last(empty) == (left[-1] if left else None)
        assert part.count(empty) == len(left)
        for place in range(0, len(left), 3):
            assert part.rows(empty, left[place][0], 4) == left[place + 1 : place + 5]


def test_rows_of_several_streams_come_in_the_order_of_their_keys(file: sqlite3.Connection) -> None:
    for stream in ("letter:c", "letter:a", "letter:b"):
        write(file, some_events(70, stream))
    part = CHAINS["events"]
    found, after = [], None
    while more := part.rows(file, after, 33):
        found += [row[0] for row in more]
        after = found[-1]
    assert found == [(stream, seq) for stream in ("letter:a", "letter:b", "letter:c") for seq in range(1, 71)]


def test_a_long_stream_is_cut_into_lots_that_fit_a_page(file: sqlite3.Connection) -> None:
    events = some_events(300)
    for place in range(0, 300, 7):
        write(file, events[place : place + 7])
    rows = file.execute("SELECT length(checks) / 4, length(checks) + length(body) FROM event_lots").fetchall()
    assert len(rows) == 5
    assert max(many for many, _ in rows) == 64
    assert max(size for _, size in rows) <= EVENTS.size.many_bytes
    assert events_of(file, "letter:x") == events


def test_an_entry_that_is_longer_than_a_lot_has_its_own(file: sqlite3.Connection) -> None:
    noise = random.Random(1).randbytes(9_000).hex()  # noqa: S311
    events = chained(
        [Event("letter:x", "read", AT, "a", data={"n": n, "long": noise if n == 2 else ""}) for n in range(4)]
    )
    write(file, events[:2])
    write(file, events[2:])
    assert events_of(file, "letter:x") == events
    assert [row[0] for row in file.execute("SELECT length(checks) / 4 FROM event_lots ORDER BY id")] == [2, 1, 1]


class TestDamage:
    """What was changed is named, and what can be read is read."""

    @pytest.mark.parametrize("seq", [1, 2, 7, 64, 65, 99])
    def test_the_entry_that_was_changed_is_named(self, file: sqlite3.Connection, seq: int) -> None:
        events = some_events(100)
        write(file, events)
        change_event(file, "letter:x", seq, lambda body: body.replace('"actor":"a', '"actor":"b'))
        found = events_of(file, "letter:x")
        assert first_break(found) == seq
        assert [one for one in found if one.seq < seq or one.seq > (64 if seq <= 64 else 100)] == [
            one for one in events if one.seq < seq or one.seq > (64 if seq <= 64 else 100)
        ]

    def test_a_copy_shows_what_its_source_shows(self, file: sqlite3.Connection) -> None:
        write(file, some_events(70))
        change_event(file, "letter:x", 3, lambda body: body.replace('"actor":"a', '"actor":"b'))
        part = CHAINS["events"]
        rows = part.rows(file, None, -1)
        file.execute("DELETE FROM event_lots")
        part.write(file, rows, [])
        assert part.rows(file, None, -1) == rows
        assert first_break(events_of(file, "letter:x")) == 3

    def test_a_lot_that_can_not_be_read_is_named_and_left(self, file: sqlite3.Connection) -> None:
        events = some_events(6)
        write(file, events[:5])
        file.execute("UPDATE event_lots SET body = x'00'")
        write(file, events[5:])
        with pytest.raises(DamagedError) as damage:
            events_of(file, "letter:x")
        assert damage.value.params == {"chain": "letter:x", "seq": 1}
        assert file.execute("SELECT count(*), sum(length(checks)) FROM event_lots").fetchone() == (2, 24)

    def test_lots_that_overlap(self, file: sqlite3.Connection) -> None:
        write(file, some_events(5))
        file.execute("INSERT INTO event_lots SELECT id + 2, before, checks, body FROM event_lots")
        with pytest.raises(DamagedError, match="upon each other"):
            events_of(file, "letter:x")

    def test_a_chain_that_goes_on_behind_its_head_takes_nothing(self, file: sqlite3.Connection) -> None:
        events = some_events(5)
        write(file, events)
        with pytest.raises(DamagedError, match="behind its head"):
            write(file, events[3:])

    def test_a_number_without_a_name(self, file: sqlite3.Connection) -> None:
        write(file, some_events(5))
        file.execute("DELETE FROM names WHERE name = 'a1'")
        with pytest.raises(DamagedError) as damage:
            events_of(file, "letter:x")
        assert damage.value.params == {"chain": "letter:x", "seq": 2}

    def test_an_event_of_another_stream(self, file: sqlite3.Connection) -> None:
        CHAINS["events"].write(
            file, [(("letter:x", 1), (GENESIS.hash, "0" * 64, encode(Event("y", "k", AT, "a"))))], []
        )
        with pytest.raises(DamagedError):
            events_of(file, "letter:x")

    def test_an_entry_with_two_actors(self, file: sqlite3.Connection) -> None:
        body = encode(AuditEntry(AT, "one", "read", "x"))
        CHAINS["audit"].write(file, [((1,), (GENESIS.hash, "0" * 64, "other", body))], [])
        assert CHAINS["audit"].rows(file, None, -1) == [((1,), (GENESIS.hash, "0" * 64, "other", body))]
        with pytest.raises(DamagedError):
            all_audit(file)

    def test_an_entry_that_is_not_listed_under_its_actor(self, file: sqlite3.Connection) -> None:
        entry = seal_audit(GENESIS, AuditEntry(AT, "one", "read", "x"))
        add_audit(file, Names(file, {}), [entry])
        lots = [lot for _, lot in AUDIT_LOG.lots(file.execute(chains.AUDIT_LOTS.format("TRUE")))]
        hold_actors(file, lots)
        file.execute("DELETE FROM audit_actors")
        with pytest.raises(DamagedError, match="not listed"):
            hold_actors(file, lots)

    @pytest.mark.parametrize("seq", [0, 1 << SEQ_BITS])
    def test_a_number_that_no_event_has(self, file: sqlite3.Connection, seq: int) -> None:
        with pytest.raises(DamagedError):
            CHAINS["events"].write(file, [(("letter:x", seq), (GENESIS.hash, "0" * 64, b"{}"))], [])
