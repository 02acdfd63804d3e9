"""Who gets a box, and under which address (开设与地址): one for each verified citizen, staff account and office."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.mailbox.mail.addresses import Domains, number_form, pinyin_forms, with_numbers
from minxin.mailbox.mail.ending import closed
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import Box, BoxKind, BoxState
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

# Whoever was once verified; what is switched off for a while still gets its notices.
_MAY_HAVE: Final = (AccountState.ACTIVE, AccountState.DISABLED)


class BoxKeeping:
    """Opens boxes under their first address, and closes them with their account."""

    def __init__(self, store: MailStore, clock: Clock, domains: Domains) -> None:
        self._store = store
        self._clock = clock
        self._domains = domains

    async def open_task(self, account_id: str) -> Changes:
        """Do the job that whatever makes an account active leaves (``opening.py``)."""
        account = await self._store.get(Account, account_id)
        if account is not None:
            await self.box_of(account)
        return Changes()

    async def box_of(self, account: Account) -> Box | None:
        """Return the account's open box, opened now when there never was one; None for who may have none, or closed it.

        A citizen must be verified: an address that says who somebody is must be true.
        """
        own = await self._own(account.id)
        if own is not None:
            return own if own.state is BoxState.OPEN else None
        if account.state not in _MAY_HAVE:
            return None
        if Role.CITIZEN in account.roles:
            return await self._open(BoxKind.CITIZEN, account.id, _numbers(self._domains.citizen))
        return await self._open(BoxKind.STAFF, account.id, _names(account, self._domains.staff))

    async def box_of_office(self, office_id: str) -> Box:
        """Return the office's shared box, opened now when there is none yet."""
        local = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in office_id.lower()).strip("-")
        addresses = (f"{one}@{self._domains.staff}" for one in with_numbers(local or "office"))
        return await self._own(office_id) or await self._open(BoxKind.OFFICE, office_id, addresses)

    async def open_missing(self, office_ids: Iterable[str]) -> int:
        """Open the boxes that are missing, of offices, staff and verified citizens; return how many.

        May be cut off and run again.
        """
        opened = 0
        for office_id in office_ids:
            if await self._own(office_id) is None:
                await self.box_of_office(office_id)
                opened += 1
        return opened + await self._open_for_accounts()

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what closes the owner's box (注销): nobody reads it any more, and its mail goes next (``ending.py``).

        Its addresses are never given again.
        """
        account = await self._store.get(Account, account_id)
        if account is not None:
            await self.box_of(account)  # a notice may have come before the box was opened
        box = await self._own(account_id)
        return Changes() if box is None else Changes(puts=[closed(box, now, now)])

    async def _own(self, owner_id: str) -> Box | None:
        """Return the owner's box, whatever its state: it has his id."""
        return await self._store.get(Box, owner_id)

    async def _open(self, kind: BoxKind, owner_id: str, addresses: Iterable[str]) -> Box:
        for address in addresses:
            box, changes = open_box(owner_id, kind, owner_id, address, self._clock.now())
            try:
                await self._store.commit(changes)
            except DuplicateError:
                # Another has the address, or somebody opened the very same box in this moment.
                known = await self._own(owner_id)
                if known is not None:
                    return known
                continue
            return replace(box, version=1)
        raise ConflictError

    async def _open_for_accounts(self) -> int:
        opened = 0
        for staff in (True, False):
            more, after = True, None
            while more:
                page = await self._store.without_box(PageRequest(after, MAX_PAGE), staff=staff)
                for account in page.items:
                    opened += await self.box_of(account) is not None
                more, after = page.next is not None, page.next
        return opened


def _numbers(domain: str) -> Iterator[str]:
    while True:
        yield f"{number_form()}@{domain}"


def _names(account: Account, domain: str) -> Iterator[str]:
    """Yield a civil servant's name, then with numbers; who has none that can be written gets a number."""
    for form in pinyin_forms(account.name)[:1]:
        yield from (f"{local}@{domain}" for local in with_numbers(form))
    yield from _numbers(domain)
