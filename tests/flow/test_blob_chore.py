"""The house sweeps bytes that nothing names any more, and goes on until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from support.store import NOON

from minxin.core.changes import Changes, blob_of
from minxin.core.clock import FixedClock
from minxin.deploy.chores import LOOSE_AT_ONCE, LOOSE_KEPT, sweep_blobs
from minxin.store.sqlite.store import SqliteStore


@dataclass
class Swept:
    """What the chore needs of a house."""

    store: SqliteStore
    clock: FixedClock


async def test_the_chore_goes_on_until_nothing_is_loose(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    house = Swept(store, FixedClock(NOON))
    blobs = [blob_of(f"{number}".encode()) for number in range(LOOSE_AT_ONCE * 2 + 1)]
    await store.commit(Changes(blobs=blobs))

    async def left() -> int:
        return sum([await store.blob(one.id) is not None for one in blobs])

    await sweep_blobs(cast(Any, house))
    assert await left() == len(blobs)
    house.clock.advance(LOOSE_KEPT - timedelta(seconds=1))
    await sweep_blobs(cast(Any, house))
    assert await left() == len(blobs)
    house.clock.advance(timedelta(seconds=1))
    await sweep_blobs(cast(Any, house))
    assert await left() == 0
    await store.close()
