"""No question about boxes goes through all boxes or all mail: with five million mails that would be seconds."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail import NOON, opened, put_in

from minxin.core.paging import PageRequest
from minxin.mailbox.mail.records import BoxKind
from minxin.store.sqlite.connect import FILE, open_reader
from minxin.store.sqlite.store import SqliteStore

PAGE = PageRequest(None, 20)
NEXT = PageRequest("WzEsImEiXQ", 20)  # [1,"a"]
Ask = Callable[[SqliteStore], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "boxes of": lambda store: store.boxes_of("owner"),
    "folders": lambda store: store.folders_of("box"),
    "folder states": lambda store: store.folder_states("box"),
    "unseen": lambda store: store.unseen_mail("box.inbox"),
    "stamps": lambda store: store.last_stamps(["box", "other"]),
    "first page": lambda store: store.mail_items("box.inbox", PAGE),
    "next page": lambda store: store.mail_items("box.inbox", NEXT),
    "a glance": lambda store: store.box_glance("box", "box.inbox", PAGE),
    "by UID": lambda store: store.mail_by_uid("box.inbox", 1, None, 50),
    "UIDs": lambda store: store.mail_uids("box.inbox"),
    "changes": lambda store: store.mail_changes("box", "box.inbox", 1, 50),
    "a thread": lambda store: store.mail_thread("box", "t", 50),
    "sizes of threads": lambda store: store.conversation_sizes("box", ["t", "u"]),
    "by Message-ID": lambda store: store.mail_by_message_ids("box", ["a@x", "b@x"]),
    "headers": lambda store: store.mail_heads(["a", "b"], 100),
    "by content": lambda store: store.mail_with_content("c", "", 50),
    "a search": lambda store: store.search_mail("box", ["停水", "路灯"], None, PAGE),
    "a search in a folder": lambda store: store.search_mail("box", ["停水"], "box.inbox", NEXT),
    "the trash": lambda store: store.trashed_mail(NOON, 50),
    "what left": lambda store: store.old_expunged(NOON, 50),
    "use": lambda store: store.used(["mail:box"]),
    "boxes that run full": lambda store: store.filled_boxes(BoxKind.CITIZEN, 1000),
    "a recount": lambda store: store.recount_mail("", 50),
    "a sweep": lambda store: store.sweep_mail_contents(NOON, timedelta(hours=1), 50),
    "citizens without a box": lambda store: store.without_box(PAGE, staff=False),
    "staff without a box": lambda store: store.without_box(PAGE, staff=True),
}
# Read from their beginning on, so many at a time: what lies in them is what is asked for.
AT_A_TIME = {"a recount": {"boxes"}, "citizens without a box": {"accounts"}, "staff without a box": {"accounts"}}
_SCAN = re.compile(r"SCAN (\w+)(.*)")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what every reader and the writer are asked, from their opening on."""
    seen: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = open_reader(path)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr("minxin.store.sqlite.readers.open_reader", traced)
    return seen


@pytest.fixture
async def store(tmp_path: Path, seen: list[str]) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(tmp_path)
    await store.commit(opened() + put_in("a") + put_in("b"))
    await store.writer.write(lambda transaction: transaction.connection.set_trace_callback(seen.append))
    yield store
    await store.close()


@pytest.mark.parametrize("name", ASKED)
async def test_every_question_is_answered_by_an_index(
    store: SqliteStore, tmp_path: Path, seen: list[str], name: str
) -> None:
    seen.clear()
    await ASKED[name](store)
    asked = [one for one in seen if one.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))]
    assert asked, "nothing was seen of what is asked"
    connection = sqlite3.connect(tmp_path / FILE)
    scanned = {table for statement in asked for table in _scanned(connection, statement)}
    connection.close()
    assert scanned <= AT_A_TIME.get(name, set()), asked


def _scanned(connection: sqlite3.Connection, statement: str) -> set[str]:
    """Return the tables that the statement goes through, those of its own values left out."""
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    found = [scan for line in plan if (scan := _SCAN.match(line)) and "VIRTUAL TABLE" not in scan[2]]
    return {scan[1] for scan in found} - {"CONSTANT", "(subquery"}
