"""Messages of before there were boxes (旧站内信): each becomes a mail in its owner's box, once, and is gone."""

from __future__ import annotations

from typing import Final

from minxin.core.changes import Changes
from minxin.core.errors import ConflictError
from minxin.mailbox.mail.boxkeeping import BoxKeeping
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import OldMessage
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

BATCH: Final = 100


async def take_over_old(store: MailStore, keeping: BoxKeeping, house: HouseMail) -> int:
    """Take over all old messages and return how many; whoever is cut off goes on at the next start.

    Message and mail change places in one commit. Messages of a closed account go; those of who is not verified yet
    wait until he is.
    """
    taken, after = 0, ""
    while batch := await store.old_messages(after, BATCH):
        after = batch[-1].id
        for old in batch:
            changes = await _taken_over(store, keeping, house, old)
            try:
                await store.commit(changes)
            except ConflictError:
                continue  # another process does the same
            taken += changes != Changes()
    return taken


async def _taken_over(store: MailStore, keeping: BoxKeeping, house: HouseMail, old: OldMessage) -> Changes:
    account = await store.get(Account, old.account_id)
    if account is None or account.state is AccountState.CLOSED:
        return Changes(deletes=[old])
    if await keeping.box_of(account) is None:
        return Changes()
    files = [(one.name, one.content_type, await store.blob(one.blob_id) or b"") for one in old.files]
    return Changes(deletes=[old]) + house.taken_over(old, files)
