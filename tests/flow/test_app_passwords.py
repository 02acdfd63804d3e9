"""Application passwords: made with the log-in password, shown once, good for mail programs alone, ended by a button."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.accounts import ELSEWHERE, HOME
from support.imap import MailHall, open_hall
from support.letters import become_citizen
from support.web import PASSWORD, City, open_browser

from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.apppasswords import LIVING_MAX, make, password_id
from minxin.mailbox.records import Account, AccountState, AppPassword, Scope
from minxin.mailbox.rules import AccountRules

WRONG = AccountRules().wrong_per_account.count


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[MailHall]:
    async with open_hall(tmp_path) as opened:
        yield opened


async def test_password_is_made_with_the_log_in_password_shown_once_and_ended(city: City, site: str) -> None:
    async with open_browser(site) as browser:
        account_id = await become_citizen(browser, city)
        programs = city.services.accounts.app_passwords
        await browser.get("/account/app-passwords")
        await browser.submit("/account/app-passwords", name="", password=PASSWORD)
        assert browser.status == 422
        assert "请填写软件或设备的名称" in browser.text
        assert "请至少选择一种用途" in browser.text
        await browser.submit("/account/app-passwords", name="家里电脑", imap="1", password="错")
        assert (browser.status, "new-password" in browser.text) == (422, False)
        await browser.submit("/account/app-passwords", name="家里电脑", imap="1", password=PASSWORD)
        password = browser.text.split('<code id="new-password">')[1].split("<")[0]
        account = await city.store.get(Account, account_id)
        assert account is not None
        known = await programs.authenticate(account.login, password, Scope.IMAP, HOME)
        assert known.account.id == account_id
        with pytest.raises(InvalidInputError, match="login.wrong"):
            await programs.authenticate(account.login, password, Scope.SMTP, HOME)
        (stored,) = await programs.passwords_of(account_id)
        assert password not in repr(stored)
        await browser.get("/account/app-passwords")
        assert (password in browser.text, "家里电脑" in browser.text) == (False, True)
        await browser.submit(f"/account/app-passwords/{stored.id}/revoke")
        assert "专用密码已停用" in browser.text
        with pytest.raises(InvalidInputError, match="login.wrong"):
            await programs.authenticate(account.login, password, Scope.IMAP, HOME)
        assert not await programs.still_open(known)
        kinds = [sealed.event.kind for sealed in await city.store.events(f"account:{account_id}")]
        assert kinds[-2:] == ["app_password_created", "app_password_revoked"]


async def test_log_in_name_and_own_address_are_taken_and_no_other_name(hall: MailHall) -> None:
    await hall.add_person("li")
    await hall.add_box("li")
    for name in ("wang", "WANG@citizen.example "):
        assert (await hall.programs.authenticate(name, hall.secrets["wang"], Scope.IMAP, HOME)).account.id == "wang"
    for name in ("li", "li@citizen.example", "", "nobody"):
        with pytest.raises(InvalidInputError, match="login.wrong"):
            await hall.programs.authenticate(name, hall.secrets["wang"], Scope.IMAP, HOME)


async def test_password_is_taken_as_people_type_it(hall: MailHall) -> None:
    typed = hall.secrets["wang"].replace("-", " ").upper()
    assert password_id(typed) == password_id(hall.secrets["wang"])
    assert await hall.programs.authenticate("wang", typed, Scope.DAV, HOME)


async def test_day_of_use_is_noted_once_and_the_account_is_closed_to_programs_with_it(hall: MailHall) -> None:
    for _ in range(2):
        known = await hall.programs.authenticate("wang", hall.secrets["wang"], Scope.IMAP, HOME)
    record = await hall.store.get(AppPassword, known.record.id)
    assert record is not None
    assert (str(record.used_on), record.version) == ("2026-02-12", known.record.version)
    account = await hall.store.get(Account, "wang")
    assert account is not None
    await hall.store.commit(Changes(puts=[replace(account, state=AccountState.DISABLED)]))
    with pytest.raises(InvalidInputError, match="login.wrong"):
        await hall.programs.authenticate("wang", hall.secrets["wang"], Scope.IMAP, HOME)
    assert not await hall.programs.still_open(known)


async def test_guessing_is_throttled_for_one_network_and_nobody_else_is_locked_out(hall: MailHall) -> None:
    for _ in range(WRONG):
        with pytest.raises(InvalidInputError, match="login.wrong"):
            await hall.programs.authenticate("wang", "guess", Scope.IMAP, HOME)
    with pytest.raises(TooManyTriesError):
        await hall.programs.authenticate("wang", hall.secrets["wang"], Scope.IMAP, HOME)
    assert await hall.programs.authenticate("wang", hall.secrets["wang"], Scope.IMAP, ELSEWHERE)


async def test_nobody_has_more_passwords_than_he_can_look_after(city: City, site: str) -> None:
    async with open_browser(site) as browser:
        account_id = await become_citizen(browser, city)
        account = await city.store.get(Account, account_id)
        assert account is not None
        new = [make(account, "x", [Scope.IMAP], city.clock.now()).record for _ in range(LIVING_MAX)]
        await city.store.commit(Changes(inserts=list(new)))
        with pytest.raises(InvalidInputError, match="app_password.too_many"):
            await city.services.accounts.app_passwords.create(
                account_id, name="one more", scopes=[Scope.IMAP], password=PASSWORD, origin=HOME
            )
