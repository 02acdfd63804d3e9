"""Proving once more that it is the account holder who asks: the password again, before what lasts (ASVS 7.5.1)."""

from __future__ import annotations

from datetime import datetime

from minxin.core.errors import InvalidInputError, NotLoggedInError
from minxin.mailbox import throttle
from minxin.mailbox.accounts import actor_of, may_log_in
from minxin.mailbox.kit import Kit, Refused
from minxin.mailbox.records import Account, Throttle


async def own_account(kit: Kit, account_id: str) -> Account:
    """Return the account behind a session; raises ``NotLoggedInError`` when it is gone."""
    account = await kit.store.get(Account, account_id)
    if account is None or not may_log_in(account):
        raise NotLoggedInError("login.expired")
    return account


async def proved(kit: Kit, account_id: str, password: str, field: str, now: datetime) -> tuple[Account, Refused | None]:
    """Return the account, and a counted refusal (``password.wrong``) when the password is not its own.

    Raises ``TooManyTriesError`` after too many wrong ones, ``NotLoggedInError`` when the account is gone.
    """
    account = await own_account(kit, account_id)
    tries_id = throttle.throttle_id(kit.vault, "password", account_id)
    failures = await kit.store.get(Throttle, tries_id)
    throttle.check(failures, kit.rules.wrong_per_account, now)
    if await kit.passwords.verify(account.password_hash, password):
        return account, None
    counted = throttle.add(failures, tries_id, kit.rules.wrong_per_account, now)
    return account, Refused(InvalidInputError("password.wrong", field=field), counted, actor_of(account))
