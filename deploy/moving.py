"""Moving a city from one store into another (迁库): passes while it serves, one last step, and the proof."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError, DamagedError
from minxin.core.verify import verify
from minxin.deploy.proving import first_break, prove, what_was_read
from minxin.store.mongo import whole as mongo
from minxin.store.mongo.client import SCHEME, Driver
from minxin.store.moving.passing import Found, Progress, run_pass
from minxin.store.moving.passing import compare as differences
from minxin.store.moving.rows import AUDIT, ROW_SETS, Copy, Source
from minxin.store.sqlite import whole as sqlite

FILE_SCHEME: Final = "sqlite:"
MOST_PASSES: Final = 5
FEW_ROWS: Final = 500  # so little changed meanwhile that another pass finds as much
_AUDIT: Final = next(row_set for row_set in ROW_SETS if row_set.name == AUDIT)

Say = Callable[[str], None]


async def copy(source: str, target: str, driver: Driver, say: Say, progress: Progress) -> None:
    """Copy while the source serves, in passes until little changes meanwhile; may be cut off and run again.

    Raises ``ConfigError`` for addresses that can't be used and a target that holds something else, and
    ``UnavailableError`` and ``DamagedError`` of either store.
    """
    async with _opened(source, driver, alone=False) as ours, _copy_at(target, driver) as copied:
        await _begin(ours, copied)
        for number in range(1, MOST_PASSES + 1):
            found = await run_pass(ours, copied, progress)
            say(f"pass {number}: {told(found)}")
            if found.differed <= FEW_ROWS:
                break
    say("the copy follows the source. Stop the service, then run this again with --final")


async def finish(source: str, target: str, driver: Driver, say: Say, progress: Progress) -> bool:
    """Take over what is missing once the source has stopped, prove the copy, and open it to services.

    Returns whether everything is alike and holds; else the copy stays closed. Raises as :func:`copy` does, and
    ``ConfigError`` when the source is still in use.
    """
    async with _copy_at(target, driver) as copied:
        async with _opened(source, driver, alone=True) as ours:
            await _begin(ours, copied)
            found = await run_pass(ours, copied, progress)
        say(f"last pass: {told(found)}")
        if found.left:
            return False
        async with copied.evidence() as evidence:
            verdict, letters = await prove(evidence, {})
        say(what_was_read(verdict, letters))
        broken = first_break(verdict, letters)
        if broken:
            say(f"BROKEN: {broken}")
            return False
        await copied.finish()
    say("everything is alike and holds: the copy is ready to serve")
    return True


async def compare(source: str, target: str, driver: Driver, say: Say, progress: Progress) -> bool:
    """Compare two stores that nobody writes to, byte by byte, and write nothing; return whether they are alike."""
    async with _opened(source, driver, alone=False) as ours, _opened(target, driver, alone=False) as theirs:
        found = await differences(ours, theirs, progress)
    say(told(found))
    return not found.left


async def save(source: str, folder: Path, driver: Driver, progress: Progress) -> None:
    """Write a MongoDB as it is at one moment into a file in the folder, while it serves.

    Raises as :func:`copy` does, and ``DamagedError`` when the chains of what was read don't hold: a server that keeps
    no moments gave it.
    """
    with sqlite.open_target(folder) as copied:
        async with mongo.open_moment(source, driver) as ours:
            found = await run_pass(ours, copied, progress)
        async with copied.evidence() as evidence:
            verdict = await verify(evidence, {})
        if found.left or verdict.broken is not None:
            raise DamagedError(first_break(verdict, None) or told(found))
        copied.loosen_blobs()
        await copied.finish()


def told(found: Found) -> str:
    """Return what a pass saw, in words."""
    text = f"{found.same} rows alike, {found.missing} missing, {found.other} other, {found.extra} too many"
    if found.left:
        text += f"; {found.left} differ still: {', '.join(found.named)}"
    return text


async def _begin(source: Source, copied: Copy) -> None:
    """Begin, or go on with, a copy of this source; raises ``ConfigError`` for a target that is none."""
    if not await copied.is_begun():
        for row_set in ROW_SETS:
            if await copied.last(row_set) is not None:
                raise ConfigError(f"the target holds a city already ({row_set.name}): name one that is empty")
        await copied.begin()
        return
    await copied.begin()
    last = await copied.last(_AUDIT)
    if last is not None and await source.pick(_AUDIT, [last[0]]) != [last]:
        raise ConfigError("the target is the copy of another city")


@asynccontextmanager
async def _opened(address: str, driver: Driver, *, alone: bool) -> AsyncIterator[Source]:
    if address.startswith(SCHEME):
        async with mongo.open_source(address, driver, alone=alone) as source:
            yield source
        return
    with sqlite.open_source(_folder(address), alone=alone) as file:
        yield file


@asynccontextmanager
async def _copy_at(address: str, driver: Driver) -> AsyncIterator[mongo.MongoCopy | sqlite.SqliteCopy]:
    if address.startswith(SCHEME):
        async with mongo.open_target(address, driver) as target:
            yield target
        return
    with sqlite.open_target(_folder(address)) as file:
        yield file


def _folder(address: str) -> Path:
    if not address.startswith(FILE_SCHEME) or address == FILE_SCHEME:
        raise ConfigError(f"{address!r} is neither sqlite:FOLDER nor the address of a MongoDB")
    return Path(address.removeprefix(FILE_SCHEME))
