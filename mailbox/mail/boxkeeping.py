"""Who gets a box, and under which address (开设与地址): one for each verified citizen, staff account and office."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError, InvalidInputError, NotFoundError
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box
from minxin.mailbox.mail.addresses import Domains, check_local, number_form, pinyin_forms, with_numbers
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account, AccountState

MOST_ALIASES: Final = 3
OFFERED: Final = 6
TRIES: Final = 8
# Whoever was once verified; what is switched off for a while still gets its notices.
_MAY_HAVE: Final = (AccountState.ACTIVE, AccountState.DISABLED)


class BoxKeeping:
    """Opens boxes, gives addresses, hands over and closes."""

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
        """Return the account's box, opened now when there is none yet; None for who may have none.

        A citizen must be verified: an address that says who somebody is must be true.
        """
        own = await self._own(account.id)
        if own is not None or account.state not in _MAY_HAVE:
            return own
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

    async def forms(self, actor: Actor, box_id: str, name: str) -> list[str]:
        """Return addresses that a person of this name may choose for his box, none of them taken."""
        box = await access_box(self._store, actor, box_id)
        domain = box.address.partition("@")[2]
        free: list[str] = []
        for form in pinyin_forms(name):
            for local in with_numbers(form):
                if await self._store.get(BoxAddress, f"{local}@{domain}") is None:
                    free.append(f"{local}@{domain}")
                    break
        return free[:OFFERED]

    async def choose(self, actor: Actor, box_id: str, name: str, address: str) -> Box:
        """Make an address of the offered :meth:`forms`, or one that the box has, the shown one; the others stay.

        Raises ``InvalidInputError`` for another address, or after :data:`MOST_ALIASES`.
        """
        for _ in range(TRIES):
            box = await access_box(self._store, actor, box_id)
            local, _, domain = address.rpartition("@")
            wished = f"{check_local(local)}@{domain.strip().lower()}"
            own = {box.address, *box.aliases}
            if wished not in own and wished not in await self.forms(actor, box_id, name):
                raise InvalidInputError("mail.address.taken", field="address")
            if wished not in own and len(box.aliases) >= MOST_ALIASES:
                raise InvalidInputError("mail.address.too_many", field="address", limit=MOST_ALIASES)
            changed = replace(box, address=wished, aliases=tuple(sorted(own - {wished})))
            new = [] if wished in own else [BoxAddress(id=wished, box_id=box.id)]
            try:
                await self._store.commit(Changes(puts=[changed], inserts=[*new]))
            except ConflictError:
                continue
            return changed
        raise ConflictError

    async def hand_over(self, actor: Actor, box_id: str, heir_id: str) -> None:
        """Hand the box of somebody who left over to a colleague, who reads it; its addresses take nothing new.

        Raises ``NotFoundError`` unless it is a box of staff, and the heir somebody else of staff.
        """
        box = await self._store.get(Box, box_id)
        heir = await self._store.get(Account, heir_id)
        fits = heir is not None and Role.CITIZEN not in heir.roles and heir.state is AccountState.ACTIVE
        if box is None or box.kind is not BoxKind.STAFF or not actor.is_a(Role.ADMINISTRATOR):
            raise NotFoundError
        if not fits or heir_id == box.owner_id:
            raise InvalidInputError("mail.heir", field="heir")
        await self._store.commit(Changes(puts=[replace(box, state=BoxState.HANDED_OVER, heir_id=heir_id)]))

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what closes the owner's box and deletes what is in it (注销); its addresses are never given again."""
        account = await self._store.get(Account, account_id)
        if account is not None:
            await self.box_of(account)  # a notice may have come before the box was opened
        changes = Changes()
        for box in await self._store.boxes_of(account_id):
            if box.owner_id != account_id:
                continue
            changes += Changes(puts=[replace(box, state=BoxState.CLOSED)])
            async for _, item in self._store.all_mail(box.id):
                changes += moves.expunge(item, now)
        return changes

    async def _own(self, owner_id: str) -> Box | None:
        found = await self._store.boxes_of(owner_id)
        return next((box for box in found if box.owner_id == owner_id), None)

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
        async for account in self._accounts():
            if await self._own(account.id) is None and await self.box_of(account) is not None:
                opened += 1
        return opened

    async def _accounts(self) -> AsyncIterator[Account]:
        """Yield every account that may have a box."""
        after: str | None = None
        while True:
            page = await self._store.staff(None, PageRequest(after, MAX_PAGE))
            for account in page.items:
                yield account
            after = page.next
            if after is None:
                break
        while True:
            page = await self._store.accounts_in_state(AccountState.ACTIVE, PageRequest(after, MAX_PAGE))
            for account in page.items:
                yield account
            after = page.next
            if after is None:
                return


def _numbers(domain: str) -> Iterator[str]:
    while True:
        yield f"{number_form()}@{domain}"


def _names(account: Account, domain: str) -> Iterator[str]:
    """Yield a civil servant's name, then with numbers; who has none that can be written gets a number."""
    for form in pinyin_forms(account.name)[:1]:
        yield from (f"{local}@{domain}" for local in with_numbers(form))
    yield from _numbers(domain)
