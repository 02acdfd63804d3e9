"""The administrator's and the auditor's pages and the demonstration's phones, over real HTTP and the real store."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError
from support.stored import change_audit, drop_audit, seeing_bodies
from support.web import NOON, STAFF_PASSWORD, Browser, City, application_of, open_browser, open_city, serve

from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes, Job
from minxin.core.errors import NotAllowedError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.records import Account, AccountState
from minxin.store.sqlite.connect import FILE

PHONE, OTHER_PHONE = "13812345678", "13998765432"
NEW_STAFF = {
    "name": "赵敏",
    "phone": "13700000001",
    "office": "cgj",
    "post": "市容科承办人",
    "login": "zhao.min",
    "password": "新来的同事带了三把伞9",
    "password_again": "新来的同事带了三把伞9",
    "roles": "handler",
}
ADMIN_PAGES = ("/admin", "/admin/staff", "/admin/staff/new", "/admin/rules", "/admin/calendar", "/admin/settings")
AUDIT_PAGES = ("/audit", "/audit/export.csv")
CHANGE_LEDGER = "UPDATE ledger SET body = packed(replace(unpacked(body), '2026-03', '2026-02'))"
CHANGE_ENTRY = partial(change_audit, target="letter-7", change=lambda body: body.replace("letter-7", "letter-X"))
SPOIL_ENTRY = partial(change_audit, target="letter-7", change=lambda body: "")


@pytest.fixture
async def demo_browser(tmp_path: Path) -> AsyncIterator[tuple[Browser, City]]:
    async with (
        open_city(tmp_path / "demo", demo=True) as city,
        serve(application_of(city)) as base,
        open_browser(base) as browser,
    ):
        yield browser, city


async def _log_in(browser: Browser, city: City, *roles: Role) -> Account:
    account = await city.staff(f"{roles[0]}.one", *roles, phone="13900000001")
    await browser.log_in(account.login, STAFF_PASSWORD)
    await browser.submit("/login/code", code=await city.sms_code("13900000001"))
    assert (browser.status, browser.path) == (200, "/account")
    return account


def tamper(folder: Path, how: str | Callable[[sqlite3.Connection], None]) -> None:
    """Change one stored row as somebody with the disk in his hands could."""
    with closing(seeing_bodies(sqlite3.connect(folder / FILE))) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        if isinstance(how, str):
            assert database.execute(how).rowcount == 1
        else:
            how(database)


async def _quarantine(city: City, key: str, error: str = "DamagedError") -> None:
    await city.store.commit(Changes(jobs=[Job("judge", key)]))
    (claim,) = await city.store.claim(Queue.JOBS, ["judge"], city.clock.now(), timedelta(minutes=1), 1)
    await city.store.fail(claim, city.clock.now(), error, None)


@pytest.mark.parametrize("path", [*ADMIN_PAGES, *AUDIT_PAGES])
async def test_pages_of_one_duty_are_not_there_for_anybody_else(browser: Browser, city: City, path: str) -> None:
    await browser.get(path)
    assert browser.path.startswith("/login")
    outsider = Role.AUDITOR if path in ADMIN_PAGES else Role.ADMINISTRATOR
    await _log_in(browser, city, outsider, Role.MANAGER)
    await browser.get(path)
    assert browser.status == 404


async def test_who_holds_both_duties_gets_neither(city: City) -> None:
    both = Actor("both", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}))
    with pytest.raises(NotAllowedError):
        await city.services.operations.waiting(both)
    with pytest.raises(NotAllowedError):
        await city.services.operations.audit_log(both, PageRequest())


async def test_work_in_quarantine_is_shown_and_runs_again_with_an_audit_entry(browser: Browser, city: City) -> None:
    admin = await _log_in(browser, city, Role.ADMINISTRATOR)
    await _quarantine(city, "letter-one")
    await city.store.commit(Changes(jobs=[Job("judge", "letter-two")]))
    waiting = await city.store.waiting(Queue.JOBS)
    text = await browser.get("/admin")
    assert "DamagedError" in text
    assert "letter-one" in text
    assert "letter-two" not in text
    assert f'<span class="figure">{waiting}</span> 后台任务' in text
    action = re.findall(r'action="(/admin/work/jobs/\d+/release)"', text)[0]

    text = await browser.submit(action)

    assert (browser.status, browser.path) == (200, "/admin")
    assert "已放回队列" in text
    assert "隔离区没有工作" in text
    assert await city.store.waiting(Queue.JOBS) == waiting + 1
    (entry,) = [
        one.entry for one in (await city.store.audit_page(PageRequest())).items if one.entry.action[:4] == "rele"
    ]
    assert (entry.actor, entry.target, entry.origin) == (admin.id, f"jobs:{action.split('/')[4]}", "127.0.0.1")

    await browser.get("/admin/settings")
    await browser.post(action, {"csrf_token": browser.hidden("/logout")["csrf_token"]})
    assert browser.status == 404
    assert "已不在隔离区" in browser.text


@pytest.mark.parametrize("path", ["/admin/work/letters/1/release", f"/admin/work/jobs/{'9' * 30}/release"])
async def test_release_of_what_can_not_be_there_is_not_found(browser: Browser, city: City, path: str) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    await browser.post(path, {"csrf_token": browser.hidden("/logout")["csrf_token"]})
    assert browser.status == 404


async def test_administrator_sees_text_messages_without_phone_or_code(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    text = await browser.get("/admin")
    code = city.drawer.sent[-1][1]
    assert "139****0001" in text
    assert "13900000001" not in text
    assert re.search(r"验证码 \d{6}", code)
    assert not re.search(r"验证码 \d{6}", text)


async def test_staff_account_is_opened_and_its_holder_logs_in(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    await browser.get("/admin/staff/new?office=cgj")
    assert '<option value="cgj" selected>' in browser.text
    text = await browser.submit("/admin/staff", **NEW_STAFF)
    assert browser.status == 200
    assert "账户已开通" in text
    assert "137****0001" in text
    assert "13700000001" not in text
    assert "zhao.min" in await browser.get("/admin/staff?office=cgj")
    assert "zhao.min" not in await browser.get("/admin/staff?office=elsewhere")

    await other_browser.log_in("zhao.min", NEW_STAFF["password"])
    await other_browser.submit("/login/code", code=await city.sms_code("13700000001"))
    assert "市容科承办人" in other_browser.text


async def test_every_wrong_field_of_a_staff_account_is_told_at_once(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    await browser.get("/admin/staff/new")
    wrong = NEW_STAFF | {
        "office": "nowhere",
        "login": "X",
        "phone": "1",
        "password_again": "another",
        "roles": "citizen",
        "post": "长" * 41,
    }
    await browser.submit("/admin/staff", **wrong)
    assert browser.status == 422
    for field in ("office", "login", "phone", "password_again", "roles", "post"):
        assert f'id="error-{field}"' in browser.text, field
    assert 'value="赵敏"' in browser.text
    assert NEW_STAFF["password"] not in browser.text


async def test_account_is_switched_off_with_a_reason_and_on_again(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    handler = await city.staff("handler.two", Role.HANDLER, phone="13700000002")
    await other_browser.log_in("handler.two", STAFF_PASSWORD)
    await other_browser.submit("/login/code", code=await city.sms_code("13700000002"))
    one = f"/admin/staff/{handler.id}"

    await browser.get(one)
    await browser.submit(f"{one}/switch", reason="短")
    assert browser.status == 422
    assert 'id="error-reason"' in browser.text
    await browser.submit(f"{one}/switch", reason="调离本单位，账户停用")
    assert "账户已停用" in browser.text
    kept = await city.store.get(Account, handler.id)
    assert kept is not None
    assert kept.state is AccountState.DISABLED
    await other_browser.get("/account")
    assert other_browser.path.startswith("/login")

    await browser.get(one)
    await browser.submit(f"{one}/switch", reason="调回本单位，重新启用")
    assert "账户已启用" in browser.text


async def test_administrator_neither_switches_off_himself_nor_sees_citizens(browser: Browser, city: City) -> None:
    admin = await _log_in(browser, city, Role.ADMINISTRATOR)
    one = f"/admin/staff/{admin.id}"
    assert "/switch" not in await browser.get(one)
    await browser.submit(f"{one}/switch", reason="我要停用自己的账户")
    assert browser.status == 409
    await browser.get("/admin/staff/no-such-account")
    assert browser.status == 404


async def test_rules_are_shown_with_their_basis_and_whether_it_was_checked(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    text = await browser.get("/admin/rules")
    pack = city.services.limits.pack
    assert text.count("<article") == len(pack.rules)
    assert text.count("未核对出处") == sum(not rule.verified for rule in pack.rules)
    for rule in pack.rules:
        assert rule.text_zh in text
        assert f"{rule.id} {rule.stamp}" in text
    assert "<form" not in text.split("<main")[1]


async def test_calendar_says_which_year_is_provisional(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    assert NOON.year == 2026
    text = await browser.get("/admin/calendar")
    assert "2027 年为暂定" in text
    assert "2026 年为暂定" not in text
    assert ">248</td>" in text
    assert "国办发明电〔2025〕7号" in text
    assert "调休上班" in text


async def test_settings_are_shown_with_the_city_and_its_rules(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    text = await browser.get("/admin/settings")
    pack = city.services.limits.pack
    assert f"{pack.id} / {pack.version}" in text
    assert "0.0.0" in text


async def test_audit_log_is_newest_first_by_pages_and_by_actor(browser: Browser, city: City) -> None:
    auditor = await _log_in(browser, city, Role.AUDITOR)
    entries = [AuditEntry(NOON, "somebody", "letter.signed_for", f"letter-{count}") for count in range(60)]
    await city.store.commit(Changes(audit=entries))
    text = await browser.get("/audit")
    assert text.index("letter-59") < text.index("letter-58")
    assert "letter-9<" not in text
    assert "签收" in text
    link = re.findall(r'href="(/audit\?after=[^"]+)"', text)[0]
    assert "letter-9<" in await browser.get(link)

    text = await browser.get(f"/audit?actor={auditor.id}")
    assert "letter-" not in text
    assert "log_in" in text
    assert "综合科科员" in text
    assert "李明" not in text


async def test_audit_page_tells_where_the_ledger_stands(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.AUDITOR)
    assert "完好" in await browser.get("/audit")
    sealed = await city.store.checkpoint(city.clock.now())
    assert sealed is not None
    text = await browser.get("/audit")
    assert f"ledger=1:{sealed.hash}" in text
    assert "完好" in text


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (CHANGE_ENTRY, "存证链已断裂"),
        (partial(drop_audit, target="letter-7"), "存证链已断裂"),
        (SPOIL_ENTRY, "有记录无法读取"),
        ("UPDATE audit_lots SET body = x'00'", "有记录无法读取"),
        (CHANGE_LEDGER, "与封存时不一致"),
        ("DELETE FROM ledger", "与封存时不一致"),
        ("UPDATE ledger SET body = x'00'", "最后一条无法读取"),
    ],
    ids=["changed", "deleted", "unreadable", "lot unreadable", "ledger changed", "ledger deleted", "ledger unreadable"],
)
async def test_what_was_tampered_with_is_told(
    browser: Browser, city: City, tmp_path: Path, how: str | Callable[[sqlite3.Connection], None], told: str
) -> None:
    await _log_in(browser, city, Role.AUDITOR)
    await city.store.commit(Changes(audit=[AuditEntry(NOON, "a", "b", f"letter-{count}") for count in range(9)]))
    await city.store.checkpoint(city.clock.now())
    assert told not in await browser.get("/audit")

    tamper(tmp_path, how)
    # Whoever tampers does not announce it: the page is put together anew each second, and shown a second later at most.
    city.clock.advance(timedelta(seconds=2))

    text = await browser.get("/audit")
    assert browser.status == 200
    assert told in text


async def test_audit_log_is_downloaded_whole_with_harmless_cells_and_the_download_is_logged(
    browser: Browser, city: City
) -> None:
    auditor = await _log_in(browser, city, Role.AUDITOR)
    entries = [AuditEntry(NOON, "robot", "b", f"letter-{count}", data={"n": count}) for count in range(450)]
    await city.store.commit(Changes(audit=[*entries, AuditEntry(NOON, "robot", "=1+1", '@SUM("a,b")')]))

    text = await browser.get("/audit/export.csv?actor=robot")

    assert browser.status == 200
    assert browser.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in browser.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == 451
    assert (rows[0]["action"], rows[0]["target"]) == ("'=1+1", '\'@SUM("a,b")')
    assert rows[1]["at"] == "2026-03-02T12:00:00+08:00"
    assert rows[-1]["data"] == '{"n":0}'
    newest = (await city.store.audit_page(PageRequest(size=1))).items[0].entry
    assert (newest.action, newest.actor, newest.data) == ("download_audit", auditor.id, {"of": "robot"})


async def test_download_that_breaks_off_does_not_look_whole(browser: Browser, city: City, tmp_path: Path) -> None:
    await _log_in(browser, city, Role.AUDITOR)
    await city.store.commit(Changes(audit=[AuditEntry(NOON, "robot", "b", f"letter-{count}") for count in range(450)]))
    tamper(tmp_path, SPOIL_ENTRY)
    with pytest.raises(ClientPayloadError):
        await browser.get("/audit/export.csv?actor=robot")


async def test_nothing_under_the_audit_log_can_be_posted_to(browser: Browser, city: City) -> None:
    await _log_in(browser, city, Role.AUDITOR)
    for path in AUDIT_PAGES:
        await browser.post(path, {"csrf_token": browser.hidden("/logout")["csrf_token"]})
        assert browser.status == 405
        await browser.get("/account")


async def test_demonstration_phone_is_not_there_in_service(browser: Browser, city: City) -> None:
    assert "/demo/phone" not in await browser.get("/")
    await browser.get("/demo/phone")
    assert browser.status == 404
    await browser.get("/register")
    await browser.post("/demo/phone", {"csrf_token": browser.hidden("/register/code")["csrf_token"], "phone": PHONE})
    assert browser.status == 404


async def test_demonstration_phone_shows_codes_newest_first_and_of_one_phone(
    demo_browser: tuple[Browser, City],
) -> None:
    browser, city = demo_browser
    codes = {}
    for phone in (PHONE, OTHER_PHONE):
        city.clock.advance(timedelta(seconds=61))
        await browser.get("/register")
        await browser.submit("/register/code", phone=phone)
        codes[phone] = await city.sms_code(phone)

    text = await browser.get("/demo/phone")
    assert "演示环境" in text
    assert text.index(codes[OTHER_PHONE]) < text.index(codes[PHONE])
    assert 'http-equiv="refresh"' not in text
    assert 'http-equiv="refresh"' in await browser.get("/demo/phone?auto=1")

    text = await browser.submit("/demo/phone", phone="138-1234 5678")
    assert browser.path == "/demo/phone"
    assert codes[PHONE] in text
    assert codes[OTHER_PHONE] not in text
    assert codes[OTHER_PHONE] not in await browser.get("/demo/phone?auto=1")
    assert codes[OTHER_PHONE] in await browser.submit("/demo/phone", phone="")

    await browser.submit("/demo/phone", phone="12")
    assert browser.status == 422
    assert 'id="error-phone"' in browser.text
    assert 'value="12"' in browser.text


@pytest.mark.parametrize("path", ADMIN_PAGES)
async def test_administrator_s_pages_speak_english_without_a_chinese_word_of_ours(
    browser: Browser, city: City, path: str
) -> None:
    await _log_in(browser, city, Role.ADMINISTRATOR)
    text = (await browser.get(f"{path}?lang=en")).split("<main")[1]
    assert browser.status == 200
    assert "系统管理" not in text
    assert "人员账户" not in text
