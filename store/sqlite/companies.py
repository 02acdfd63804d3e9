"""Companies, their delegates and invitations (``mailbox.companies.ports.CompanyReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import COMPANIES, COMPANY_DELEGATES, COMPANY_INVITATIONS

_OLDEST: Final = Order(("applied_at", "id"), (int, str))
_ACTIVE: Final = CompanyState.ACTIVE.value
_OF: Final = """(authorised_id = ? OR id IN (SELECT company_id FROM company_delegates WHERE account_id = ?))
    ORDER BY applied_at, id"""


class SqliteCompanies:
    """Answers the named queries about companies."""

    reader: Reader

    async def company_by_code(self, code: str) -> Company | None:
        where = f"code = ? AND state = '{_ACTIVE}'"
        return await self.reader.read(lambda db: one_record(db, COMPANIES, where, code))

    async def companies_of(self, account_id: str) -> list[Company]:
        return await self.reader.read(lambda db: all_records(db, COMPANIES, _OF, account_id, account_id))

    async def companies_in_state(self, state: CompanyState, page: PageRequest) -> Page[Company]:
        return await self.reader.read(lambda db: record_page(db, COMPANIES, "state = ?", (state.value,), _OLDEST, page))

    async def delegates_of(self, company_id: str) -> list[Delegate]:
        where = "company_id = ? ORDER BY since, id"
        return await self.reader.read(lambda db: all_records(db, COMPANY_DELEGATES, where, company_id))

    async def delegations_of(self, account_id: str) -> list[Delegate]:
        where = "account_id = ? ORDER BY since, id"
        return await self.reader.read(lambda db: all_records(db, COMPANY_DELEGATES, where, account_id))

    async def invitations_of(self, company_id: str) -> list[Invitation]:
        where = "company_id = ? ORDER BY expires_at, id"
        return await self.reader.read(lambda db: all_records(db, COMPANY_INVITATIONS, where, company_id))

    async def invitations_to(self, phone_index: str) -> list[Invitation]:
        where = "sent_to = ? ORDER BY expires_at, id"
        return await self.reader.read(lambda db: all_records(db, COMPANY_INVITATIONS, where, phone_index))

    async def expired_invitations(self, now: datetime, limit: int) -> list[Invitation]:
        where = "expires_at <= ? ORDER BY expires_at LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, COMPANY_INVITATIONS, where, micros(now), limit))
