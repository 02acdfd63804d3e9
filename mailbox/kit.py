"""Read, decide, commit: the shell that every account service shares."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, MinxinError, TooManyTriesError
from minxin.core.privacy import Vault
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.ports import IdentityVerifier, MailStore, Traces
from minxin.mailbox.rules import AccountRules

T = TypeVar("T")
COMMIT_TRIES = 8


@dataclass(frozen=True)
class Kit:
    """What the account services work with; ``traces`` are those that other parts keep of account holders."""

    store: MailStore
    vault: Vault
    clock: Clock
    passwords: Passwords
    rules: AccountRules
    verifier: IdentityVerifier | None = None
    traces: tuple[Traces, ...] = ()


class Turns:
    """One at a time for each key: what many do at once to one counter would else only meet in conflicts."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the key's lock, to be held with ``async with``."""
        return self._locks.setdefault(key, asyncio.Lock())


@dataclass(frozen=True)
class Attempt:
    """Who tries what, on what, and from where: the head of the audit entry."""

    actor: Actor
    action: str
    target: str
    origin: str


@dataclass(frozen=True)
class Decided(Generic[T]):
    """A decision to be written. ``by`` is the actor when he was only found on the way (a log-in)."""

    changes: Changes
    value: T
    by: Actor | None = None


@dataclass(frozen=True)
class Refused:
    """A refusal that is written all the same (a failure to count), and then raised."""

    error: MinxinError
    changes: Changes = field(default_factory=Changes)
    by: Actor | None = None


async def carry_out(kit: Kit, attempt: Attempt, decide: Callable[[datetime], Awaitable[Decided[T] | Refused]]) -> T:
    """Decide and commit with an audit entry, again from the reading on when a record moved in between.

    Refusals are audited too, with their reason as the result. The commit is shielded: a client who leaves can't tear
    it. Raises what ``decide`` refuses with, ``ConflictError`` when the record moved at every try.
    """
    for _ in range(COMMIT_TRIES):
        now = kit.clock.now()
        outcome = await _decide(decide, now)
        changes = outcome.changes + Changes(audit=[_entry(attempt, outcome, now)])
        try:
            await asyncio.shield(kit.store.commit(changes))
        except ConflictError:
            continue
        if isinstance(outcome, Refused):
            raise outcome.error
        return outcome.value
    raise ConflictError


async def _decide(decide: Callable[[datetime], Awaitable[Decided[T] | Refused]], now: datetime) -> Decided[T] | Refused:
    try:
        return await decide(now)
    except MinxinError as error:
        if error.temporary and not isinstance(error, TooManyTriesError):
            raise
        return Refused(error)


def _entry(attempt: Attempt, outcome: Decided[T] | Refused, now: datetime) -> AuditEntry:
    actor = outcome.by or attempt.actor
    return AuditEntry(
        at=now,
        actor=actor.id,
        action=attempt.action,
        target=attempt.target or actor.id,
        result=outcome.error.reason if isinstance(outcome, Refused) else "ok",
        office_id=actor.office_id,
        origin=attempt.origin,
    )
