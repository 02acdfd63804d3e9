"""Companies at the counter (企业核验): a clerk holds the licence against the application."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.accounts import actor_of, need
from minxin.mailbox.companies import decisions
from minxin.mailbox.companies.forms import CompanyForm, check_licence
from minxin.mailbox.companies.kit import CompanyKit, is_citizen
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, delegate_id
from minxin.mailbox.forms import check_reason
from minxin.mailbox.kit import Attempt, Decided, carry_out
from minxin.mailbox.mail.addresses import number_form
from minxin.mailbox.mail.records import Box
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.reveals import MaskedPerson, masked


class DeskCompany(Struct, frozen=True, kw_only=True):
    """A company as a clerk sees it: public data, and its authorised person masked (None when he left)."""

    company: Company
    person: MaskedPerson | None
    box: Box | None


class CompanyDesk:
    """Companies for clerks. Every method raises ``NotAllowedError`` for others."""

    def __init__(self, kit: CompanyKit) -> None:
        self._own = kit
        self._kit = kit.kit

    async def companies(self, actor: Actor, state: CompanyState, page: PageRequest) -> Page[Company]:
        """Return companies in the state, oldest application first."""
        need(actor, Role.CLERK)
        return await self._kit.store.companies_in_state(state, page)

    async def company(self, actor: Actor, company_id: str) -> DeskCompany:
        """Return one company; raises ``NotFoundError``."""
        need(actor, Role.CLERK)
        company = await self._own.company(company_id)
        account = await self._kit.store.get(Account, company.authorised_id)
        there = account is not None and account.state is not AccountState.CLOSED
        person = masked(self._kit.vault, account) if account is not None and there else None
        return DeskCompany(company=company, person=person, box=await self._kit.store.get(Box, company.id))

    async def verify(self, actor: Actor, company_id: str, form: CompanyForm, origin: str) -> None:
        """Verify a company against the licence that the clerk types off; its box opens in the same commit.

        Raises ``InvalidFormError`` for what differs, ``InvalidInputError`` (``company.taken``), ``NotFoundError`` when
        the applicant left, ``IllegalMoveError``.
        """

        async def decide(now: datetime) -> Decided[None]:
            need(actor, Role.CLERK)
            company = await self._own.company(company_id)
            applicant = await self._own.citizen(company.authorised_id)
            address = f"{number_form()}@{self._own.domain}"
            _, changes = decisions.verify(company, check_licence(form), address, actor, now)
            if await self._kit.store.company_by_code(company.code) is not None:
                raise InvalidInputError("company.taken", field="code")
            changes += self._told(applicant, company, "verified", now, address=address)
            return Decided(changes, None)

        await carry_out(self._kit, Attempt(actor, "verify_company", company_id, origin), decide)

    async def refuse(self, actor: Actor, company_id: str, reason: str, origin: str) -> None:
        """Refuse an application with a reason that the applicant is told (at least 5 characters)."""

        async def decide(now: datetime) -> Decided[None]:
            need(actor, Role.CLERK)
            company = await self._own.company(company_id)
            _, changes = decisions.refuse(company, check_reason(reason))
            applicant = await self._kit.store.get(Account, company.authorised_id)
            if applicant is not None:
                changes += self._told(applicant, company, "refused", now, reason=reason.strip())
            return Decided(changes, None)

        await carry_out(self._kit, Attempt(actor, "refuse_company", company_id, origin), decide)

    async def appoint(self, actor: Actor, company_id: str, form: CompanyForm, phone: str, origin: str) -> None:
        """Make the citizen with this phone, who brought the licence, the person who acts for the company.

        For when who acted can't pass it on himself any more. Raises ``InvalidFormError`` for what differs from the
        licence, ``InvalidInputError`` (``company.nobody``) for a phone of no verified citizen, ``IllegalMoveError``.
        """

        async def decide(now: datetime) -> Decided[None]:
            need(actor, Role.CLERK)
            company = await self._own.company(company_id)
            decisions.check_same(company, check_licence(form))
            account = await self._kit.store.account_by_phone(self._kit.vault.index(parse_phone(phone), "phone"))
            if account is None or not is_citizen(actor_of(account)):
                raise InvalidInputError("company.nobody", field="phone")
            known = await self._kit.store.get(Delegate, delegate_id(company_id, account.id))
            changes = decisions.appoint(company, account.id, known, now)
            return Decided(changes + self._told(account, company, "authorised", now), None)

        await carry_out(self._kit, Attempt(actor, "appoint_for_company", company_id, origin), decide)

    async def reopen(self, actor: Actor, company_id: str, reason: str, origin: str) -> None:
        """Open a closed company again within its time; raises ``NotFoundError`` when who acted for it left."""

        async def decide(now: datetime) -> Decided[None]:
            need(actor, Role.CLERK)
            check_reason(reason)
            company = await self._own.company(company_id)
            await self._own.citizen(company.authorised_id)
            box = await self._kit.store.get(Box, company.id)
            if box is None:
                raise NotFoundError
            if await self._kit.store.company_by_code(company.code) is not None:
                raise InvalidInputError("company.taken", field="code")
            folders = await self._kit.store.folders_of(box.id)
            return Decided(decisions.reopen(company, box, bool(folders), now), None)

        await carry_out(self._kit, Attempt(actor, "reopen_company", company_id, origin), decide)

    def _told(self, account: Account, company: Company, what: str, now: datetime, **params: str) -> Changes:
        key = f"company.{company.id}.{company.version}"
        return self._own.told(account, key, what, now, company=company.name, **params)
