"""What companies need from the store."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation


class CompanyReads(Protocol):
    """Finds companies and their people. One delegate: ``get(Delegate, delegate_id(company_id, account_id))``."""

    async def company_by_code(self, code: str) -> Company | None:
        """Return the active company with the code."""
        ...

    async def companies_of(self, account_id: str) -> list[Company]:
        """Return the companies that the account applied for, acts for or is a delegate of, oldest first."""
        ...

    async def companies_in_state(self, state: CompanyState, page: PageRequest) -> Page[Company]:
        """Return companies in the state, oldest application first."""
        ...

    async def delegates_of(self, company_id: str) -> list[Delegate]:
        """Return the company's delegates, oldest first."""
        ...

    async def delegations_of(self, account_id: str) -> list[Delegate]:
        """Return what the account is a delegate of, oldest first."""
        ...

    async def invitations_of(self, company_id: str) -> list[Invitation]:
        """Return the company's invitations that nobody answered, oldest first, expired ones among them."""
        ...

    async def invitations_to(self, phone_index: str) -> list[Invitation]:
        """Return the invitations to the phone number, oldest first, expired ones among them."""
        ...

    async def expired_invitations(self, now: datetime, limit: int) -> list[Invitation]: ...
