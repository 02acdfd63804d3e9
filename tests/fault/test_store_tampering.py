"""Whoever changes stored rows is found out: each flipped, deleted, inserted, reordered or cut off row of a chain."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.store import Maker
from support.store_copy import StoreCopy, copy_of_store
from support.stored import all_events, change_event, in_lot, lot_with, number_of, put_in_lot

from minxin.core.audit import GENESIS, seal_event
from minxin.core.changes import Changes, Event, Head
from minxin.core.verify import verify
from minxin.deploy.cli import main
from minxin.store.sqlite.audit import SqliteTrail
from minxin.store.sqlite.chain_entries import Names, unhexed
from minxin.store.sqlite.chains import AUDIT_LOG, EVENTS, SEQ_BITS, Chains, add_events
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

MUTATIONS = 1_000
COLUMNS = {
    "event_lots": ("id", "before", "checks", "body"),
    "audit_lots": ("id", "before", "checks", "body"),
    "audit_actors": ("actor", "span"),
    "names": ("no", "name"),
    "ledger": ("seq", "body"),
    "streams": ("stream", "seq", "hash"),
    "heads": ("chain", "seq", "hash"),
    "letters": ("id", "series", "serial"),
}
KEYS = {"streams": "stream", "heads": "chain", "audit_actors": "actor || '/' || span"}  # the others have a rowid
LOTS: dict[str, Chains[Any]] = {"event_lots": EVENTS, "audit_lots": AUDIT_LOG}
pytestmark = pytest.mark.fault


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A store with letters, follow-up events and three checkpoints, the last one at the very end."""
    store = await SqliteStore.open(tmp_path)
    make = Maker()
    for place in range(30):
        await store.commit(make.intake(id=f"letter-{place:02d}"))
        await store.commit(
            Changes(events=[Event(f"letter-{place // 2:02d}", "read", make.now, "h", data={"n": place})])
        )
        if place % 10 == 9:
            await store.checkpoint(make.at(minutes=place))
    await store.close()
    return tmp_path


@pytest.fixture
def copy(folder: Path) -> Iterator[StoreCopy]:
    with copy_of_store(folder) as copied:
        yield copied


def key_of(table: str) -> str:
    return KEYS.get(table, "rowid")


def some_row(dice: random.Random, connection: sqlite3.Connection, table: str) -> object:
    return dice.choice(connection.execute(f"SELECT {key_of(table)} FROM {table}").fetchall())[0]  # noqa: S608


def flip(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Change one character, one bit or one count of a stored value."""
    table = dice.choice(sorted(COLUMNS))
    column = dice.choice(COLUMNS[table])
    row = some_row(dice, connection, table)
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {key_of(table)} = ?", (row,)).fetchone()  # noqa: S608
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key_of(table)} = ?", (flipped(dice, value), row))  # noqa: S608


def flipped(dice: random.Random, value: object) -> object:
    if isinstance(value, int):
        return value + dice.choice((-2, -1, 1, 2))
    if isinstance(value, bytes):
        place = dice.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1 << dice.randrange(8)]) + value[place + 1 :]
    text = str(value or "nothing")
    place = dice.randrange(len(text))
    return text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]


def delete(dice: random.Random, connection: sqlite3.Connection) -> None:
    table = dice.choice(sorted(COLUMNS))
    connection.execute(f"DELETE FROM {table} WHERE {key_of(table)} = ?", (some_row(dice, connection, table),))  # noqa: S608


def insert(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Put a copy of a row behind another, or behind the end."""
    table = dice.choice(("event_lots", "audit_lots", "ledger"))
    key = "seq" if table == "ledger" else "id"
    others = ", ".join(column for column in COLUMNS[table] if column != key)
    (end,) = connection.execute(f"SELECT MAX({key}) FROM {table}").fetchone()  # noqa: S608
    connection.execute(
        f"INSERT INTO {table} ({others}, {key}) SELECT {others}, ? FROM {table} WHERE {key_of(table)} = ?",  # noqa: S608
        (_free(dice, connection, table, end), some_row(dice, connection, table)),
    )


def _free(dice: random.Random, connection: sqlite3.Connection, table: str, end: int) -> int:
    """Return a key where one could be: in a chain that is there, or behind the end."""
    if table != "event_lots":
        return dice.randint(1, end + 1)
    return (int(str(some_row(dice, connection, "streams"))) << SEQ_BITS) + dice.randint(1, 5)


def reorder(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Let two rows change places, hashes and all."""
    table = dice.choice(("event_lots", "audit_lots", "ledger"))
    first, second = (some_row(dice, connection, table) for _ in range(2))
    if first == second:
        raise sqlite3.IntegrityError("the same row")
    columns = [column for column in COLUMNS[table] if column not in ("seq", "id")]
    listed, marks = ", ".join(columns), ", ".join(f"{column} = ?" for column in columns)
    rows = [
        connection.execute(f"SELECT {listed} FROM {table} WHERE {key_of(table)} = ?", (row,)).fetchone()  # noqa: S608
        for row in (first, second)
    ]
    for row, values in ((first, rows[1]), (second, rows[0])):
        connection.execute(f"UPDATE {table} SET {marks} WHERE {key_of(table)} = ?", (*values, row))  # noqa: S608


def some_lot(dice: random.Random, connection: sqlite3.Connection) -> tuple[Chains[Any], int]:
    table = dice.choice(sorted(LOTS))
    return LOTS[table], int(str(some_row(dice, connection, table)))


def change_inside(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Unpack a lot, change one field or the check of an entry, and pack it again."""
    chains, lot_id = some_lot(dice, connection)
    entries = in_lot(connection, chains, lot_id)
    place = dice.randrange(len(entries))
    check, fields = entries[place]
    which = dice.randrange(-1, len(fields))
    if which < 0:
        check = bytes(check[:-1]) + bytes([check[-1] ^ 1 << dice.randrange(8)])
    else:
        field = fields[which]
        changed = {"put in": 1} if field is None and which == len(fields) - 1 else flipped_field(dice, field)
        fields = (*fields[:which], changed, *fields[which + 1 :])
    entries[place] = check, fields
    put_in_lot(connection, chains, lot_id, entries)


def flipped_field(dice: random.Random, field: object) -> object:
    if not isinstance(field, dict):
        return flipped(dice, field if field is not None else 0)
    name = dice.choice(sorted(field))
    value = field[name]
    return {**field, name: flipped(dice, value) if isinstance(value, str | bytes | int) else "another"}


def delete_inside(dice: random.Random, connection: sqlite3.Connection) -> None:
    chains, lot_id = some_lot(dice, connection)
    entries = in_lot(connection, chains, lot_id)
    entries.pop(dice.randrange(len(entries)))
    put_in_lot(connection, chains, lot_id, entries)


def insert_inside(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Put a copy of an entry of any lot anywhere in another."""
    chains, lot_id = some_lot(dice, connection)
    entries = in_lot(connection, chains, lot_id)
    others = in_lot(connection, chains, int(str(some_row(dice, connection, chains.table))))
    entries.insert(dice.randint(0, len(entries)), dice.choice(others))
    put_in_lot(connection, chains, lot_id, entries)


def reorder_inside(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Let two entries of a lot change places, checks and all."""
    chains, lot_id = some_lot(dice, connection)
    entries = in_lot(connection, chains, lot_id)
    first, second = dice.randrange(len(entries)), dice.randrange(len(entries))
    if first == second:
        raise sqlite3.IntegrityError("the same entry")
    entries[first], entries[second] = entries[second], entries[first]
    put_in_lot(connection, chains, lot_id, entries)


def cut_tail(dice: random.Random, connection: sqlite3.Connection) -> None:
    (name,) = connection.execute(
        "SELECT name FROM names WHERE no = ?", (some_row(dice, connection, "streams"),)
    ).fetchone()
    cut_tail_of(connection, name)


def cut_tail_of(connection: sqlite3.Connection, stream: str) -> None:
    """Cut the end of a letter's chain off and bend the store's head to fit: only the ledger knows better."""
    events = [one for name, one in all_events(connection) if name == stream]
    lot_id, place = lot_with(connection, EVENTS, events[-1].seq, stream)
    put_in_lot(connection, EVENTS, lot_id, in_lot(connection, EVENTS, lot_id)[:place])
    bend_head(connection, stream, Head(events[-2].seq, events[-2].hash))


def bend_head(connection: sqlite3.Connection, stream: str, head: Head) -> None:
    connection.execute(
        "UPDATE streams SET seq = ?, hash = ? WHERE stream = ?",
        (head.seq, unhexed(head.hash), number_of(connection, stream)),
    )


def replace_all(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Write a letter's chain anew, every hash right, and bend the store's head: only the ledger knows better."""
    number = int(str(some_row(dice, connection, "streams")))
    (name,) = connection.execute("SELECT name FROM names WHERE no = ?", (number,)).fetchone()
    many = sum(stream == name for stream, _ in all_events(connection))
    forged, head = [], GENESIS
    for _ in range(many):
        sealed = seal_event(head, Event(name, f"forged {dice.random()}", Maker.now, "w"))
        head = Head(sealed.seq, sealed.hash)
        forged.append(sealed)
    connection.execute("DELETE FROM event_lots WHERE id >> ? = ?", (SEQ_BITS, number))
    add_events(connection, Names(connection, {}), forged)
    bend_head(connection, name, head)


def vanish(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Make a letter disappear with its chain and its head."""
    stream = some_row(dice, connection, "streams")
    connection.execute("DELETE FROM event_lots WHERE id >> ? = ?", (SEQ_BITS, stream))
    connection.execute("DELETE FROM streams WHERE stream = ?", (stream,))
    if dice.random() < 0.5:
        connection.execute("DELETE FROM letters WHERE id = (SELECT name FROM names WHERE no = ?)", (stream,))


INSIDE = (change_inside, change_inside, delete_inside, insert_inside, reorder_inside)
WAYS = (flip, flip, flip, delete, insert, reorder, cut_tail, replace_all, vanish, *INSIDE)


async def test_a_thousand_random_changes_are_all_found(copy: StoreCopy) -> None:
    dice = random.Random(2026)  # noqa: S311
    look = partial(verify, SqliteTrail(copy))
    assert await copy.after(lambda connection: None, look) == await look()
    missed, tried = [], 0
    while tried < MUTATIONS:
        way, state = dice.choice(WAYS), dice.getstate()
        verdict = await copy.after(lambda connection, way=way: way(dice, connection), look)
        if verdict is None:
            continue
        tried += 1
        if verdict.broken is None:
            missed.append((way.__name__, state[1][:3]))

    assert missed == []


async def test_what_is_cut_after_the_last_checkpoint_shows_against_a_head_that_left_the_house(folder: Path) -> None:
    store = await SqliteStore.open(folder)
    receipt = await store.commit(Changes(events=[Event("letter-00", "replied", Maker.now, "h")]))
    await store.close()
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as file:
        cut_tail_of(file, "letter-00")

    store = await SqliteStore.open(folder)
    unaware, aware = await verify(store), await verify(store, receipt.heads)
    ledger = [entry async for entry in store.ledger()]
    lost = await verify(store, {"ledger": Head(ledger[-1].seq + 1, "f" * 64)})
    replaced = await verify(store, {"ledger": Head(ledger[-1].seq, "f" * 64)})
    await store.close()

    assert unaware.broken is None
    assert aware.broken is not None
    assert (aware.broken.chain, aware.broken.seq) == ("letter-00", 5)
    assert lost.broken is not None
    assert replaced.broken is not None
    assert (replaced.broken.chain, replaced.broken.seq) == ("ledger", 3)


def test_the_command_names_the_first_broken_entry(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as file:
        change_event(file, "letter-07", 2, lambda body: body.replace("receipt", "denied!"))

    status = main(["audit", "verify", "--data", str(folder)])

    assert status == 1
    assert "BROKEN: letter-07 number 2: was changed" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_the_command_answers_2_when_there_is_no_store(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)

    assert main(["audit", "verify", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err != ""


def test_a_known_head_that_is_misspelt_is_refused(folder: Path) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["audit", "verify", "--data", str(folder), "--known", "ledger"])

    assert refusal.value.code == 2
