"""Boxes of staff who left (移交邮箱): a colleague of the office goes on with them, until they are given back."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.mailbox.accounts import is_staff, need
from minxin.mailbox.forms import check_reason
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.mail.records import Box, BoxKind, BoxState
from minxin.mailbox.records import Account, AccountState


class StaffBox(Struct, frozen=True, kw_only=True):
    """A staff member's box as the administrator sees it; ``box`` is None while there is none.

    ``heir`` is who goes on with it, ``inherited`` the boxes that he goes on with himself, and ``colleagues`` who may.
    """

    account: Account
    box: Box | None
    heir: Account | None
    inherited: tuple[Box, ...]
    colleagues: tuple[Account, ...]


class HandingOver:
    """Hands boxes over and back, for administrators."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def staff_box(self, actor: Actor, account_id: str) -> StaffBox:
        """Return a staff member's box; raises ``NotFoundError`` for others, ``NotAllowedError``."""
        need(actor, Role.ADMINISTRATOR)
        store = self._kit.store
        account = await store.get(Account, account_id)
        if account is None or not is_staff(account):
            raise NotFoundError
        box = await store.get(Box, account_id)
        heir = await store.get(Account, box.heir_id) if box is not None and box.heir_id is not None else None
        return StaffBox(
            account=account,
            box=box,
            heir=heir,
            inherited=tuple(await self._inherited(account_id)),
            colleagues=await self._colleagues(account),
        )

    async def hand_over(self, actor: Actor, account_id: str, heir_id: str, reason: str, origin: str) -> None:
        """Hand the box over to a colleague, who alone reads it from now on; its addresses take nothing new.

        What the account inherited itself goes on to the same heir. Raises ``InvalidInputError`` (``mail.heir`` for who
        is no active colleague of the same office; a reason under 5 characters), ``IllegalMoveError`` when there is
        nothing to hand over.
        """

        async def decide(_: datetime) -> Decided[None]:
            found = await self.staff_box(actor, account_id)
            check_reason(reason)
            if heir_id not in {one.id for one in found.colleagues}:
                raise InvalidInputError("mail.heir", field="heir")
            own = [found.box] if found.box is not None and found.box.state is BoxState.OPEN else []
            if not own and not found.inherited:
                raise IllegalMoveError("mail.box.handed_over")
            given = [replace(box, state=BoxState.HANDED_OVER, heir_id=heir_id) for box in (*own, *found.inherited)]
            return Decided(Changes(puts=[*given]), None)

        await carry_out(self._kit, Attempt(actor, "hand_over_box", f"{account_id}>{heir_id}", origin), decide)

    async def hand_back(self, actor: Actor, account_id: str, reason: str, origin: str) -> None:
        """Give the box back to its owner, who works again; the heir reads it no more.

        Raises ``IllegalMoveError`` for a box that was not handed over, or whose owner is switched off.
        """

        async def decide(_: datetime) -> Decided[None]:
            found = await self.staff_box(actor, account_id)
            check_reason(reason)
            if found.box is None or found.box.state is not BoxState.HANDED_OVER:
                raise IllegalMoveError("mail.box.own")
            if found.account.state is not AccountState.ACTIVE:
                raise IllegalMoveError("mail.box.owner_off")
            return Decided(Changes(puts=[replace(found.box, state=BoxState.OPEN, heir_id=None)]), None)

        await carry_out(self._kit, Attempt(actor, "hand_back_box", account_id, origin), decide)

    async def _inherited(self, account_id: str) -> list[Box]:
        held = await self._kit.store.boxes_of(account_id)
        return [box for box in held if box.kind is BoxKind.STAFF and box.heir_id == account_id]

    async def _colleagues(self, account: Account) -> tuple[Account, ...]:
        """Return who works in the same office besides."""
        found: list[Account] = []
        page = PageRequest(None, MAX_PAGE)
        while account.office_id is not None:
            batch = await self._kit.store.staff(account.office_id, page)
            found += [one for one in batch.items if one.id != account.id and one.state is AccountState.ACTIVE]
            if batch.next is None:
                break
            page = PageRequest(batch.next, MAX_PAGE)
        return tuple(found)
