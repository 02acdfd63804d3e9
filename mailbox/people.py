"""The access door to accounts, what staff see of a citizen, and the logged reveal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import mask_name
from minxin.mailbox import accounts, reveals, throttle
from minxin.mailbox.forms import check_reason
from minxin.mailbox.idnumber import parse_id_number
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, carry_out
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.records import Account, AccountState, Throttle
from minxin.mailbox.reveals import Datum, MaskedPerson, Reveal


class People:
    """Accounts as others see them."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def access_account(self, actor: Actor, account_id: str) -> Account:
        """Return the account when the actor may see it; raises ``NotFoundError`` when he may not or it is not there.

        Everyone sees his own; clerks see citizens', administrators see staff's.
        """
        return await load_account(self._kit, actor, account_id)

    async def actor_of(self, account_id: str) -> Actor:
        """Return the account as an actor; raises ``NotFoundError``. An account that is not active has no roles."""
        account = await self._kit.store.get(Account, account_id)
        if account is None:
            raise NotFoundError
        return accounts.actor_of(account)

    async def applications(self, actor: Actor, state: AccountState, page: PageRequest) -> Page[Account]:
        """Return citizens' accounts in the state, oldest first, for the clerk's page; raises ``NotAllowedError``."""
        accounts.need(actor, Role.CLERK)
        return await self._kit.store.accounts_in_state(state, page)

    async def masked(self, account_id: str) -> MaskedPerson:
        """Return name, phone and ID number as staff see them (王**, 138****1234).

        Whether the asker may see the letter that leads here is the caller's to decide first. Raises ``NotFoundError``.
        """
        account = await self._kit.store.get(Account, account_id)
        if account is None:
            raise NotFoundError
        return reveals.masked(self._kit.vault, account)

    async def masked_names(self, account_ids: Collection[str]) -> dict[str, str]:
        """Return the names as staff see them, by account; one that is not there has none.

        Whether the asker may see the letters that lead here is the caller's to decide first.
        """
        found = await self._kit.store.get_all(Account, account_ids)
        return {account.id: mask_name(account.name) for account in found.values()}

    async def find_citizen(self, actor: Actor, id_number_or_phone: str, origin: str) -> Account:
        """Find the account of a citizen at the counter or on the phone by his full ID or phone number.

        Raises ``InvalidInputError`` when it is neither, ``NotFoundError``, ``NotAllowedError`` for others than clerks.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Account]:
            accounts.need(actor, Role.CLERK)
            account = await self._find(id_number_or_phone)
            if account is None or accounts.is_staff(account):
                raise NotFoundError("realname.citizen.unknown", field="citizen")
            return Decided(Changes(), account)

        return await carry_out(kit, Attempt(actor, "find_citizen", "account", origin), decide)

    async def reveal(
        self,
        actor: Actor,
        account_id: str,
        what: Datum,
        reason: str,
        letter_id: str,
        origin: str,
        *,
        in_hands: bool,
    ) -> str:
        """Return the writer's full name, phone or ID number; the writer sees who looked, when and why.

        ``in_hands`` says whether the letter is in the actor's hands and of this writer: the office decides that first
        (``consult``), and False looks like an account that is not there. Raises ``NotFoundError``,
        ``NotAllowedError`` for roles that never need it, ``InvalidInputError`` for a reason under 5 characters or a
        datum that is not stored, ``TooManyTriesError`` after 20 in an hour.
        """
        kit = self._kit
        count_id = throttle.throttle_id(kit.vault, "reveal", actor.id)

        async def decide(now: datetime) -> Decided[str] | Refused:
            account = await kit.store.get(Account, account_id)
            if account is None or not in_hands:
                raise NotFoundError
            counted = await kit.store.get(Throttle, count_id)
            throttle.check(counted, kit.rules.reveals_per_actor, now)
            request = reveals.Request(actor, what, check_reason(reason), letter_id)
            value, changes = reveals.reveal(kit.vault, account, request, now)
            return Decided(changes + throttle.add(counted, count_id, kit.rules.reveals_per_actor, now), value)

        return await carry_out(kit, Attempt(actor, f"reveal.{what}", account_id, origin), decide)

    async def reveals_of(self, account_id: str) -> list[Reveal]:
        """Return who looked at the account holder's data, newest first, for his own page (谁看过我的信息)."""
        sealed = await self._kit.store.events(accounts.stream_of(account_id))
        return reveals.reveals_of([entry.event for entry in sealed])

    async def _find(self, text: str) -> Account | None:
        kit = self._kit
        try:
            return await kit.store.account_by_phone(kit.vault.index(parse_phone(text), "phone"))
        except InvalidInputError:
            today = kit.clock.now().astimezone(SHANGHAI).date()
            return await kit.store.account_by_id_number(kit.vault.index(parse_id_number(text, today), "id_number"))


async def load_account(kit: Kit, actor: Actor, account_id: str) -> Account:
    """Return the account or raise ``NotFoundError``: the one door to other people's accounts."""
    account = await kit.store.get(Account, account_id)
    if account is None or not accounts.may_access(actor, account):
        raise NotFoundError
    return account


async def load_citizen(kit: Kit, actor: Actor, account_id: str) -> Account:
    """Return a citizen's account for a clerk's work; raises ``NotFoundError``, ``NotAllowedError``."""
    account = await load_account(kit, actor, account_id)
    accounts.need(actor, Role.CLERK)
    return account
