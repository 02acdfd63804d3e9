"""Companies for their people (我的企业): applied for, shared with delegates, passed on, left and closed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.core.actor import ANONYMOUS, Actor
from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.ids import new_id
from minxin.core.privacy import mask_phone
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.companies import decisions
from minxin.mailbox.companies.forms import CompanyForm, check_application
from minxin.mailbox.companies.kit import CompanyKit, is_citizen
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation, delegate_id
from minxin.mailbox.kit import Attempt, Decided, Refused, carry_out
from minxin.mailbox.mail.records import Box, BoxAddress
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.proof import proved
from minxin.mailbox.records import Account
from minxin.mailbox.sms import wrote
from minxin.mailbox.texting.by_mail import by_mail


class Member(Struct, frozen=True, kw_only=True):
    """A delegate as the others see him; ``name`` in full: they work for one company and must know one another."""

    account_id: str
    name: str
    since: datetime
    authorised: bool


class OwnCompany(Struct, frozen=True, kw_only=True):
    """A company as its people see it; ``box`` is None before it was verified. Invitations are the authorised's."""

    company: Company
    box: Box | None
    members: tuple[Member, ...]
    invitations: tuple[Invitation, ...]
    acts: bool  # who asks is the authorised person


class Invited(Struct, frozen=True):
    """An invitation with the company that it comes from."""

    invitation: Invitation
    company: Company


class Companies:
    """Companies of whoever asks."""

    def __init__(self, kit: CompanyKit) -> None:
        self._own = kit
        self._kit = kit.kit

    async def companies(self, actor: Actor) -> list[Company]:
        """Return the companies that the actor applied for, acts for or is a delegate of."""
        return await self._kit.store.companies_of(actor.id)

    async def invitations(self, actor: Actor) -> list[Invited]:
        """Return the invitations that the actor may answer now."""
        account = await self._citizen(actor)
        now = self._kit.clock.now()
        found = [one for one in await self._kit.store.invitations_to(account.phone_index) if one.expires_at > now]
        companies = await self._kit.store.get_all(Company, {one.company_id for one in found})
        active = {key: one for key, one in companies.items() if one.state is CompanyState.ACTIVE}
        return [Invited(one, active[one.company_id]) for one in found if one.company_id in active]

    async def company(self, actor: Actor, company_id: str) -> OwnCompany:
        """Return one of the actor's companies; raises ``NotFoundError``."""
        company = await self._access(actor, company_id)
        store, acts = self._kit.store, company.authorised_id == actor.id
        delegates = await store.delegates_of(company.id)
        people = await store.get_all(Account, [one.account_id for one in delegates])
        now = self._kit.clock.now()
        sent = await store.invitations_of(company.id) if acts else []
        return OwnCompany(
            company=company,
            box=await store.get(Box, company.id),
            members=tuple(
                sorted((_member(company, one, people) for one in delegates), key=lambda one: not one.authorised)
            ),
            invitations=tuple(one for one in sent if one.expires_at > now),
            acts=acts,
        )

    async def names(self, company_id: str) -> dict[str, str]:
        """Return the names of a company's delegates by their ids, for a caller who knows that the actor is one."""
        delegates = await self._kit.store.delegates_of(company_id)
        people = await self._kit.store.get_all(Account, [one.account_id for one in delegates])
        return {key: one.name for key, one in people.items()}

    async def apply(self, actor: Actor, form: CompanyForm, origin: str) -> Company:
        """Apply for a company as the person who acts for it; a clerk sees the licence next.

        Raises ``InvalidFormError``, ``InvalidInputError`` (``company.taken`` for a code that is registered,
        ``company.twice``, ``company.too_many``), ``NotFoundError`` where there are no companies or for who is no
        verified citizen.
        """
        made = new_id()

        async def decide(now: datetime) -> Decided[Company]:
            await self._citizen(actor)
            licence = check_application(form, self._own.districts)
            own = await self._kit.store.companies_of(actor.id)
            company, changes = decisions.apply(licence, form.district, actor.id, own, made, now)
            if await self._kit.store.company_by_code(licence.code) is not None:
                raise InvalidInputError("company.taken", field="code")
            return Decided(changes, company)

        return await carry_out(self._kit, Attempt(actor, "apply_company", "company", origin), decide)

    async def invite(self, actor: Actor, company_id: str, who: str, origin: str) -> None:
        """Invite a citizen by phone number or by his address here; whether there is one is not told.

        He is told in his box, and at an address outside that he confirmed.

        Raises ``InvalidInputError`` for what is neither, and as ``decisions.invite`` does; ``NotFoundError`` for who
        does not act for the company.
        """
        made, kit = new_id(), self._kit

        async def decide(now: datetime) -> Decided[None]:
            company = await self._acting(actor, company_id)
            phone_index, shown = await self._named(who)
            sent = [one for one in await self._kit.store.invitations_of(company.id) if one.expires_at > now]
            people = len(await self._kit.store.delegates_of(company.id)) + len(sent)
            invitation, changes = decisions.invite(
                company, phone_index, shown, people, {one.shown for one in sent}, made, now
            )
            account = await self._kit.store.account_by_phone(phone_index) if phone_index else None
            if account is not None and is_citizen(actor_of(account)):
                changes += self._own.told(account, f"company.{made}", "invited", now, company=company.name)
                message = wrote(kit.rules.signature, account.language, company.name, now, invitation.expires_at)
                changes += by_mail(kit.vault, account, message, f"company.{made}")
            return Decided(changes, None)

        await carry_out(self._kit, Attempt(actor, "invite_delegate", company_id, origin), decide)

    async def take_back(self, actor: Actor, company_id: str, invitation_id: str, origin: str) -> None:
        """Take an invitation back; raises ``NotFoundError``."""

        async def decide(_: datetime) -> Decided[None]:
            company = await self._acting(actor, company_id)
            invitation = await self._kit.store.get(Invitation, invitation_id)
            if invitation is None or invitation.company_id != company.id:
                raise NotFoundError
            return Decided(Changes(deletes=[invitation]), None)

        await carry_out(self._kit, Attempt(actor, "take_back_invitation", company_id, origin), decide)

    async def answer(self, actor: Actor, invitation_id: str, accepted: bool, origin: str) -> None:
        """Accept or decline an invitation; raises ``NotFoundError``, ``IllegalMoveError`` when it is too old."""

        async def decide(now: datetime) -> Decided[None]:
            account = await self._citizen(actor)
            invitation = await self._kit.store.get(Invitation, invitation_id)
            if invitation is None or invitation.to != account.phone_index:
                raise NotFoundError
            if not accepted:
                return Decided(Changes(deletes=[invitation]), None)
            company = await self._own.company(invitation.company_id)
            return Decided(decisions.accept(company, invitation, actor.id, now), None)

        action = "accept_invitation" if accepted else "decline_invitation"
        await carry_out(self._kit, Attempt(actor, action, invitation_id, origin), decide)

    async def remove(self, actor: Actor, company_id: str, account_id: str, origin: str) -> None:
        """End somebody's delegation, as the authorised person, or one's own.

        Raises ``NotFoundError``, ``IllegalMoveError`` for the authorised person's.
        """

        async def decide(_: datetime) -> Decided[None]:
            company = await self._access(actor, company_id)
            if actor.id not in (account_id, company.authorised_id):
                raise NotFoundError
            delegate = await self._delegate(company_id, account_id)
            return Decided(decisions.part_with(company, delegate), None)

        await carry_out(self._kit, Attempt(actor, "remove_delegate", f"{company_id}/{account_id}", origin), decide)

    async def pass_on(self, account_id: str, company_id: str, heir_id: str, password: str, origin: str) -> None:
        """Let another delegate act for the company from now on, with one's own password.

        Raises ``InvalidInputError("password.wrong")``, ``TooManyTriesError``, ``NotFoundError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[None] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            company = await self._acting(actor_of(account), company_id)
            heir = await self._own.citizen(heir_id)
            changes = decisions.authorise(company, await self._delegate(company_id, heir_id))
            changes += self._own.told(
                heir, f"company.{company.id}.{company.version}", "authorised", now, company=company.name
            )
            return Decided(changes, None, actor_of(account))

        await carry_out(kit, Attempt(ANONYMOUS, "pass_company_on", f"{company_id}>{heir_id}", origin), decide)

    async def close(self, account_id: str, company_id: str, password: str, origin: str) -> None:
        """Close the company here, with its box, with one's own password.

        Raises ``InvalidInputError("password.wrong")``, ``TooManyTriesError``, ``NotFoundError``,
        ``IllegalMoveError``.
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[None] | Refused:
            account, problem = await proved(kit, account_id, password, "password", now)
            if problem:
                return problem
            company = await self._acting(actor_of(account), company_id)
            box = await kit.store.get(Box, company.id)
            if box is None:
                raise NotFoundError
            delegates = await kit.store.delegates_of(company.id)
            people = [*delegates, *await kit.store.invitations_of(company.id)]
            changes = decisions.close(company, box, people, now, self._own.rules.closed_life)
            return Decided(changes, None, actor_of(account))

        await carry_out(kit, Attempt(ANONYMOUS, "close_company", company_id, origin), decide)

    async def _citizen(self, actor: Actor) -> Account:
        if not self._own.domain or not is_citizen(actor):
            raise NotFoundError
        return await self._own.citizen(actor.id)

    async def _access(self, actor: Actor, company_id: str) -> Company:
        """Return the company when the actor is one of its people; raises ``NotFoundError``."""
        company = await self._own.company(company_id)
        known = company.authorised_id == actor.id or await self._kit.store.get(
            Delegate, delegate_id(company_id, actor.id)
        )
        if not known or not is_citizen(actor):
            raise NotFoundError
        return company

    async def _acting(self, actor: Actor, company_id: str) -> Company:
        company = await self._access(actor, company_id)
        if company.authorised_id != actor.id:
            raise NotFoundError
        return company

    async def _delegate(self, company_id: str, account_id: str) -> Delegate:
        delegate = await self._kit.store.get(Delegate, delegate_id(company_id, account_id))
        if delegate is None:
            raise NotFoundError
        return delegate

    async def _named(self, who: str) -> tuple[str, str]:
        """Return the blind index of the phone that is meant, empty when nobody is, and what is shown of it."""
        typed = who.strip().lower()
        if "@" not in typed:
            try:
                phone = parse_phone(typed)
            except InvalidInputError as error:
                raise InvalidInputError("company.who", field="who") from error
            return self._kit.vault.index(phone, "phone"), mask_phone(phone)
        found = await self._kit.store.get(BoxAddress, typed)
        owner = await self._kit.store.get(Account, found.box_id) if found is not None else None
        return owner.phone_index if owner is not None and is_citizen(actor_of(owner)) else "", typed[:100]


def _member(company: Company, delegate: Delegate, people: dict[str, Account]) -> Member:
    account = people.get(delegate.account_id)
    return Member(
        account_id=delegate.account_id,
        name=account.name if account is not None else "",
        since=delegate.since,
        authorised=delegate.account_id == company.authorised_id,
    )
