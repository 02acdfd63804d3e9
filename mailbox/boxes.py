"""The house's word to an account holder (站内信): one mail for each occasion, into his own box."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from minxin.core.changes import Changes
from minxin.mailbox.mail.delivery import item_id
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.records import Account, AccountState

# Who was never verified has no box, and who closed his account has none any more.
WITH_BOX: Final = (AccountState.ACTIVE, AccountState.DISABLED)


def deliver(
    house: HouseMail,
    account: Account,
    now: datetime,
    *,
    key: str,
    sender: str,
    subject: str,
    text: str,
    letter_id: str | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> Changes:
    """Put a mail into the account's box; empty changes for who has none.

    ``files`` are name, content type and bytes of what comes with it, made by the house itself.

    ``key`` names the occasion (such as ``"reply:<letter>:<event>"``): the item's id is made of it, so that a second
    delivery of the same is refused by the store as ``DuplicateError``. It may come before the box is opened.
    """
    if account.state not in WITH_BOX:
        return Changes()
    return house.notice(
        account.id, now, key=key, sender=sender, subject=subject, text=text, letter_id=letter_id, files=files
    )


def message_id(account_id: str, key: str) -> str:
    """Return the id of the item about this occasion in this account's box."""
    return item_id(account_id, key)
