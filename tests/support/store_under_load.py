"""A process that commits letters as fast as it can and says which were acknowledged: to be killed, starved and cut off.

``python store_under_load.py FOLDER WRITERS COMMITS [too-early]`` prints ``ack ID NUMBER`` after each commit and
``refused ERROR`` when one fails. With ``too-early`` it acknowledges before the commit, as no server may: the rigs must
notice.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.store import Maker  # noqa: E402

from minxin.core.errors import MinxinError  # noqa: E402
from minxin.core.ids import new_id  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

PAUSE_S = 0.02


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def write(store: SqliteStore, make: Maker, commits: int, too_early: bool) -> None:
    for _ in range(commits):
        letter_id = new_id()
        if too_early:
            say(f"ack {letter_id} ?")
        try:
            committed = await store.commit(make.intake(id=letter_id))
        except MinxinError as error:
            say(f"refused {type(error).__name__}")
            await asyncio.sleep(PAUSE_S)
            continue
        if not too_early:
            say(f"ack {letter_id} {committed.numbers[letter_id]}")


async def main(folder: Path, writers: int, commits: int, too_early: bool) -> None:
    store = await SqliteStore.open(folder)
    make = Maker()
    await asyncio.gather(*(write(store, make, commits // writers, too_early) for _ in range(writers)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), "too-early" in sys.argv))
