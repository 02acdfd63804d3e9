"""Application passwords (专用密码): by one a mail program reads and sends a person's mail, and can do nothing else.

The log-in password never goes into a mail program: who steals the program's password has no account, and it ends with a
button. One is 100 random bits, shown once; only its SHA-256 is kept, which nobody can turn back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple

from msgspec.structs import replace

from minxin.core.actor import ANONYMOUS, Actor
from minxin.core.changes import AuditEntry, Changes, Event
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidFormError, InvalidInputError, MinxinError, NotFoundError
from minxin.mailbox import throttle
from minxin.mailbox.accounts import actor_of, may_log_in, stream_of
from minxin.mailbox.finding import identifier_index
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, Turns, carry_out
from minxin.mailbox.loginnotes import note_wrong
from minxin.mailbox.loginrecords import Door, came_in
from minxin.mailbox.mail.records import Box, BoxAddress
from minxin.mailbox.proof import proved
from minxin.mailbox.records import Account, AppPassword, Scope, Throttle

SIGNS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another
LENGTH: Final = 20
GROUP: Final = 5
NAME_MAX: Final = 60
LIVING_MAX: Final = 20
LONGEST: Final = 100
_SHOWN: Final = 12


class NewAppPassword(NamedTuple):
    """A new password with its record: the only moment at which the password exists here."""

    password: str
    record: AppPassword


def password_id(password: str) -> str:
    """Return the id under which the password is kept; blanks and hyphens, which only help the eye, do not count."""
    plain = password.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def is_alive(record: AppPassword) -> bool:
    """Say whether the password still opens anything."""
    return record.revoked_at is None


def check_form(name: str, scopes: Collection[Scope]) -> None:
    """Raise ``InvalidFormError`` for a name of another length than 1 to 60, or no scope."""
    errors = []
    if not 0 < len(name.strip()) <= NAME_MAX:
        errors.append(InvalidInputError("app_password.name", field="name", most=NAME_MAX))
    if not scopes:
        errors.append(InvalidInputError("app_password.scopes", field="scopes"))
    if errors:
        raise InvalidFormError(errors)


def make(account: Account, name: str, scopes: Collection[Scope], now: datetime) -> NewAppPassword:
    """Make a password for what was checked (``check_form``)."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    password = "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))
    record = AppPassword(
        id=password_id(password),
        account_id=account.id,
        name=name.strip(),
        scopes=tuple(sorted(set(scopes))),
        created_at=now,
    )
    return NewAppPassword(password, record)


class KnownProgram(NamedTuple):
    """Whose program it is, and the password that it came with."""

    account: Account
    record: AppPassword


class AppPasswords:
    """The application passwords of accounts, for the doors that programs come through."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._turns = Turns()

    async def passwords_of(self, account_id: str) -> list[AppPassword]:
        """Return the account's own passwords, newest first."""
        return await self._kit.store.app_passwords_of(account_id)

    async def create(
        self, account_id: str, *, name: str, scopes: Collection[Scope], password: str, origin: str
    ) -> NewAppPassword:
        """Make a password for the holder's program; ``password`` is that of the account, asked once more.

        Raises ``InvalidInputError`` (``password.wrong``, ``app_password.too_many``), ``InvalidFormError``,
        ``TooManyTriesError``, ``NotLoggedInError``.
        """
        kit = self._kit
        check_form(name, scopes)

        async def decide(now: datetime) -> Decided[NewAppPassword] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            new = make(account, name, scopes, now)
            living = [one for one in await kit.store.app_passwords_of(account_id) if is_alive(one)]
            if len(living) >= LIVING_MAX:
                raise InvalidInputError("app_password.too_many", field="name", most=LIVING_MAX)
            event = _event(new.record, "app_password_created", account, now)
            return Decided(Changes(inserts=[new.record], events=[event]), new, actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "create_app_password", account_id, origin), decide)

    async def revoke(self, actor: Actor, record_id: str, *, origin: str) -> None:
        """End one of the actor's passwords for good; nothing happens when it has ended. Raises ``NotFoundError``."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None]:
            record = await kit.store.get(AppPassword, record_id)
            account = await kit.store.get(Account, record.account_id) if record else None
            if record is None or account is None or account.id != actor.id:
                raise NotFoundError
            if record.revoked_at is not None:
                return Decided(Changes(), None)
            event = _event(record, "app_password_revoked", account, now)
            return Decided(Changes(puts=[replace(record, revoked_at=now)], events=[event]), None)

        await carry_out(kit, Attempt(actor, "revoke_app_password", record_id[:_SHOWN], origin), decide)

    async def authenticate(self, name: str, password: str, scope: Scope, origin: str) -> KnownProgram:
        """Return the account of this log-in name or box address, when the password is a living one of it for the scope.

        Raises ``InvalidInputError("login.wrong")`` for everything else alike, ``TooManyTriesError`` after as many
        wrong ones as a log-in page bears (``logins.py``), counted apart from it: a program that tries an old password
        all day long keeps nobody from the pages. A right one costs reads and, once a day, a write of the day.
        """
        kit, now = self._kit, self._kit.clock.now()
        network = throttle.network_of(origin)
        subject = identifier_index(kit.vault, name[:LONGEST])
        own = throttle.throttle_id(kit.vault, "program", subject, network)
        shared = throttle.throttle_id(kit.vault, "program-network", network)

        async def refuse(now: datetime) -> Decided[KnownProgram] | Refused:
            failures = await self._failures(own, shared, now)
            counted = throttle.add(failures.get(own), own, kit.rules.wrong_per_account, now)
            counted += throttle.add(failures.get(shared), shared, kit.rules.wrong_per_network, now)
            account = await self._called(name[:LONGEST].strip().lower())
            if account is not None and may_log_in(account):
                counted += await note_wrong(kit, account, Door(scope.value), "", origin, now)
            return Refused(InvalidInputError("login.wrong", field="password"), counted)

        await self._failures(own, shared, now)
        found = await self._find(name[:LONGEST], password[:LONGEST], scope)
        if found is None:
            async with self._turns.of(shared):  # many guesses at once would else only meet in conflicts
                return await carry_out(kit, Attempt(ANONYMOUS, f"program_{scope}", "", origin), refuse)
        await self._note_use(found, scope, origin, now)
        return found

    async def still_open(self, known: KnownProgram) -> bool:
        """Say whether the program may go on: its password was not ended, and the account may log in."""
        record = await self._kit.store.get(AppPassword, known.record.id)
        account = await self._kit.store.get(Account, known.account.id)
        return record is not None and is_alive(record) and account is not None and may_log_in(account)

    async def _failures(self, own: str, shared: str, now: datetime) -> dict[str, Throttle]:
        failures = await self._kit.store.get_all(Throttle, [own, shared])
        throttle.check(failures.get(own), self._kit.rules.wrong_per_account, now)
        throttle.check(failures.get(shared), self._kit.rules.wrong_per_network, now)
        return failures

    async def _find(self, name: str, password: str, scope: Scope) -> KnownProgram | None:
        store = self._kit.store
        record = await store.get(AppPassword, password_id(password))
        if record is None or not is_alive(record) or scope not in record.scopes:
            return None
        account = await store.get(Account, record.account_id)
        if account is None or not may_log_in(account) or not await self._is_called(account, name.strip().lower()):
            return None
        return KnownProgram(account, record)

    async def _called(self, name: str) -> Account | None:
        """Return the account with this log-in name or box address."""
        address = await self._kit.store.get(BoxAddress, name) if "@" in name else None
        box = await self._kit.store.get(Box, address.box_id) if address else None
        if box is not None:
            return await self._kit.store.get(Account, box.owner_id)
        return await self._kit.store.account_by_login(name)

    async def _is_called(self, account: Account, name: str) -> bool:
        if name == account.login:
            return True
        address = await self._kit.store.get(BoxAddress, name)
        box = await self._kit.store.get(Box, address.box_id) if address else None
        return box is not None and account.id in (box.owner_id, box.heir_id)

    async def _note_use(self, known: KnownProgram, scope: Scope, origin: str, now: datetime) -> None:
        account, record = known
        today = now.astimezone(SHANGHAI).date()
        if record.used_on == today:
            return
        actor = actor_of(account)
        entry = AuditEntry(now, actor.id, f"program_{scope}", record.id[:_SHOWN], "ok", actor.office_id, origin)
        # A note for people, no proof: when it can't be written, the program goes on.
        with suppress(MinxinError):
            note = came_in(account.id, Door(scope.value), record.name, origin, now)
            await self._kit.store.commit(Changes(puts=[replace(record, used_on=today)], audit=[entry]) + note)


def _event(record: AppPassword, kind: str, account: Account, now: datetime) -> Event:
    data = {"password": record.id[:_SHOWN], "scopes": [str(scope) for scope in record.scopes]}
    return Event(stream_of(record.account_id), kind, now, account.id, account.office_id, data)
