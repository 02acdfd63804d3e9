"""One transaction, begun anew when another one was in its way, its commit repeated until its fate is known."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from pymongo.errors import InvalidOperation, PyMongoError

from minxin.core.errors import UnavailableError
from minxin.store.mongo.client import Client, Session, leave, patience_s, start_session, start_transaction
from minxin.store.mongo.errors import UNKNOWN_COMMIT, is_transient

T = TypeVar("T")

_FIRST_PAUSE_S: Final = 0.002
_LONGEST_PAUSE_S: Final = 0.05


async def in_transaction(client: Client, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run the work in a transaction and return its value once that is in the journals of a majority.

    The work runs again from its beginning when the transaction could not be had. Raises ``UnavailableError`` when it
    could not be had in time, and the driver's errors; after one of the connection nobody knows what became of it.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s(client)
    pause = _FIRST_PAUSE_S
    session = await start_session(client)
    try:
        while True:
            try:
                value = await _attempt(session, work, end)
            except PyMongoError as error:
                if not is_transient(error):
                    raise
                if loop.time() > end:
                    raise UnavailableError from error
            else:
                return value
            # Others took their turn: who waits a random while does not meet them again.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(2 * pause, _LONGEST_PAUSE_S)
    finally:
        await leave(session)


async def _attempt(session: Session, work: Callable[[Session], Awaitable[T]], end: float) -> T:
    await start_transaction(session)
    try:
        value = await work(session)
    except BaseException as error:
        if not (isinstance(error, PyMongoError) and error.timeout):  # else on leaving, without waiting once more
            await _abort(session)
        raise
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label(UNKNOWN_COMMIT) or asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(_FIRST_PAUSE_S)
        else:
            return value


async def _abort(session: Session) -> None:
    """Give the transaction up; the server does so itself for one that it does not hear of any more."""
    try:
        await session.abort_transaction()
    except InvalidOperation:
        return
