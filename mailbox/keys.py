"""Application keys (应用密钥): by one a program acts as an account, with its roles and never more.

A key is 256 random bits behind ``mk_``; it is shown once and only its SHA-256 is kept, so no throttle is needed against
guessing and nobody who reads the store can use it.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes, Event
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidFormError, InvalidInputError, MinxinError, NotFoundError, NotLoggedInError
from minxin.mailbox.accounts import is_staff, may_log_in, stream_of
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, carry_out
from minxin.mailbox.proof import proved
from minxin.mailbox.records import Account, ApiKey

PREFIX: Final = "mk_"
KEY_BYTES: Final = 32
LONGEST: Final = 64
NAME_MAX: Final = 60
LIVING_MAX: Final = 20
LIVES: Final = (30, 90, 365)  # days
_SHOWN: Final = 12


class NewKey(NamedTuple):
    """A new key with its record: the only moment at which the key exists here."""

    key: str
    record: ApiKey


class KnownKey(NamedTuple):
    """A living key and whose it is."""

    record: ApiKey
    account: Account


def key_id(key: str) -> str:
    """Return the id under which the key is kept: the SHA-256 (hex)."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_alive(record: ApiKey, now: datetime) -> bool:
    """Say whether the key still opens anything."""
    return record.revoked_at is None and now < record.expires_at


def may_keep(actor: Actor, account: Account) -> bool:
    """Say whether the actor may make and end the account's keys: his own, and administrators those of staff."""
    return actor.id == account.id or (is_staff(account) and actor.is_a(Role.ADMINISTRATOR))


def make(actor: Actor, account: Account, name: str, writes: bool, days: int, now: datetime) -> NewKey:
    """Make a key; raises ``InvalidFormError`` for a name of another length than 1 to 60 or a life not of ``LIVES``."""
    errors = []
    if not 0 < len(name.strip()) <= NAME_MAX:
        errors.append(InvalidInputError("api_key.name", field="name", most=NAME_MAX))
    if days not in LIVES:
        errors.append(InvalidInputError("api_key.days", field="days"))
    if errors:
        raise InvalidFormError(errors)
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    record = ApiKey(
        id=key_id(key),
        account_id=account.id,
        name=name.strip(),
        writes=writes,
        created_at=now,
        created_by=actor.id,
        expires_at=now + timedelta(days=days),
    )
    return NewKey(key, record)


class Keys:
    """The keys of accounts. Making and ending one is written into the account's events and the audit log."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def keys_of(self, actor: Actor, account_id: str) -> list[ApiKey]:
        """Return the account's keys, newest first; raises ``NotFoundError`` when they are not the actor's to see."""
        await self._access(actor, account_id)
        return await self._kit.store.api_keys_of(account_id)

    async def create(
        self, actor: Actor, account_id: str, *, name: str, writes: bool, days: int, password: str, origin: str
    ) -> NewKey:
        """Make a key for the account; ``password`` is the actor's own, asked once more.

        Raises ``InvalidInputError`` (``password.wrong``, ``api_key.too_many``), ``InvalidFormError``,
        ``TooManyTriesError``, ``NotFoundError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[NewKey] | Refused:
            account = await self._access(actor, account_id)
            new = make(actor, account, name, writes, days, now)
            living = [one for one in await kit.store.api_keys_of(account_id) if is_alive(one, now)]
            if len(living) >= LIVING_MAX:
                raise InvalidInputError("api_key.too_many", field="name", most=LIVING_MAX)
            _, problem = await proved(kit, actor.id, password, "password", now)
            if problem:
                return problem
            event = _event(new.record, "key_created", actor, now)
            return Decided(Changes(inserts=[new.record], events=[event]), new)

        return await carry_out(kit, Attempt(actor, "create_key", account_id, origin), decide)

    async def revoke(self, actor: Actor, key_record_id: str, *, origin: str) -> None:
        """End a key for good; nothing happens when it has ended already. Raises ``NotFoundError``."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None]:
            record = await kit.store.get(ApiKey, key_record_id)
            if record is None:
                raise NotFoundError
            await self._access(actor, record.account_id)
            if record.revoked_at is not None:
                return Decided(Changes(), None)
            event = _event(record, "key_revoked", actor, now)
            return Decided(Changes(puts=[replace(record, revoked_at=now)], events=[event]), None)

        await carry_out(kit, Attempt(actor, "revoke_key", key_record_id[:_SHOWN], origin), decide)

    async def authenticate(self, key: str) -> KnownKey:
        """Return the living key and its account; raises ``NotLoggedInError`` ``api_key.unknown`` for every other.

        Two reads and, at most once a day, a write that notes the day of use.
        """
        if not key.startswith(PREFIX) or len(key) > LONGEST or not key.isascii():
            raise NotLoggedInError("api_key.unknown")
        now = self._kit.clock.now()
        record = await self._kit.store.get(ApiKey, key_id(key))
        if record is None or not is_alive(record, now):
            raise NotLoggedInError("api_key.unknown")
        account = await self._kit.store.get(Account, record.account_id)
        if account is None or not may_log_in(account):
            raise NotLoggedInError("api_key.unknown")
        await self._note_use(record, now)
        return KnownKey(record, account)

    async def _note_use(self, record: ApiKey, now: datetime) -> None:
        today = now.astimezone(SHANGHAI).date()
        if record.used_on != today:
            # A note for people, no proof: when it can't be written, the request goes on.
            with suppress(MinxinError):
                await self._kit.store.commit(Changes(puts=[replace(record, used_on=today)]))

    async def _access(self, actor: Actor, account_id: str) -> Account:
        account = await self._kit.store.get(Account, account_id)
        if account is None or not may_log_in(account) or not may_keep(actor, account):
            raise NotFoundError
        return account


def _event(record: ApiKey, kind: str, actor: Actor, now: datetime) -> Event:
    data = {"key": record.id[:_SHOWN], "writes": record.writes}
    return Event(stream_of(record.account_id), kind, now, actor.id, actor.office_id, data)
