"""Staff accounts (单位开户): opened, switched off and on by an administrator."""

from __future__ import annotations

from datetime import datetime

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest
from minxin.mailbox import accounts
from minxin.mailbox.forms import StaffForm, check_reason, check_staff_form
from minxin.mailbox.kit import Attempt, Decided, Kit, carry_out
from minxin.mailbox.people import load_account
from minxin.mailbox.records import Account


class Staffing:
    """Accounts of staff."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def generation(self) -> int:
        """Return a number that grows with whatever this process commits to accounts."""
        return self._kit.store.generation(Account)

    async def create_staff(self, actor: Actor, form: StaffForm, origin: str) -> Account:
        """Open a staff account.

        ``actor`` is an administrator, or ``SYSTEM`` for the first one. Raises ``NotAllowedError``,
        ``InvalidFormError``.
        """
        kit = self._kit
        account_id = new_id()

        async def decide(now: datetime) -> Decided[Account]:
            accounts.need_administrator(actor)
            person = check_staff_form(form, kit.rules)
            holder = await kit.store.account_by_login(person.login or "")
            password_hash = await kit.passwords.hash(form.password)
            account, changes = accounts.create_staff(
                kit.vault, person, form, holder, password_hash, actor, account_id, now
            )
            return Decided(changes, account)

        return await carry_out(kit, Attempt(actor, "create_staff", "account", origin), decide)

    def check(self, form: StaffForm) -> None:
        """Raise ``InvalidFormError`` for what is wrong with the form in itself; nothing is read or written."""
        check_staff_form(form, self._kit.rules)

    async def staff(self, actor: Actor, office_id: str | None, page: PageRequest) -> Page[Account]:
        """Return staff accounts by log-in name, of one office when given; raises ``NotAllowedError``."""
        accounts.need_administrator(actor)
        return await self._kit.store.staff(office_id, page)

    async def set_active(self, actor: Actor, account_id: str, active: bool, reason: str, origin: str) -> Account:
        """Switch an account off (停用), which ends its sessions, or on again.

        Raises ``NotAllowedError``, ``NotFoundError``, ``InvalidInputError`` for a reason under 5 characters,
        ``IllegalMoveError`` from another state or for one's own account.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Account]:
            account = await load_account(kit, actor, account_id)
            accounts.need_administrator(actor)
            changed, changes = accounts.set_active(account, active, check_reason(reason), actor, now)
            ended = [] if active else await kit.store.sessions_of(account_id)
            return Decided(changes + Changes(deletes=list(ended)), changed)

        return await carry_out(kit, Attempt(actor, "switch_on" if active else "switch_off", account_id, origin), decide)
