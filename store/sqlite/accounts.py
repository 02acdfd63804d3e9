"""Accounts and sessions (``mailbox.ports.AccountReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.records import Account, AccountState, ApiKey, AppPassword, PhoneCode, Session, Throttle
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import ACCOUNTS, API_KEYS, APP_PASSWORDS, PHONE_CODES, SESSIONS, THROTTLES

_OLDEST: Final = Order(("created_at", "id"), (int, str))
_BY_LOGIN: Final = Order(("login",), (str,))
_LOGGED_IN: Final = """SELECT sessions.body, accounts.body FROM sessions
    JOIN accounts ON accounts.id = sessions.account_id WHERE sessions.id = ?"""
_EXPIRED: Final = "expires_at <= ? ORDER BY expires_at LIMIT ?"


class SqliteAccounts:
    """Answers the named queries about accounts. Phone, ID number and address find citizens whose account is open."""

    reader: Reader

    async def account_by_login(self, login: str) -> Account | None:
        return await self.reader.read(lambda db: one_record(db, ACCOUNTS, "login = ?", login))

    async def account_by_phone(self, phone_index: str) -> Account | None:
        return await self.reader.read(lambda db: one_record(db, ACCOUNTS, "phone_index = ?", phone_index))

    async def account_by_id_number(self, id_index: str) -> Account | None:
        return await self.reader.read(lambda db: one_record(db, ACCOUNTS, "id_index = ?", id_index))

    async def account_by_address(self, address: str) -> Account | None:
        return await self.reader.read(lambda db: one_record(db, ACCOUNTS, "address = ?", address))

    async def accounts_in_state(self, state: AccountState, page: PageRequest) -> Page[Account]:
        where = "citizen = 1 AND state = ?"
        return await self.reader.read(lambda db: record_page(db, ACCOUNTS, where, (state.value,), _OLDEST, page))

    async def staff(self, office_id: str | None, page: PageRequest) -> Page[Account]:
        where, values = ("staff = 1", ()) if office_id is None else ("staff = 1 AND office_id = ?", (office_id,))
        return await self.reader.read(lambda db: record_page(db, ACCOUNTS, where, values, _BY_LOGIN, page))

    async def logged_in(self, session_id: str) -> tuple[Session, Account] | None:
        row = await self.reader.read(lambda db: db.execute(_LOGGED_IN, (session_id,)).fetchone())
        return (SESSIONS.record(row[0]), ACCOUNTS.record(row[1])) if row else None

    async def sessions_of(self, account_id: str) -> list[Session]:
        where = "account_id = ? ORDER BY created_at DESC, id"
        return await self.reader.read(lambda db: all_records(db, SESSIONS, where, account_id))

    async def count_sessions(self, now: datetime) -> int:
        query = "SELECT COUNT(*) FROM sessions WHERE expires_at > ?"
        count: int = await self.reader.read(lambda db: db.execute(query, (micros(now),)).fetchone()[0])
        return count

    async def api_keys_of(self, account_id: str) -> list[ApiKey]:
        where = "account_id = ? ORDER BY created_at DESC, id"
        return await self.reader.read(lambda db: all_records(db, API_KEYS, where, account_id))

    async def app_passwords_of(self, account_id: str) -> list[AppPassword]:
        where = "account_id = ? ORDER BY created_at DESC, id"
        return await self.reader.read(lambda db: all_records(db, APP_PASSWORDS, where, account_id))

    async def expired_sessions(self, now: datetime, limit: int) -> list[Session]:
        return await self.reader.read(lambda db: all_records(db, SESSIONS, _EXPIRED, micros(now), limit))

    async def expired_phone_codes(self, now: datetime, limit: int) -> list[PhoneCode]:
        return await self.reader.read(lambda db: all_records(db, PHONE_CODES, _EXPIRED, micros(now), limit))

    async def expired_throttles(self, now: datetime, limit: int) -> list[Throttle]:
        return await self.reader.read(lambda db: all_records(db, THROTTLES, _EXPIRED, micros(now), limit))
