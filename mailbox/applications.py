"""From application to verified real name (实名申请与核验)."""

from __future__ import annotations

from datetime import date, datetime

from minxin.core.actor import ANONYMOUS, Actor, Role
from minxin.core.clock import SHANGHAI
from minxin.core.ids import new_id
from minxin.mailbox import accounts, codes, throttle
from minxin.mailbox.forms import Application, DeskForm, Person, check_application, check_desk_form, check_reason
from minxin.mailbox.idnumber import parse_id_number
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, Turns, carry_out
from minxin.mailbox.names import parse_name
from minxin.mailbox.people import load_citizen
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import Account, RegisterEntry, Throttle, Verification, VerifiedBy
from minxin.mailbox.register import matches_register


class Applications:
    """Applications for real-name accounts."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._turns = Turns()

    async def request_phone_code(
        self, purpose: CodePurpose, phone: str, origin: str, *, language: str = "zh", binding: str = ""
    ) -> None:
        """Send a one-time code by SMS.

        ``binding`` is a secret of the asker's browser session; the code is only good with it. For
        ``CodePurpose.RESET_PASSWORD`` nothing is sent to a number without an account, and the answer is the same.
        Raises ``InvalidInputError("realname.phone.format")``, ``TooManyTriesError`` (1 a minute, 5 an hour, 10 a day
        for a number; 60 an hour from one network).
        """
        kit = self._kit
        number = parse_phone(phone)
        network_id = throttle.throttle_id(kit.vault, "codes", throttle.network_of(origin))

        async def decide(now: datetime) -> Decided[None] | Refused:
            sent = await kit.store.get(Throttle, network_id)
            throttle.check(sent, kit.rules.codes_per_network, now)
            known = await kit.store.account_by_phone(kit.vault.index(number, "phone"))
            silent = purpose is CodePurpose.RESET_PASSWORD and (known is None or not accounts.may_log_in(known))
            changes = await codes.send_code(kit, purpose, number, binding, language, now, silent=silent)
            return Decided(changes + throttle.add(sent, network_id, kit.rules.codes_per_network, now), None)

        async with self._turns.of(network_id):
            await carry_out(kit, Attempt(ANONYMOUS, f"phone_code.{purpose}", "phone", origin), decide)

    async def apply(self, form: Application, origin: str) -> Account:
        """Take an application and return the account.

        It is ``ACTIVE`` when the imported register or the verifier knows the person, else ``APPLIED`` until a clerk
        has seen the card. Who was refused may apply again with the same phone. Raises ``InvalidFormError`` with one
        error for each wrong field; the phone code is spent only when the application is taken.
        """
        kit = self._kit
        applicant = check_application(form, kit.rules, self._today())
        password_hash = await kit.passwords.hash(form.password)
        method = await self._verified_by(applicant)
        account_id = new_id()

        async def decide(now: datetime) -> Decided[Account] | Refused:
            checked = await codes.check_code(kit, CodePurpose.APPLY, applicant.phone, form.binding, form.code, now)
            if isinstance(checked, Refused):
                return checked
            holders = await self._holders(applicant)
            verification = Verification(method, now, "system") if method else None
            account, changes = accounts.apply(
                kit.vault, kit.rules, applicant, holders, password_hash, verification, account_id, now
            )
            return Decided(checked + changes, account, accounts.actor_of(account))

        return await carry_out(kit, Attempt(ANONYMOUS, "apply", "account", origin), decide)

    async def register_at_desk(self, actor: Actor, form: DeskForm, origin: str) -> Account:
        """Open a verified account for a citizen who stands at the counter with his card (窗口开户).

        It has no password: the citizen sets one with a code sent to his phone. Raises ``InvalidFormError``,
        ``NotAllowedError`` for others than clerks.
        """
        kit = self._kit
        account_id = new_id()

        async def decide(now: datetime) -> Decided[Account]:
            accounts.need(actor, Role.CLERK)
            citizen = check_desk_form(form, self._today())
            verification = Verification(VerifiedBy.DESK, now, actor.id)
            holders = await self._holders(citizen)
            account, changes = accounts.apply(kit.vault, kit.rules, citizen, holders, "", verification, account_id, now)
            return Decided(changes, account)

        return await carry_out(kit, Attempt(actor, "register_at_desk", "account", origin), decide)

    async def verify_at_desk(self, actor: Actor, account_id: str, name: str, id_number: str, origin: str) -> Account:
        """Verify an application against the card in the clerk's hand (窗口核验).

        The clerk types what the card says and is not shown what the applicant typed. Raises ``InvalidFormError`` when
        they differ, ``NotFoundError``, ``NotAllowedError``, ``IllegalMoveError`` unless the account is ``APPLIED``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Account]:
            account = await load_citizen(kit, actor, account_id)
            card = accounts.Card(parse_name(name), parse_id_number(id_number, self._today()))
            verified, changes = accounts.verify_at_desk(kit.vault, account, card, actor, now)
            return Decided(changes, verified)

        return await carry_out(kit, Attempt(actor, "verify_at_desk", account_id, origin), decide)

    async def refuse(self, actor: Actor, account_id: str, reason: str, origin: str) -> Account:
        """Refuse an application with a reason that the applicant is told (at least 5 characters).

        The ID number is erased, so that its true holder can apply. Raises ``InvalidInputError``, ``NotFoundError``,
        ``NotAllowedError``, ``IllegalMoveError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[Account]:
            account = await load_citizen(kit, actor, account_id)
            refused, changes = accounts.refuse(account, actor, check_reason(reason), now)
            return Decided(changes, refused)

        return await carry_out(kit, Attempt(actor, "refuse_application", account_id, origin), decide)

    def _today(self) -> date:
        return self._kit.clock.now().astimezone(SHANGHAI).date()

    async def _holders(self, person: Person) -> accounts.Holders:
        store, vault = self._kit.store, self._kit.vault
        return accounts.Holders(
            by_phone=await store.account_by_phone(vault.index(person.phone, "phone")),
            by_id_number=await store.account_by_id_number(vault.index(person.id_number or "", "id_number")),
            by_login=await store.account_by_login(person.login) if person.login else None,
            by_address=await store.account_by_address(person.address) if person.address else None,
        )

    async def _verified_by(self, person: Person) -> VerifiedBy | None:
        """Ask the register, then the verifier; None leaves it to a clerk."""
        kit, id_number = self._kit, person.id_number or ""
        entry = await kit.store.get(RegisterEntry, kit.vault.index(id_number, "id_number"))
        if matches_register(kit.vault, entry, person.name, person.phone):
            return VerifiedBy.REGISTER
        if kit.verifier and await kit.verifier.verify(person.name, id_number, person.phone):
            return VerifiedBy.VERIFIER
        return None
