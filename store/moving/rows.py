"""Everything that a store keeps, as rows that look alike in every engine (行), set by set (行集).

A row is a key and values. Bodies are the very bytes that are stored and hashed; what an engine computes from them for
its look-ups is not in it. Two stores with the same rows are the same city.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from minxin.store.sqlite.tables import LETTER_MARKS, LETTERS, MAIL_TEXTS, TABLES

Value = str | int | bytes | None
Key = tuple[str | int, ...]
Row = tuple[Key, tuple[Value, ...]]

BLOBS: Final = "blobs"
AUDIT: Final = "audit"
# What stands beside the body of a record and can't be computed from it.
BESIDE: Final = {LETTERS.name: ("marked",), LETTER_MARKS.name: ("row",), MAIL_TEXTS.name: ("words",)}


class RowSet(Struct, frozen=True):
    """One table or collection: the names of its rows' keys and values, as SQLite has them."""

    name: str
    keys: tuple[str, ...]
    values: tuple[str, ...] = ()


# The audit log comes first: a copy that was cut off says by it whose city it is. What is loose comes after the records,
# whose deletion in a copy brings some of it. Bytes are the same at every moment and take the longest: they come last.
ROW_SETS: Final = (
    RowSet(AUDIT, ("seq",), ("prev", "hash", "actor", "body")),
    *(RowSet(table.name, ("id",), ("version", "body", *BESIDE.get(table.name, ()))) for table in TABLES),
    RowSet("blob_names", ("blob_id", "kind", "record_id")),
    RowSet("events", ("stream", "seq"), ("prev", "hash", "body")),
    RowSet("streams", ("stream",), ("seq", "hash", "grown")),
    RowSet("ledger", ("seq",), ("body",)),
    RowSet("heads", ("chain",), ("seq", "hash")),
    RowSet("series", ("name",), ("last", "sealed")),
    RowSet("sequences", ("name",), ("last",)),
    RowSet("usages", ("key",), ("used",)),
    RowSet("firsts", ("name",), ("value",)),
    RowSet(
        "work",
        ("id",),
        (
            *("queue", "kind", "key", "payload", "not_before", "due_at", "lock", "runs", "error"),
            *("done_at", "failed_at"),
        ),
    ),
    RowSet("loose_blobs", ("blob_id",), ("since",)),
    RowSet("loose_contents", ("content_id",), ("since",)),
    RowSet(BLOBS, ("id",), ("size",)),
)
TIED: Final = ("audit", "ledger")  # the chains of which there is only one
# What processes tell each other at the moment, and what waits for an index that the copy makes anew, is no part of it.
PASSING: Final = frozenset({"commits", "counts", "kept", "leases", "search_marks", "sightings", "whispers"})


class Source(Protocol):
    """A store whose rows are read. Raises ``UnavailableError`` and ``DamagedError``."""

    async def count(self, row_set: RowSet) -> int:
        """Return about how many rows there are."""
        ...

    async def rows(self, row_set: RowSet, after: Key | None, most: int) -> list[Row]:
        """Return the rows after this key, in the order of the keys, up to so many."""
        ...

    async def pick(self, row_set: RowSet, keys: Collection[Key]) -> list[Row]:
        """Return those of the rows that there are, in any order."""
        ...

    async def last(self, row_set: RowSet) -> Row | None:
        """Return the row with the last key, or None."""
        ...

    async def blob(self, blob_id: str) -> bytes | None:
        """Return the bytes with this SHA-256, or None."""
        ...


class Target(Source, Protocol):
    """A store that becomes like another."""

    async def write(self, row_set: RowSet, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        """Write these rows over what is there, and delete others.

        What takes a unique value that another row has deletes that one: its own turn comes.
        """
        ...

    async def write_blob(self, blob_id: str, data: bytes) -> None:
        """Keep the bytes in the place of what is there."""
        ...


class Copy(Target, Protocol):
    """A store that becomes like another, closed to services between the beginning and the end."""

    async def is_begun(self) -> bool:
        """Say whether a copy into it was begun and not finished."""
        ...

    async def begin(self) -> None:
        """Close it to services and make its tables, or go on with what was begun."""
        ...

    async def finish(self) -> None:
        """Open it to services."""
        ...
