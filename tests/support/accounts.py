"""The account services over a real store, for the tests of real names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.texting import send_all

from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.clock import FixedClock
from minxin.core.errors import (
    InvalidFormError,
)
from minxin.core.paging import PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox.forms import Application, StaffForm
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import Account
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.service import Accounts, open_accounts
from minxin.store.sqlite.store import SqliteStore

HOME, ELSEWHERE = "10.1.2.3", "10.9.9.9"
ID_NUMBER, OTHER_ID_NUMBER = "11010519491231002X", "110105200002290013"
PHONE, OTHER_PHONE = "13812345678", "13912345678"
PASSWORD, NEW_PASSWORD = "三只猫 在修车铺 旁边", "码头上 七条船 等风"
CLERK = Actor("clerk", frozenset({Role.CLERK}), "centre", "受理员")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "chengguan", "综合科承办人")
ADMINISTRATOR = Actor("admin", frozenset({Role.ADMINISTRATOR}))
FORM = Application(
    name="王小明", id_number=ID_NUMBER, phone=PHONE, code="", password=PASSWORD, consent=True, login="xiaoming"
)


class Verifier:
    """Knows one person."""

    async def verify(self, name: str, id_number: str, phone: str) -> bool | None:
        return True if (name, id_number, phone) == ("李丽", OTHER_ID_NUMBER, OTHER_PHONE) else None


@dataclass
class House:
    """The account services over a real store, with a clock to move and a phone to look at."""

    accounts: Accounts
    store: SqliteStore
    vault: Vault
    clock: FixedClock
    gateway: SmsFolder
    folder: Path

    async def last_sms(self) -> str:
        await send_all(self.store, self.vault, self.clock, self.gateway)
        messages = await self.gateway.last(1)
        return messages[0].text if messages else ""

    async def code(self, purpose: CodePurpose, phone: str = PHONE, binding: str = "") -> str:
        """Ask for a code and read it from the phone, a minute later than anything before."""
        self.clock.advance(timedelta(seconds=61))
        await self.accounts.applications.request_phone_code(purpose, phone, HOME, binding=binding)
        return code_in(await self.last_sms())

    async def citizen(self, form: Application = FORM) -> Account:
        return await self.accounts.applications.apply(
            replace(form, code=await self.code(CodePurpose.APPLY, form.phone)), HOME
        )

    async def staff(self, login: str = "lichu", *roles: Role) -> Account:
        form = StaffForm(
            login=login, name="李处长", phone=PHONE, password=PASSWORD, roles=roles or (Role.HANDLER,), office_id="o"
        )
        return await self.accounts.staffing.create_staff(SYSTEM, form, HOME)

    async def audited(self) -> list[tuple[str, str, str]]:
        page = await self.store.audit_page(PageRequest(size=200))
        return [(sealed.entry.action, sealed.entry.actor, sealed.entry.result) for sealed in page.items]


def code_in(text: str) -> str:
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


@asynccontextmanager
async def open_accounts_house(tmp_path: Path) -> AsyncIterator[House]:
    """Open the services on an empty store, with a cheap password hash and a clock that stands still."""
    clock = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    vault = Vault(bytes(range(32)))
    store = await SqliteStore.open(tmp_path / "store")
    with Passwords(time_cost=1, memory_kib=64) as passwords:
        accounts = open_accounts(store, vault, clock, passwords, AccountRules(), Verifier())
        yield House(accounts, store, vault, clock, SmsFolder(tmp_path / "sms", clock), tmp_path / "store")
    await store.close()


def reasons(caught: pytest.ExceptionInfo[InvalidFormError]) -> dict[str | None, str]:
    return {error.field: error.reason for error in caught.value.errors}
