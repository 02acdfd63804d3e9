"""Whoever changes stored rows is found out: each flipped, deleted, inserted, reordered or cut off row of a chain."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from support.store import Maker
from support.store_copy import StoreCopy, copy_of_store
from support.stored import change_event, number_of

from minxin.core.audit import GENESIS, seal_event
from minxin.core.changes import Changes, Event, Head
from minxin.core.verify import verify
from minxin.deploy.cli import main
from minxin.store.sqlite.audit import SqliteTrail
from minxin.store.sqlite.chain_rows import unhexed
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

MUTATIONS = 1_000
COLUMNS = {
    "events": ("stream", "seq", "hash", "kind", "at", "actor", "office", "data"),
    "audit": ("seq", "hash", "actor", "action", "at", "target", "result", "office", "origin", "data"),
    "names": ("no", "name"),
    "ledger": ("seq", "body"),
    "streams": ("stream", "seq", "hash"),
    "heads": ("chain", "seq", "hash"),
    "letters": ("id", "series", "serial"),
}
KEYS = {"streams": "stream", "heads": "chain", "events": "stream || '/' || seq"}  # the others have a rowid
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
    table = dice.choice(("events", "audit", "ledger"))
    others = ", ".join(column for column in COLUMNS[table] if column != "seq")
    (end,) = connection.execute(f"SELECT MAX(seq) FROM {table}").fetchone()  # noqa: S608
    connection.execute(
        f"INSERT INTO {table} ({others}, seq) SELECT {others}, ? FROM {table} WHERE {key_of(table)} = ?",  # noqa: S608
        (dice.randint(1, end + 1), some_row(dice, connection, table)),
    )


def reorder(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Let two rows change places, hashes and all."""
    table = dice.choice(("events", "audit", "ledger"))
    first, second = (some_row(dice, connection, table) for _ in range(2))
    if first == second:
        raise sqlite3.IntegrityError("the same row")
    columns = [column for column in COLUMNS[table] if column != "seq"]
    listed, marks = ", ".join(columns), ", ".join(f"{column} = ?" for column in columns)
    rows = [
        connection.execute(f"SELECT {listed} FROM {table} WHERE {key_of(table)} = ?", (row,)).fetchone()  # noqa: S608
        for row in (first, second)
    ]
    for row, values in ((first, rows[1]), (second, rows[0])):
        connection.execute(f"UPDATE {table} SET {marks} WHERE {key_of(table)} = ?", (*values, row))  # noqa: S608


def cut_tail(dice: random.Random, connection: sqlite3.Connection) -> None:
    cut_tail_of(connection, some_row(dice, connection, "streams"))


def cut_tail_of(connection: sqlite3.Connection, stream: object) -> None:
    """Cut the end of a letter's chain off and bend the store's head to fit: only the ledger knows better."""
    connection.execute(
        "DELETE FROM events WHERE stream = ? AND seq = (SELECT MAX(seq) FROM events WHERE stream = ?)", (stream, stream)
    )
    connection.execute(
        "UPDATE streams SET (seq, hash) = (SELECT seq, hash FROM events WHERE events.stream = streams.stream "
        "ORDER BY seq DESC LIMIT 1) WHERE stream = ?",
        (stream,),
    )


def replace_all(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Write a letter's chain anew, every hash right, and bend the store's head: only the ledger knows better."""
    stream = some_row(dice, connection, "streams")
    (name,) = connection.execute("SELECT name FROM names WHERE no = ?", (stream,)).fetchone()
    head = GENESIS
    rows = connection.execute("SELECT seq FROM events WHERE stream = ? ORDER BY seq", (stream,)).fetchall()
    for (row,) in rows:
        sealed = seal_event(head, Event(name, f"forged {dice.random()}", Maker.now, "w"))
        head = Head(sealed.seq, sealed.hash)
        connection.execute(
            "UPDATE events SET hash = ?, kind = NULL, data = ? WHERE stream = ? AND seq = ?",
            (unhexed(sealed.hash), encode(sealed.event), stream, row),
        )
    connection.execute("UPDATE streams SET seq = ?, hash = ? WHERE stream = ?", (head.seq, unhexed(head.hash), stream))


def vanish(dice: random.Random, connection: sqlite3.Connection) -> None:
    """Make a letter disappear with its chain and its head."""
    stream = some_row(dice, connection, "streams")
    connection.execute("DELETE FROM events WHERE stream = ?", (stream,))
    connection.execute("DELETE FROM streams WHERE stream = ?", (stream,))
    if dice.random() < 0.5:
        connection.execute("DELETE FROM letters WHERE id = (SELECT name FROM names WHERE no = ?)", (stream,))


WAYS = (flip, flip, flip, delete, insert, reorder, cut_tail, replace_all, vanish)


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
        cut_tail_of(file, number_of(file, "letter-00"))

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
