"""One pass over two stores (一遍): row by row beside each other, in the order of their keys; what differs is written.

The same pass copies, goes on where it was cut off, takes over what was changed meanwhile, and proves that nothing
differs: it keeps no notes of its own that could be wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from msgspec import Struct, field

from minxin.store.moving.rows import BLOBS, ROW_SETS, Key, Row, RowSet, Source, Target, Value

AT_ONCE: Final = 500
NAMED: Final = 20  # differences that are named one by one

Progress = Callable[[str, int, int], None]  # a set, and how many rows of how many are done in all


class Found(Struct):
    """What a pass saw: ``same`` rows, and those that were missing, other, or too many, before it wrote them.

    ``left`` are rows that differ still, ``named`` the first of them.
    """

    same: int = 0
    missing: int = 0
    other: int = 0
    extra: int = 0
    left: int = 0
    named: list[str] = field(default_factory=list)

    @property
    def differed(self) -> int:
        """How many rows were not alike."""
        return self.missing + self.other + self.extra

    def leave(self, row_set: RowSet, keys: list[Key]) -> None:
        """Note rows that differ still."""
        self.left += len(keys)
        room = NAMED - len(self.named)
        self.named += [f"{row_set.name} {'/'.join(map(str, key))}" for key in keys[:room]]


class _Lot(Struct):
    """Rows of both stores between the same two keys."""

    ours: dict[Key, tuple[Value, ...]]
    theirs: dict[Key, tuple[Value, ...]]


async def run_pass(source: Source, target: Target, progress: Progress = lambda *_: None) -> Found:
    """Make the target like the source; raises ``UnavailableError`` and ``DamagedError``, and may then run again."""
    return await _run(source, target, target, progress)


async def compare(source: Source, other: Source, progress: Progress = lambda *_: None) -> Found:
    """Say where the other is not like the source, the bytes of every blob included; raises as ``run_pass`` does."""
    return await _run(source, other, None, progress)


async def _run(source: Source, other: Source, target: Target | None, progress: Progress) -> Found:
    found = Found()
    total = sum([await source.count(row_set) for row_set in ROW_SETS])
    done = 0
    for row_set in ROW_SETS:
        progress(row_set.name, done, total)
        async for lot in _lots(row_set, source, other):
            extra = [key for key in lot.theirs if key not in lot.ours]
            differ = await _differ(row_set, lot, None if target else other)
            found.same += len(lot.ours) - len(differ)
            found.missing += sum(key not in lot.theirs for key in differ)
            found.other += sum(key in lot.theirs for key in differ)
            found.extra += len(extra)
            wrong = await _mend(row_set, lot, differ, extra, source, target) if target else [*differ, *extra]
            found.leave(row_set, wrong)
            done += len(lot.ours)
            progress(row_set.name, done, total)
    return found


async def _lots(row_set: RowSet, source: Source, target: Source) -> AsyncIterator[_Lot]:
    after: Key | None = None
    far = _Ahead(row_set, target)
    while True:
        ours = await source.rows(row_set, after, AT_ONCE)
        end = ours[-1][0] if len(ours) == AT_ONCE else None
        theirs = await far.up_to(end)
        if ours or theirs:
            yield _Lot(dict(ours), dict(theirs))
        if end is None:
            return
        after = end


class _Ahead:
    """Rows of a store, read as far as somebody wants them."""

    def __init__(self, row_set: RowSet, store: Source) -> None:
        self._row_set = row_set
        self._store = store
        self._read: list[Row] = []
        self._after: Key | None = None
        self._ended = False

    async def up_to(self, end: Key | None) -> list[Row]:
        """Return the next rows, up to this key."""
        while not self._ended and (end is None or not self._read or self._read[-1][0] <= end):
            more = await self._store.rows(self._row_set, self._after, AT_ONCE)
            self._read += more
            self._ended = len(more) < AT_ONCE
            self._after = more[-1][0] if more else self._after
        place = len(self._read)
        if end is not None:
            place = next((n for n, (key, _) in enumerate(self._read) if key > end), place)
        near, self._read = self._read[:place], self._read[place:]
        return near


async def _differ(row_set: RowSet, lot: _Lot, whose: Source | None) -> list[Key]:
    """Return which rows of the source the other has not, or not so; with ``whose`` its bytes are looked at as well."""
    differ = [key for key in lot.ours if lot.theirs.get(key) != lot.ours[key]]
    if row_set.name == BLOBS and whose is not None:
        known = set(differ)
        differ += [key for key in lot.ours if key not in known and not await _whole(whose, key)]
    return differ


async def _mend(
    row_set: RowSet, lot: _Lot, differ: list[Key], extra: list[Key], source: Source, target: Target
) -> list[Key]:
    """Write what differs, and return the keys of those rows that differ still when they are read again."""
    if not differ and not extra:
        return []
    if row_set.name == BLOBS:
        await target.write(row_set, [], extra)
        return [key for key in differ if not await _bring(key, source, target)]
    await target.write(row_set, [(key, lot.ours[key]) for key in differ], extra)
    there = dict(await target.pick(row_set, [*differ, *extra]))
    return [key for key in (*differ, *extra) if there.get(key) != lot.ours.get(key)]


async def _bring(key: Key, source: Source, target: Target) -> bool:
    """Copy the bytes of a blob; False when they vanished meanwhile, or are not what their name says."""
    data = await source.blob(str(key[0]))
    if data is not None:
        await target.write_blob(str(key[0]), data)
    return data is not None and await _whole(target, key)


async def _whole(store: Source, key: Key) -> bool:
    data = await store.blob(str(key[0]))
    return data is not None and hashlib.sha256(data).hexdigest() == key[0]
