"""What lies in a store after a fault, read past the service: the same rows of a file and of a MongoDB.

Reading the file recovers its write-ahead log.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import pymongo
from support.stored import all_events, seeing_bodies

from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.connect import FILE

Row = tuple[Any, ...]
BODIES: Final = ("letters", "work_orders", "mail_items")
OPEN: Final = "open"
FAILED: Final = "failed"
SOON_S: Final = 60.0
FRESH: Final = {"state": OPEN, "runs": 0, "due_at": 0, "failed_at": None}


class Stored:
    """One look at everything that the tests ask for."""

    def __init__(self, data: Path, store: str) -> None:
        found = _of_mongodb(store) if store else _of_file(data)
        letters = [(one["number"], one["raw_blob"]) for one in found["letters"]]
        assert len(letters) == len({number for number, _ in letters}), "a number was given twice"
        blobs = dict(found["blobs"])
        assert all(blobs.get(blob) for _, blob in letters), "a letter names raw bytes that are not there"
        self.letters: dict[str, bytes] = {number: blobs[blob] for number, blob in letters}
        self.orders: dict[str, str] = {one["id"]: one["state"] for one in found["work_orders"]}
        self.copies = Counter((one["box_id"], one["folder_id"], one["content_id"]) for one in found["mail_items"])
        events = [(stream, msgspec.json.decode(body)) for stream, body in found["events"]]
        self.events = Counter((stream, one["kind"], one["data"].get("order", "")) for stream, one in events)
        # What is tried again within the minute is still to be done, what is kept for a later day is not.
        soon = (time.time() + SOON_S) * 1_000_000
        self.work = Counter(state for state, lock, due_at in found["work"] if state != OPEN or lock or due_at <= soon)
        self.unsearchable = len(found["search_marks"])

    def bodies(self) -> list[str]:
        """Return what people wrote, letter by letter."""
        return [body_of(raw) for raw in self.letters.values()]


def body_of(raw: bytes) -> str:
    """Return the words of a letter whose raw bytes end with them."""
    return raw.rpartition(b"\r\n\r\n")[2].strip().decode()


def run_out(data: Path, store: str) -> tuple[int, int]:
    """Let the locks of whoever was killed run out, as they do within ten minutes; to be called when nobody serves.

    What was struck three times is let run again, as an administrator does who finds it in quarantine. Returns how many
    entries of work were in dead hands, and how many in quarantine.
    """
    if store:
        with pymongo.MongoClient(store) as client:
            work = client.get_default_database()["work"]
            held = work.update_many({"state": OPEN, "lock": {"$ne": None}}, {"$set": FRESH})
            failed = work.update_many({"state": FAILED}, {"$set": FRESH})
            return held.modified_count, failed.modified_count
    fresh = "UPDATE work SET failed_at = NULL, runs = 0, due_at = 0 WHERE "
    with closing(sqlite3.connect(data / FILE)) as file, file:
        held_too = file.execute(f"{fresh} lock IS NOT NULL AND done_at IS NULL AND failed_at IS NULL").rowcount
        return held_too, file.execute(f"{fresh} failed_at IS NOT NULL").rowcount


def _of_file(data: Path) -> dict[str, list[Any]]:
    state = f"CASE WHEN failed_at IS NOT NULL THEN '{FAILED}' WHEN done_at IS NULL THEN '{OPEN}' ELSE 'done' END"
    with closing(seeing_bodies(sqlite3.connect(data / FILE))) as file:

        def read(name: str, *fields: str) -> list[Row]:
            if name == "events":
                return [(stream, encode(one.event)) for stream, one in all_events(file)]
            shown = ["unpacked(body)" if field == "body" else field for field in fields]
            shown = ["unpacked_blob(data, packed)" if field == "data" else field for field in shown]
            return file.execute(f"SELECT {', '.join(shown)} FROM {name}").fetchall()  # noqa: S608

        return _all(read) | {"work": read("work", state, "lock", "due_at")}


def _of_mongodb(address: str) -> dict[str, list[Any]]:
    with pymongo.MongoClient(address) as client:
        database = client.get_default_database()

        def read(name: str, *fields: str) -> list[Row]:
            # The words of these letters are all in the first piece of their bytes.
            named = ["_id" if name == "blobs" and field == "id" else field for field in fields]
            return [tuple(one.get(field) for field in named) for one in database[name].find({}, named)]

        return _all(read) | {"work": read("work", "state", "lock", "due_at")}


def _all(read: Callable[..., list[Row]]) -> dict[str, list[Any]]:
    # Letters before what they name: a reader of a store that is written to sees nothing that hangs in the air.
    bodies = {name: [msgspec.json.decode(body) for (body,) in read(name, "body")] for name in BODIES}
    return bodies | {
        "events": read("events", "stream", "body"),
        "blobs": read("blobs", "id", "data"),
        "search_marks": read("search_marks", "at"),
    }
