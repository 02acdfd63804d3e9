"""Logging in and out, and who is logged in."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from minxin.core.actor import ANONYMOUS
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError, InvalidInputError, NotLoggedInError, TooManyTriesError
from minxin.mailbox import codes, sessions, throttle, totp
from minxin.mailbox.accounts import actor_of, is_staff, may_log_in
from minxin.mailbox.finding import find_by_identifier, identifier_index
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, Turns, carry_out
from minxin.mailbox.loginnotes import note_right, note_wrong
from minxin.mailbox.loginrecords import Door, masked_network
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import Account, Throttle
from minxin.mailbox.sessions import LoggedIn, Ticket

TOUCH_EVERY = timedelta(minutes=1)


class _Counters(NamedTuple):
    """The throttles of one log-in: the account's from this network, and the network's."""

    own: str
    network: str


class _Failures(NamedTuple):
    """What is written when this log-in fails, and when it does not."""

    one_more: Changes
    forgiven: Changes


class _Guess(NamedTuple):
    """Whose password was guessed: with the hash that it fits, and that hash at today's costs, when it is right."""

    account_id: str = ""
    password_hash: str = ""
    rehashed: str = ""

    def fits(self, account: Account) -> bool:
        return self.password_hash != "" and self.password_hash == account.password_hash


class LogIns:
    """Log-ins and sessions."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._turns = Turns()

    async def log_in(self, identifier: str, password: str, origin: str, device: str = "") -> Ticket:
        """Open a session for a log-in name or phone number with its password.

        ``ticket.session.complete`` is False for staff until ``second_factor``; the code is on its way by SMS when the
        account has no TOTP device. Raises ``InvalidInputError("login.wrong")`` for an unknown name, a wrong password
        and a disabled account alike, after the same work; ``TooManyTriesError`` after 10 wrong ones for this account
        from this network, or 100 from this network, in 15 minutes: who comes from elsewhere still gets in.
        """
        kit = self._kit
        network = throttle.network_of(origin)
        named = await find_by_identifier(kit, identifier)
        subject = named.id if named else identifier_index(kit.vault, identifier)
        counters = _Counters(
            throttle.throttle_id(kit.vault, "login", subject, network),
            throttle.throttle_id(kit.vault, "network", network),
        )

        async def decide(now: datetime) -> Decided[Ticket] | Refused:
            failures = await self._failures(counters, now)
            account = await kit.store.get(Account, guess.account_id)
            if account is None or not guess.fits(account) or not may_log_in(account):
                return await self._refuse(account, failures.one_more, device, origin, now)
            ticket, changes = await self._admit(account, guess.rehashed, device, origin, now)
            return Decided(changes + failures.forgiven, ticket, actor_of(account))

        # One at a time for each account and network, or a hundred guesses at once would all find the throttle open.
        async with self._turns.of(counters.own):
            guess = await self._guess(named, password, counters)
            async with self._turns.of(counters.network):
                return await carry_out(kit, Attempt(ANONYMOUS, "log_in", "", origin), decide)

    async def second_factor(self, token: str, code: str, origin: str) -> Ticket:
        """Complete the session with the code of the SMS or of the TOTP device; the token is a new one.

        Raises ``NotLoggedInError`` when the session is gone, ``InvalidInputError`` (``realname.code.…``),
        ``TooManyTriesError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Ticket] | Refused:
            found = await self._load(token, now)
            if found is None or found.session.complete:
                raise NotLoggedInError("login.expired")
            account = found.account
            factor_id = throttle.throttle_id(kit.vault, "factor", account.id)
            failures = await kit.store.get(Throttle, factor_id)
            throttle.check(failures, kit.rules.wrong_second_factors, now)
            checked = await self._check_factor(found, code, now)
            if isinstance(checked, Refused):
                counted = throttle.add(failures, factor_id, kit.rules.wrong_second_factors, now)
                counted += await note_wrong(kit, account, Door.WEB, found.session.device, origin, now)
                return Refused(checked.error, checked.changes + counted, actor_of(account))
            device, network = found.session.device, masked_network(origin)
            ticket = sessions.new_ticket(account, now, kit.rules, device, complete=True, network=network)
            changes = checked + Changes(deletes=[found.session], inserts=[ticket.session])
            changes += await note_right(kit, account, device, origin, now)
            return Decided(changes, ticket, actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "second_factor", "", origin), decide)

    async def resend_second_factor(self, token: str, origin: str) -> None:
        """Send the SMS code of an incomplete session again; raises ``NotLoggedInError``, ``TooManyTriesError``."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None] | Refused:
            found = await self._load(token, now)
            if found is None or found.session.complete:
                raise NotLoggedInError("login.expired")
            changes = await self._send_second_factor(found.account, found.session.id, now)
            return Decided(changes, None, actor_of(found.account))

        await carry_out(kit, Attempt(ANONYMOUS, "second_factor_code", "", origin), decide)

    async def session(self, token: str) -> LoggedIn | None:
        """Return ``(session, account)`` of a complete, living session, or None.

        One read and, at most once a minute, a write that moves the idle limit.
        """
        found = await self._load(token, self._kit.clock.now())
        if found is None or not found.session.complete:
            return None
        return await self._touch(found)

    async def living(self, token: str) -> LoggedIn | None:
        """Return a complete, living session without moving its idle limit: nobody did anything just now."""
        found = await self._load(token, self._kit.clock.now())
        return found if found is not None and found.session.complete else None

    async def pending(self, token: str) -> LoggedIn | None:
        """Return a session that still waits for its second factor, or None."""
        found = await self._load(token, self._kit.clock.now())
        return found if found is not None and not found.session.complete else None

    async def log_out(self, token: str, origin: str) -> None:
        """End the session; nothing happens when it is gone already."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None]:
            found = await self._load(token, now)
            if found is None:
                return Decided(Changes(), None)
            return Decided(Changes(deletes=[found.session]), None, actor_of(found.account))

        await carry_out(kit, Attempt(ANONYMOUS, "log_out", "", origin), decide)

    async def _failures(self, counters: _Counters, now: datetime) -> _Failures:
        """Read what failed before; raises ``TooManyTriesError`` when it is too much."""
        store, rules = self._kit.store, self._kit.rules
        own = await store.get(Throttle, counters.own)
        from_network = await store.get(Throttle, counters.network)
        throttle.check(own, rules.wrong_per_account, now)
        throttle.check(from_network, rules.wrong_per_network, now)
        one_more = throttle.add(own, counters.own, rules.wrong_per_account, now)
        one_more += throttle.add(from_network, counters.network, rules.wrong_per_network, now)
        return _Failures(one_more, Changes(deletes=[own] if own else []))

    async def _guess(self, named: Account | None, password: str, counters: _Counters) -> _Guess:
        """Hash what was typed, before the decision and once only; not at all when the throttle is closed."""
        passwords = self._kit.passwords
        try:
            await self._failures(counters, self._kit.clock.now())
        except TooManyTriesError:
            return _Guess()
        kept = named.password_hash if named else ""
        if not await passwords.verify(kept, password) or named is None:
            return _Guess(named.id if named else "")
        rehashed = await passwords.hash(password) if passwords.needs_rehash(kept) else kept
        return _Guess(named.id, kept, rehashed)

    async def _load(self, token: str, now: datetime) -> LoggedIn | None:
        found = await self._kit.store.logged_in(sessions.session_id(token))
        if found is None:
            return None
        session, account = found
        if not may_log_in(account) or not sessions.is_alive(session, account, now, self._kit.rules):
            return None
        return LoggedIn(session, account)

    async def _touch(self, found: LoggedIn) -> LoggedIn:
        now = self._kit.clock.now()
        if now - found.session.seen_at >= TOUCH_EVERY:
            # A conflict is another request of the same person, which touched it or logged out: both are well.
            with suppress(ConflictError):
                await self._kit.store.commit(Changes(puts=[sessions.touched(found.session, now)]))
        return found

    async def _refuse(
        self, account: Account | None, counted: Changes, device: str, origin: str, now: datetime
    ) -> Refused:
        """Refuse a log-in; the holder of an account that may be logged in to will see that somebody tried."""
        if account is not None and may_log_in(account):
            counted += await note_wrong(self._kit, account, Door.WEB, device, origin, now)
        by = actor_of(account) if account else None
        return Refused(InvalidInputError("login.wrong", field="password"), counted, by)

    async def _admit(
        self, account: Account, rehashed: str, device: str, origin: str, now: datetime
    ) -> tuple[Ticket, Changes]:
        needs_code = self._kit.rules.staff_second_factor and is_staff(account)
        network = masked_network(origin)
        ticket = sessions.new_ticket(account, now, self._kit.rules, device, complete=not needs_code, network=network)
        changes = Changes(inserts=[ticket.session])
        if not needs_code:
            changes += await note_right(self._kit, account, ticket.session.device, origin, now)
        if rehashed != account.password_hash:
            changes.puts.append(replace(account, password_hash=rehashed))
        if needs_code and account.totp_secret is None:
            changes += await self._send_second_factor(account, ticket.session.id, now)
        return ticket, changes

    async def _send_second_factor(self, account: Account, session_id: str, now: datetime) -> Changes:
        kit = self._kit
        phone = kit.vault.open(account.phone, "phone")
        return await codes.send_code(kit, CodePurpose.SECOND_FACTOR, phone, session_id, account.language, now)

    async def _check_factor(self, found: LoggedIn, code: str, now: datetime) -> Changes | Refused:
        kit, account = self._kit, found.account
        if account.totp_secret is None:
            phone = kit.vault.open(account.phone, "phone")
            return await codes.check_code(kit, CodePurpose.SECOND_FACTOR, phone, found.session.id, code, now)
        secret = kit.vault.open(account.totp_secret, "totp")
        try:
            step = totp.matching_step(secret, code, now, account.totp_step)
        except InvalidInputError as error:
            return Refused(error)
        return Changes(puts=[replace(account, totp_step=step)])
