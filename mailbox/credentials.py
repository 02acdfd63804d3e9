"""Passwords and second devices of account holders."""

from __future__ import annotations

from datetime import datetime

from minxin.core.actor import ANONYMOUS
from minxin.core.changes import Changes, Record
from minxin.core.errors import InvalidInputError
from minxin.mailbox import accounts, codes, sessions, totp
from minxin.mailbox.forms import check_new_password
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, carry_out
from minxin.mailbox.loginrecords import masked_network
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.proof import own_account, proved
from minxin.mailbox.sessions import Ticket
from minxin.mailbox.totp import TotpOffer


class Credentials:
    """Changes of password and second device. All sessions of the account end with each change."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def change_password(
        self, account_id: str, old_password: str, new_password: str, origin: str, device: str = ""
    ) -> Ticket:
        """Set a new password, end every session of the account and open a new one.

        Raises ``InvalidInputError("password.wrong", field="old_password")``, ``InvalidFormError`` (``new_password``),
        ``TooManyTriesError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Ticket] | Refused:
            account, problem = await proved(kit, account_id, old_password, "old_password", now)
            if problem:
                return problem
            own_words = (account.login, account.name, kit.vault.open(account.phone, "phone"))
            check_new_password(new_password, kit.rules, own_words)
            changed, changes = accounts.set_password(account, await kit.passwords.hash(new_password), now)
            network = masked_network(origin)
            ticket = sessions.new_ticket(changed, now, kit.rules, device, complete=True, network=network)
            changes += await self._end_sessions(account_id) + Changes(inserts=[ticket.session])
            return Decided(changes, ticket, accounts.actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "change_password", account_id, origin), decide)

    async def reset_password(self, phone: str, code: str, new_password: str, origin: str, *, binding: str = "") -> None:
        """Set a new password with a code sent to the account's phone; every session ends.

        Raises ``InvalidInputError`` (``realname.code.…``; the same for a number without an account),
        ``InvalidFormError`` (``new_password``).
        """
        kit = self._kit
        number = parse_phone(phone)

        async def decide(now: datetime) -> Decided[None] | Refused:
            account = await kit.store.account_by_phone(kit.vault.index(number, "phone"))
            own_words = (account.login, account.name, number) if account else (number,)
            check_new_password(new_password, kit.rules, own_words)
            checked = await codes.check_code(kit, CodePurpose.RESET_PASSWORD, number, binding, code, now)
            if isinstance(checked, Refused):
                return checked
            if account is None or not accounts.may_log_in(account):
                return Refused(InvalidInputError("realname.code.none", field="code"))
            _, changes = accounts.set_password(account, await kit.passwords.hash(new_password), now)
            changes += checked + await self._end_sessions(account.id)
            return Decided(changes, None, accounts.actor_of(account))

        await carry_out(kit, Attempt(ANONYMOUS, "reset_password", "account", origin), decide)

    async def offer_totp(self, account_id: str) -> TotpOffer:
        """Return a new TOTP secret to be scanned; ``offer.sealed`` goes into the form that confirms it.

        Nothing is stored yet. Raises ``NotLoggedInError`` when the account is gone.
        """
        account = await own_account(self._kit, account_id)
        return totp.new_offer(self._kit.vault, account.id, account.login, self._kit.rules.signature)

    async def confirm_totp(self, account_id: str, password: str, sealed: str, code: str, origin: str) -> None:
        """Bind the device whose secret was offered, with the password and the device's present code.

        Raises ``InvalidInputError`` (``password.wrong``, ``realname.code.wrong``), ``TooManyTriesError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[None] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            secret = totp.open_offer(kit.vault, account.id, sealed)
            changes = accounts.bind_totp(kit.vault, account, secret, totp.matching_step(secret, code, now), now)
            return Decided(changes, None, accounts.actor_of(account))

        await carry_out(kit, Attempt(ANONYMOUS, "confirm_totp", account_id, origin), decide)

    async def close(self, account_id: str, password: str, origin: str) -> None:
        """Close a citizen's account at his own wish (注销): who he was is erased, with his box, keys and log-ins.

        What other parts keep of him goes in the same commit (``ports.Traces``); letters stay with the office. Raises
        ``InvalidInputError("password.wrong")``, ``TooManyTriesError``, ``IllegalMoveError`` for staff.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[None] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            changes = accounts.close(kit.vault, account, now) + await self._belongings(account_id)
            for traces in kit.traces:
                changes += await traces.end(account_id, now)
            return Decided(changes, None, accounts.actor_of(account))

        await carry_out(kit, Attempt(ANONYMOUS, "close_account", account_id, origin), decide)

    async def _end_sessions(self, account_id: str) -> Changes:
        return Changes(deletes=list(await self._kit.store.sessions_of(account_id)))

    async def _belongings(self, account_id: str) -> Changes:
        store = self._kit.store
        gone: list[Record] = [*await store.sessions_of(account_id), *await store.api_keys_of(account_id)]
        gone += await store.app_passwords_of(account_id)
        return Changes(deletes=[*gone])
