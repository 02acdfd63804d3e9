"""Finds the account that somebody names when he logs in."""

from __future__ import annotations

from minxin.core.errors import InvalidInputError
from minxin.core.privacy import Vault
from minxin.mailbox.kit import Kit
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.records import Account


async def find_by_identifier(kit: Kit, identifier: str) -> Account | None:
    """Return the account with this phone number or log-in name, or None; both cost one read."""
    phone = _phone(identifier)
    if phone:
        return await kit.store.account_by_phone(kit.vault.index(phone, "phone"))
    return await kit.store.account_by_login(identifier.strip().lower())


def identifier_index(vault: Vault, identifier: str) -> str:
    """Return a blind index of what was typed, the same for all ways to write it."""
    return vault.index(_phone(identifier) or identifier.strip().lower(), "identifier")


def _phone(identifier: str) -> str | None:
    try:
        return parse_phone(identifier)
    except InvalidInputError:
        return None
