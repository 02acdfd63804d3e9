"""Citizens with a box, who live somewhere, for what goes to many."""

from __future__ import annotations

from support.official import sender_for
from support.web import PASSWORD, City

from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.core.places import Area
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FolderRole, MailItem
from minxin.mailbox.records import Account, AccountState


async def reader(
    city: City,
    number: int,
    area: Area | None = None,
    state: AccountState = AccountState.ACTIVE,
    *,
    logs_in: bool = False,
) -> Account:
    """Open a citizen's account, with the number at the end of his phone, and his box."""
    phone = str(13_800_000_000 + number)
    passwords = city.accounts.staffing._kit.passwords
    account = Account(
        id=f"citizen-{number:03d}",
        login=f"citizen{number}",
        state=state,
        name="王小明",
        phone=city.vault.seal(phone, "phone"),
        phone_index=city.vault.index(phone, "phone"),
        password_hash=await passwords.hash(PASSWORD) if logs_in else "",
        created_at=city.clock.now(),
        area=area,
    )
    await city.store.commit(Changes(inserts=[account]))
    await city.services.mailroom.keeping.box_of(account)
    return account


async def inbox(city: City, account: Account) -> list[MailItem]:
    """Return what is in the citizen's inbox."""
    found = await city.store.mail_items(role_folder(account.id, FolderRole.INBOX), PageRequest())
    return found.items


async def send_official(city: City) -> None:
    """Do all the sending of official mail that is due."""
    _, worker = sender_for(city.store, city.vault, city.clock, city.services.official)
    while await worker.run_once():
        pass
