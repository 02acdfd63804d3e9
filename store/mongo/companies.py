"""Companies, their delegates and invitations (``mailbox.companies.ports.CompanyReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation
from minxin.store.mongo.paging import Order, all_records, one_record, record_page, up_to
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import COMPANIES, COMPANY_DELEGATES, COMPANY_INVITATIONS

_OLDEST: Final = Order(("applied_at", "_id"), (int, str))


class MongoCompanies:
    """Answers the named queries about companies."""

    reader: ReaderPool

    async def company_by_code(self, code: str) -> Company | None:
        return await one_record(self.reader, COMPANIES, {"active_code": code})

    async def companies_of(self, account_id: str) -> list[Company]:
        found = await self.reader.at_one_moment(lambda view: _companies_of(view, account_id))
        return sorted(found, key=lambda company: (company.applied_at, company.id))

    async def companies_in_state(self, state: CompanyState, page: PageRequest) -> Page[Company]:
        return await record_page(self.reader, COMPANIES, {"state": state.value}, _OLDEST, page)

    async def delegates_of(self, company_id: str) -> list[Delegate]:
        return await all_records(self.reader, COMPANY_DELEGATES, {"company_id": company_id}, by=("since", "_id"))

    async def delegations_of(self, account_id: str) -> list[Delegate]:
        return await all_records(self.reader, COMPANY_DELEGATES, {"account_id": account_id}, by=("since", "_id"))

    async def invitations_of(self, company_id: str) -> list[Invitation]:
        return await self._invitations({"company_id": company_id})

    async def invitations_to(self, phone_index: str) -> list[Invitation]:
        return await self._invitations({"sent_to": phone_index})

    async def expired_invitations(self, now: datetime, limit: int) -> list[Invitation]:
        where = {"expires_at": up_to(micros(now))}
        return await all_records(self.reader, COMPANY_INVITATIONS, where, by=("expires_at",), most=limit)

    async def _invitations(self, where: Filter) -> list[Invitation]:
        return await all_records(self.reader, COMPANY_INVITATIONS, where, by=("expires_at", "_id"))


async def _companies_of(reader: Reader, account_id: str) -> list[Company]:
    delegates = await reader.find(COMPANY_DELEGATES.name, {"account_id": account_id}, fields=("company_id",))
    ids = [one["company_id"] for one in delegates]
    return await all_records(reader, COMPANIES, {"$or": [{"authorised_id": account_id}, {"_id": {"$in": ids}}]})
