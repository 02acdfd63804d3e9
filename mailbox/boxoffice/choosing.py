"""Choosing the address of a box (选择地址): forms of its owner's name, none of them ever given to anybody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.companies.records import Company
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.mail.addresses import check_local, company_forms, pinyin_forms, with_numbers
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState
from minxin.mailbox.records import Account

MOST_ALIASES: Final = 3
CHANGE_EVERY: Final = timedelta(days=30)
OFFERED: Final = 6


class Offer(Struct, frozen=True):
    """An address that fits the owner's name; ``taken`` when somebody has it, or had it once."""

    address: str
    taken: bool = False


class Choice(Struct, frozen=True, kw_only=True):
    """What the owner may choose from. ``own`` are the addresses that the box has, the shown one first.

    ``left`` is how many more it may get, and ``not_before`` when the next one may be chosen, None when now.
    """

    box: Box
    own: tuple[str, ...]
    offers: tuple[Offer, ...]
    left: int
    not_before: datetime | None


class AddressChoosing:
    """Addresses of one's own box, or of the company that one acts for."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def choice(self, actor: Actor, box_id: str) -> Choice:
        """Return what may be chosen; raises ``NotFoundError`` for a box that is not the actor's own."""
        box, name = await self._own(actor, box_id)
        now = self._kit.clock.now()
        not_before = change_from(box)
        return Choice(
            box=box,
            own=(box.address, *box.aliases),
            offers=await self._offers(box, name),
            left=MOST_ALIASES - len(box.aliases),
            not_before=not_before if not_before is not None and not_before > now else None,
        )

    async def choose(self, actor: Actor, box_id: str, address: str, origin: str) -> Box:
        """Make an offered address, or one that the box has, the shown one that is written from; the others stay.

        Among one's own addresses one changes at will, a new one is taken once in :data:`CHANGE_EVERY`. Raises
        ``InvalidInputError`` (``mail.address.taken``, ``.too_many``, ``.too_soon``), ``NotFoundError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Box]:
            box, name = await self._own(actor, box_id)
            local, _, domain = address.rpartition("@")
            wished = f"{check_local(local)}@{domain.strip().lower()}"
            free = {one.address for one in await self._offers(box, name) if not one.taken}
            changed, changes = choose(box, wished, free, now)
            return Decided(changes, changed)

        return await carry_out(kit, Attempt(actor, "choose_address", box_id, origin), decide)

    async def _own(self, actor: Actor, box_id: str) -> tuple[Box, str]:
        """Return the box with the name that its addresses are made of."""
        store = self._kit.store
        box = await store.get(Box, box_id)
        if box is None or box.state is not BoxState.OPEN or not actor.roles:
            raise NotFoundError
        if box.kind is BoxKind.COMPANY:
            company = await store.get(Company, box.owner_id)
            if company is not None and company.authorised_id == actor.id:
                return box, company.name
        elif box.owner_id == actor.id:
            account = await store.get(Account, actor.id)
            if account is not None:
                return box, account.name
        raise NotFoundError

    async def _offers(self, box: Box, name: str) -> tuple[Offer, ...]:
        domain = box.address.rpartition("@")[2]
        own = {box.address, *box.aliases}
        offers: dict[str, Offer] = {}
        for form in company_forms(name) if box.kind is BoxKind.COMPANY else pinyin_forms(name):
            for local in with_numbers(form):
                address = f"{local}@{domain}"
                taken = await self._kit.store.get(BoxAddress, address) is not None
                if address not in own and (not taken or local == form):
                    offers[address] = Offer(address, taken)
                if not taken:
                    break
        return tuple(sorted(offers.values(), key=lambda one: one.taken)[:OFFERED])


def change_from(box: Box) -> datetime | None:
    """Return from when on the box may get a new address, None when it never chose one."""
    return box.chosen_at + CHANGE_EVERY if box.chosen_at is not None else None


def choose(box: Box, wished: str, free: set[str], now: datetime) -> tuple[Box, Changes]:
    """Make the address the box's shown one; raises ``InvalidInputError``."""
    own = {box.address, *box.aliases}
    changed = replace(box, address=wished, aliases=tuple(sorted(own - {wished})))
    if wished in own:
        return changed, Changes(puts=[changed])
    if wished not in free:
        raise InvalidInputError("mail.address.taken", field="address")
    if len(box.aliases) >= MOST_ALIASES:
        raise InvalidInputError("mail.address.too_many", field="address", limit=MOST_ALIASES)
    not_before = change_from(box)
    if not_before is not None and now < not_before:
        day = f"{not_before.astimezone(SHANGHAI):%Y-%m-%d}"
        raise InvalidInputError("mail.address.too_soon", field="address", day=day)
    chosen = replace(changed, chosen_at=now)
    return chosen, Changes(puts=[chosen], inserts=[BoxAddress(id=wished, box_id=box.id)])
