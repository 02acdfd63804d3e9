"""Checks who sent a mail (核验发件人), within a time limit, and never with an exception.

The DNS is asked in threads of their own; what hostile bytes could drive into long work runs in the process that can be
killed. Without a resolver nothing is checked, and every mail is "not proven".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from minxin.mailbox.authenticity.dkim import check_signatures, key_name, signatures_of
from minxin.mailbox.authenticity.dmarc import evaluate, unsure
from minxin.mailbox.authenticity.ports import Names
from minxin.mailbox.authenticity.records import NEUTRAL, PERMERROR, UNCHECKED, Authenticity, Origin, Signature
from minxin.mailbox.errors import ParseCrashedError, ParseFailedError, ParseTimeoutError
from minxin.mailbox.reading import limit_for
from minxin.mailbox.safe_pool import SafePool

log = logging.getLogger(__name__)

THREADS: Final = 16
REST_S: Final = 60.0
T = TypeVar("T")


class Mode(StrEnum):
    """Whether senders are checked; ``AUTO`` checks from when a resolver was first seen to work."""

    OFF = "off"
    AUTO = "auto"
    ON = "on"


class _State(StrEnum):
    UNKNOWN = "unknown"  # none was ever seen to work
    WORKS = "works"
    RESTS = "rests"  # it worked, and does not answer now


class SenderChecks:
    """Checks senders. ``names`` opens the resolver, in a thread; ``limit_s`` is what one mail may wait for it.

    A resolver that stops to answer is left alone until it does, and mail is "not sure" meanwhile: else each mail would
    wait the whole limit. A sender's own slow name servers can't bring that about.
    """

    def __init__(self, names: Callable[[], Names], mode: Mode, limit_s: float = 5.0) -> None:
        self._open = names
        # A process of its own, started for the first signature: no flood of mail may keep pages from reading theirs.
        self._pool = SafePool(max_workers=1)
        self._mode = mode
        self._limit_s = limit_s
        self._names: Names | None = None
        self._state = _State.WORKS if mode is Mode.ON else _State.UNKNOWN
        self._tried = asyncio.Event()
        self._tried_at = 0.0
        self._threads: ThreadPoolExecutor | None = None
        self._trying: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Try the resolver and load what the checks need, beside everything else."""
        if self._mode is not Mode.OFF:
            self._try_resolver()

    async def tried(self) -> None:
        """Return when the resolver was tried."""
        await self._tried.wait()

    async def close(self) -> None:
        """Let threads and process end; a look-up under way is not waited for."""
        if self._trying is not None:
            self._trying.cancel()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None
        await self._pool.close()

    async def check(self, raw: bytes, from_domain: str, origin: Origin) -> Authenticity:
        """Return what can be found out within the limit; :data:`UNCHECKED` when nothing is to be."""
        if self._mode is Mode.OFF:
            return UNCHECKED
        if self._state is _State.UNKNOWN:
            if monotonic() - self._tried_at > REST_S:
                self._try_resolver()
            return UNCHECKED
        if self._state is _State.RESTS:
            return unsure(from_domain)
        task = asyncio.create_task(self._check(raw, from_domain, origin))
        done, _ = await asyncio.wait({task}, timeout=self._limit_s)
        if not done:
            task.cancel()
            self._try_resolver()
            return unsure(from_domain)
        error = task.exception()
        if error is not None:
            log.warning("a sender could not be checked", exc_info=error, extra={"event": "check_failed"})
            return unsure(from_domain)
        return task.result()

    async def _check(self, raw: bytes, from_domain: str, origin: Origin) -> Authenticity:
        from minxin.mailbox.authenticity.published import Question, look_up, organization

        signed = signatures_of(raw)
        keys = dict.fromkeys(key_name(one) for one in signed if one.result == NEUTRAL)
        question = Question(from_domain=from_domain, origin=origin, keys=tuple(keys))
        names = await self._resolver()
        published = await self._in_thread(partial(look_up, names, question, monotonic() + self._limit_s))
        checked = await self._signatures(raw, published.keys) if signed else []
        return evaluate(from_domain, published.policy, published.spf, origin.sender_domain, checked, organization)

    async def _signatures(self, raw: bytes, keys: dict[str, str]) -> list[Signature]:
        try:
            return await self._pool.run(check_signatures, raw, keys, limit_s=limit_for(raw))
        except (ParseTimeoutError, ParseFailedError, ParseCrashedError):
            return [Signature(one.domain, one.selector, PERMERROR) for one in signatures_of(raw)]

    async def _resolver(self) -> Names:
        if self._names is None:
            self._names = await self._in_thread(self._open)
        return self._names

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, "sender-checks")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _try_resolver(self) -> None:
        if self._trying is None or self._trying.done():
            self._tried_at = monotonic()
            self._trying = asyncio.create_task(self._try())

    async def _try(self) -> None:
        await self._in_thread(_load)
        names = await self._resolver()
        while not await self._in_thread(names.works):
            if self._state is _State.UNKNOWN:
                self._tried.set()
                return
            self._state = _State.RESTS
            self._tried.set()
            log.warning("the resolver does not answer", extra={"event": "resolver_away"})
            await asyncio.sleep(REST_S)
        self._state = _State.WORKS
        self._tried.set()


def _load() -> None:
    """Load the packages and the list of public suffixes, before the first mail waits for them."""
    from minxin.mailbox.authenticity.published import suffixes

    suffixes()
