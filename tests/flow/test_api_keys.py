"""Who may call: keys and sessions."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from support.api import CITIZEN, Office, Program, key_of, open_citizen, open_office
from support.letters import LETTER, become_citizen
from support.web import PASSWORD, Browser, City, open_browser

from minxin.core.changes import Changes
from minxin.mailbox.keys import key_id
from minxin.mailbox.records import Account, AccountState, ApiKey

NEW = {**LETTER, "token": "t-1"}


@pytest.fixture
async def office(city: City, site: str) -> AsyncIterator[Office]:
    async with open_office(city, site) as opened:
        yield opened


async def test_key_that_only_reads_writes_nothing(city: City, office: Office) -> None:
    account = await city.store.get(Account, CITIZEN)
    assert account is not None
    reader = Program(office.session, office.base, await key_of(city, account, writes=False))
    assert (await reader.get("/letters")).status == 200
    refused = await reader.post("/letters", NEW)
    assert (refused.status, refused.body["key"]) == (403, "api_key.reads_only")
    assert (await reader.post("/query", {"number": "1", "code": "2"})).status == 404


async def test_unknown_expired_and_ended_keys_open_nothing(city: City, office: Office, site: str) -> None:
    account = await city.store.get(Account, CITIZEN)
    assert account is not None
    key = await key_of(city, account)
    program = Program(office.session, office.base, key)
    assert (await program.get("/letters")).status == 200
    used = await city.store.get(ApiKey, key_id(key))
    assert used is not None
    assert str(used.used_on) == "2026-03-02"
    for wrong in (
        f"Bearer {key}x",
        "Bearer mk_",
        f"Basic {key}",
        "Bearer",
        "钥匙",
        "Bearer mk_\xff",
        f"Bearer {'m' * 9000}"[:7000],
    ):
        refused = await office.nobody.get("/letters", Authorization=wrong)
        assert (refused.status, refused.body["key"]) == (401, "api_key.unknown"), wrong
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert (await office.nobody.get("/offices", Authorization=wrong)).status == 401
    await city.store.commit(Changes(puts=[replace(used, revoked_at=city.clock.now())]))
    assert (await program.get("/letters")).status == 401
    ended = await city.store.get(ApiKey, key_id(key))
    assert ended is not None
    await city.store.commit(Changes(puts=[replace(ended, revoked_at=None, expires_at=city.clock.now())]))
    assert (await program.get("/letters")).status == 401


async def test_key_of_a_disabled_account_opens_nothing(city: City, office: Office) -> None:
    account = await city.store.get(Account, CITIZEN)
    assert account is not None
    await city.store.commit(Changes(puts=[replace(account, state=AccountState.DISABLED)]))
    assert (await office.citizen.get("/letters")).status == 401


async def test_session_writes_with_its_form_token_only(city: City, browser: Browser, site: str) -> None:
    await become_citizen(browser, city)
    await browser.get("/account/close")
    token = browser.hidden("/account/close")["csrf_token"]
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with ClientSession() as session:
        script = Program(session, site)
        assert (await script.get("/letters", Cookie=cookie)).body["items"] == []
        assert (await script.post("/letters", NEW, Cookie=cookie)).status == 403
        assert (await script.post("/letters", NEW, Cookie=cookie, X_CSRF_Token=token)).status == 201
        foreign = await script.post("/letters", NEW, Cookie=cookie, X_CSRF_Token=token, Origin="https://evil.example")
        assert foreign.status == 403
        assert (await script.get("/letters", Cookie=cookie, Authorization="Bearer mk_wrong")).status == 401


async def test_key_is_made_with_the_password_shown_once_and_ended(city: City, site: str) -> None:
    async with open_browser(site) as browser, ClientSession() as session:
        account_id = await become_citizen(browser, city)
        await browser.get("/account/keys")
        await browser.submit("/account/keys", name="", scope="write", days="7", password=PASSWORD)
        assert browser.status == 422
        assert "请给密钥起个名字" in browser.text
        await browser.submit("/account/keys", name="报表程序", scope="write", days="30", password="错")
        assert (browser.status, "mk_" in browser.text) == (422, False)
        assert 'value="报表程序"' in browser.text
        await browser.submit("/account/keys", name="报表程序", scope="write", days="30", password=PASSWORD)
        key = browser.text.split('<code id="new-key">')[1].split("<")[0]
        program = Program(session, site, key)
        assert (await program.post("/letters", NEW)).status == 201
        stored = await city.store.api_keys_of(account_id)
        assert [one.name for one in stored] == ["报表程序"]
        assert key not in repr(stored)
        await browser.get("/account/keys")
        assert (key in browser.text, "报表程序" in browser.text) == (False, True)
        await browser.submit(f"/account/keys/{stored[0].id}/revoke")
        assert "密钥已停用" in browser.text
        assert (await program.get("/letters")).status == 401
        kinds = [sealed.event.kind for sealed in await city.store.events(f"account:{account_id}")]
        assert kinds[-2:] == ["key_created", "key_revoked"]


async def test_nobody_ends_the_key_of_another(city: City, browser: Browser) -> None:
    account = await open_citizen(city, "13912345678", "110105200002290013")
    key = await key_of(city, account)
    await become_citizen(browser, city)
    await browser.get("/account/keys")
    token = browser.hidden("/account/keys")["csrf_token"]
    await browser.post(f"/account/keys/{key_id(key)}/revoke", {"csrf_token": token})
    assert browser.status == 404
    stored = await city.store.get(ApiKey, key_id(key))
    assert stored is not None
    assert stored.revoked_at is None


async def test_key_never_reaches_a_log(city: City, office: Office, caplog: pytest.LogCaptureFixture) -> None:
    account = await city.store.get(Account, CITIZEN)
    assert account is not None
    key = await key_of(city, account)
    with caplog.at_level(logging.DEBUG):
        await Program(office.session, office.base, key).get("/letters")
    logged = repr([record.__dict__ for record in caplog.records])
    assert account.id in logged
    assert key[3:] not in logged
    assert key_id(key) not in logged
