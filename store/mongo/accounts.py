"""Accounts and sessions (``mailbox.ports.AccountReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.records import Account, AccountState, ApiKey, AppPassword, PhoneCode, Session, Throttle
from minxin.store.mongo.paging import Order, all_records, one_record, record_page, up_to
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import ACCOUNTS, API_KEYS, APP_PASSWORDS, PHONE_CODES, SESSIONS, THROTTLES

_OLDEST: Final = Order(("created_at", "_id"), (int, str))
_BY_LOGIN: Final = Order(("login",), (str,))
_NEWEST: Final = ("-created_at", "_id")


class MongoAccounts:
    """Answers the named queries about accounts. Phone, ID number and address find citizens whose account is open."""

    reader: ReaderPool

    async def account_by_login(self, login: str) -> Account | None:
        return await one_record(self.reader, ACCOUNTS, {"login": login})

    async def account_by_phone(self, phone_index: str) -> Account | None:
        return await one_record(self.reader, ACCOUNTS, {"phone_index": phone_index})

    async def account_by_id_number(self, id_index: str) -> Account | None:
        return await one_record(self.reader, ACCOUNTS, {"id_index": id_index})

    async def account_by_address(self, address: str) -> Account | None:
        return await one_record(self.reader, ACCOUNTS, {"address": address})

    async def accounts_in_state(self, state: AccountState, page: PageRequest) -> Page[Account]:
        where = {"citizen": 1, "state": state.value}
        return await record_page(self.reader, ACCOUNTS, where, _OLDEST, page)

    async def staff(self, office_id: str | None, page: PageRequest) -> Page[Account]:
        where: Filter = {"staff": 1} if office_id is None else {"staff": 1, "office_id": office_id}
        return await record_page(self.reader, ACCOUNTS, where, _BY_LOGIN, page)

    async def logged_in(self, session_id: str) -> tuple[Session, Account] | None:
        async def both(view: Reader) -> tuple[Session, Account] | None:
            session = await one_record(view, SESSIONS, {"_id": session_id})
            account = await one_record(view, ACCOUNTS, {"_id": session.account_id}) if session else None
            return (session, account) if session and account else None

        return await self.reader.at_one_moment(both)

    async def sessions_of(self, account_id: str) -> list[Session]:
        return await all_records(self.reader, SESSIONS, {"account_id": account_id}, by=_NEWEST)

    async def count_sessions(self, now: datetime) -> int:
        return await self.reader.count(SESSIONS.name, {"expires_at": {"$gt": micros(now)}})

    async def api_keys_of(self, account_id: str) -> list[ApiKey]:
        return await all_records(self.reader, API_KEYS, {"account_id": account_id}, by=_NEWEST)

    async def app_passwords_of(self, account_id: str) -> list[AppPassword]:
        return await all_records(self.reader, APP_PASSWORDS, {"account_id": account_id}, by=_NEWEST)

    async def expired_sessions(self, now: datetime, limit: int) -> list[Session]:
        return await all_records(self.reader, SESSIONS, _expired(now), by=("expires_at",), most=limit)

    async def expired_phone_codes(self, now: datetime, limit: int) -> list[PhoneCode]:
        return await all_records(self.reader, PHONE_CODES, _expired(now), by=("expires_at",), most=limit)

    async def expired_throttles(self, now: datetime, limit: int) -> list[Throttle]:
        return await all_records(self.reader, THROTTLES, _expired(now), by=("expires_at",), most=limit)


def _expired(now: datetime) -> Filter:
    return {"expires_at": up_to(micros(now))}
