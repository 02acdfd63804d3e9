"""Registration, log-in and the account page, over real HTTP and the real store."""

from __future__ import annotations

from datetime import timedelta

from support.web import ID_NUMBER, PASSWORD, STAFF_PASSWORD, Browser, City

from minxin.core.actor import Role
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.reveals import Datum

PHONE = "13812345678"
DETAILS = {"phone": PHONE, "name": "王小明", "id_number": ID_NUMBER, "password": PASSWORD, "consent": "1"}


async def _register(browser: Browser, city: City) -> None:
    await browser.get("/register")
    await browser.submit("/register/code", phone=PHONE)
    await browser.submit("/register", **DETAILS, code=await city.sms_code(PHONE))
    assert (browser.status, browser.path) == (200, "/account")


async def _log_in_clerk(browser: Browser, city: City) -> Account:
    clerk = await city.staff("clerk", Role.CLERK)
    await browser.log_in("clerk", STAFF_PASSWORD)
    assert browser.path.startswith("/login/code")
    await browser.submit("/login/code", code=await city.sms_code("13900000001"))
    assert (browser.status, browser.path) == (200, "/account")
    return clerk


async def test_citizen_registers_and_sees_his_data_masked(browser: Browser, city: City) -> None:
    await _register(browser, city)
    assert "王**" in browser.text
    assert "138****5678" in browser.text
    assert PHONE not in browser.text
    assert ID_NUMBER not in browser.text
    assert "您的姓名尚未核验" in browser.text
    assert "注册申请已收到" in browser.text
    assert "注册申请已收到" not in await browser.get("/account")


async def test_every_wrong_field_is_told_beside_it_and_nothing_typed_is_lost(browser: Browser, city: City) -> None:
    await browser.get("/register")
    await browser.submit("/register/code", phone=PHONE)
    code = await city.sms_code(PHONE)
    await browser.submit(
        "/register", phone=PHONE, name="", id_number="110105194912310021", password="12345678", code=code
    )
    assert browser.status == 422
    for field in ("name", "id_number", "password", "consent"):
        assert f'id="error-{field}"' in browser.text
        assert f'href="#field-{field}"' in browser.text
    assert 'value="110105194912310021"' in browser.text
    assert f'value="{code}"' in browser.text
    assert 'value="12345678"' not in browser.text
    await browser.submit("/register", **DETAILS, code=code)
    assert browser.path == "/account"


async def test_errors_speak_english_to_who_reads_english(browser: Browser, city: City) -> None:
    await browser.get("/register?lang=en")
    await browser.submit("/register/code", phone="12")
    assert browser.status == 422
    assert '<html lang="en"' in browser.text
    assert not [
        character for character in browser.text if "\u4e00" <= character <= "\u9fff" and character not in "中文"
    ]


async def test_code_of_another_browser_is_worth_nothing(browser: Browser, other_browser: Browser, city: City) -> None:
    await browser.get("/register")
    await browser.submit("/register/code", phone=PHONE)
    code = await city.sms_code(PHONE)
    await other_browser.get("/register")
    await other_browser.submit("/register", **DETAILS, code=code)
    assert other_browser.status == 422
    assert 'id="error-code"' in other_browser.text


async def test_second_code_within_a_minute_is_refused_and_what_was_typed_stays(browser: Browser, city: City) -> None:
    await browser.get("/register")
    await browser.submit("/register/code", phone=PHONE)
    await browser.submit("/register/code", phone=PHONE, name="王小明", id_number="1101")
    assert browser.status == 429
    assert int(browser.headers["Retry-After"]) <= 60
    assert 'value="王小明"' in browser.text
    assert 'value="1101"' in browser.text


async def test_log_in_tells_unknown_name_and_wrong_password_alike(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.submit("/logout")
    await browser.log_in(PHONE, "not the password")
    wrong_password = browser.text.split("<main")[1].replace(PHONE, "")
    await browser.log_in("13700000000", "not the password")
    unknown = browser.text.split("<main")[1].replace("13700000000", "")
    assert browser.status == 422
    assert _without_tokens(wrong_password) == _without_tokens(unknown)


def _without_tokens(text: str) -> str:
    return "".join(line for line in text.splitlines() if "csrf_token" not in line)


async def test_guesses_are_throttled(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.submit("/logout")
    for _ in range(10):
        await browser.log_in(PHONE, "wrong")
    await browser.log_in(PHONE, PASSWORD)
    assert browser.status == 429
    assert PHONE in browser.text
    city.clock.advance(timedelta(minutes=16))
    await browser.log_in(PHONE, PASSWORD)
    assert browser.path == "/account"


async def test_log_in_leads_to_the_page_that_was_asked_for_and_never_elsewhere(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.submit("/logout")
    await browser.get("/account/password")
    assert browser.path.startswith("/login?next=")
    await browser.submit("/login", identifier=PHONE, password=PASSWORD)
    assert browser.path == "/account/password"
    await browser.get("/account")
    await browser.submit("/logout")
    await browser.get("/login?next=//evil.example/")
    await browser.submit("/login", identifier=PHONE, password=PASSWORD)
    assert browser.path == "/account"


async def test_log_out_ends_the_session_on_the_server(browser: Browser, city: City) -> None:
    await _register(browser, city)
    stolen = dict(browser.cookies)
    await browser.submit("/logout")
    browser.cookies = stolen
    await browser.get("/account")
    assert browser.path.startswith("/login")


async def test_token_is_new_after_log_in_and_after_the_second_factor(browser: Browser, city: City) -> None:
    await city.staff("clerk", Role.CLERK)
    await browser.log_in("clerk", STAFF_PASSWORD)
    before = browser.cookies["__Host-minxin"]
    await browser.get("/account")
    assert browser.path.startswith("/login"), "half a log-in opens nothing"
    await browser.get("/login/code")
    await browser.submit("/login/code", code="000000")
    assert browser.status == 422
    await browser.submit("/login/code", code=await city.sms_code("13900000001"))
    assert browser.status == 200
    assert browser.cookies["__Host-minxin"] != before


async def test_account_lists_log_ins_and_ends_the_others(browser: Browser, other_browser: Browser, city: City) -> None:
    await _register(browser, city)
    await other_browser.log_in(PHONE, PASSWORD)
    assert await browser.get("/account/security")
    assert "结束其他登录" in browser.text
    await browser.submit("/account/security/sessions/end")
    assert "结束其他登录" not in browser.text
    await other_browser.get("/account")
    assert other_browser.path.startswith("/login")


async def test_changed_password_ends_other_log_ins_and_keeps_this_one(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await _register(browser, city)
    await other_browser.log_in(PHONE, PASSWORD)
    await browser.get("/account/password")
    await browser.submit("/account/password", old_password="wrong", new_password="灯塔下面有一只白猫3")
    assert 'id="error-old_password"' in browser.text
    await browser.submit("/account/password", old_password=PASSWORD, new_password="灯塔下面有一只白猫3")
    assert (browser.status, browser.path) == (200, "/account")
    await other_browser.get("/account")
    assert other_browser.path.startswith("/login")


async def test_forgotten_password_is_set_anew_with_the_phone(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.submit("/logout")
    city.clock.advance(timedelta(seconds=61))
    await browser.get("/password")
    await browser.submit("/password/code", phone=PHONE)
    code = await city.sms_code(PHONE)
    await browser.submit("/password", phone=PHONE, code=code, new_password="灯塔下面有一只白猫3")
    assert browser.path == "/login"
    await browser.log_in(PHONE, "灯塔下面有一只白猫3")
    assert browser.path == "/account"


async def test_number_without_account_gets_the_same_page_and_no_sms(browser: Browser, city: City) -> None:
    await browser.get("/password")
    await browser.submit("/password/code", phone=PHONE)
    assert browser.status == 200
    assert "如果该号码已注册" in browser.text
    assert not city.drawer.sent


async def test_citizen_sees_who_looked_at_his_identity_and_why(browser: Browser, city: City) -> None:
    await _register(browser, city)
    citizen = await city.store.account_by_phone(city.vault.index(PHONE, "phone"))
    assert citizen is not None
    clerk = await city.accounts.people.actor_of((await city.staff("clerk", Role.CLERK)).id)
    await city.accounts.people.reveal(
        clerk, citizen.id, Datum.PHONE, "需要电话核实现场地点", "letter", "127.0.0.1", in_hands=True
    )
    await browser.get("/account")
    assert "滨海市城市管理局" in browser.text
    assert "需要电话核实现场地点" in browser.text
    assert "李明" not in browser.text


async def test_clerk_verifies_a_name_with_the_card(browser: Browser, other_browser: Browser, city: City) -> None:
    await _register(browser, city)
    await _log_in_clerk(other_browser, city)
    await other_browser.get("/desk/verifications")
    citizen = await city.store.account_by_phone(city.vault.index(PHONE, "phone"))
    assert citizen is not None
    one = f"/desk/verifications/{citizen.id}"
    assert one in other_browser.text
    await other_browser.get(one)
    assert ID_NUMBER not in other_browser.text
    assert "王小明" not in other_browser.text
    await other_browser.submit(f"{one}/verify", name="王小明", id_number="110105199001011234")
    assert other_browser.status == 422
    await other_browser.submit(f"{one}/verify", name="王小明", id_number=ID_NUMBER)
    assert (other_browser.status, other_browser.path) == (200, "/desk/verifications")
    await browser.get("/account")
    assert "实名已核验" in browser.text


async def test_clerk_refuses_with_a_reason_that_the_applicant_reads(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await _register(browser, city)
    await _log_in_clerk(other_browser, city)
    citizen = await city.store.account_by_phone(city.vault.index(PHONE, "phone"))
    assert citizen is not None
    one = f"/desk/verifications/{citizen.id}"
    await other_browser.get(one)
    await other_browser.submit(f"{one}/refuse", reason="短")
    assert other_browser.status == 422
    assert 'id="error-reason"' in other_browser.text
    await other_browser.submit(f"{one}/refuse", reason="证件照片与本人不符")
    assert other_browser.path == "/desk/verifications"
    await browser.get("/account")
    assert "证件照片与本人不符" in browser.text


async def test_citizen_and_stranger_do_not_learn_that_the_desk_exists(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.get("/desk/verifications")
    assert browser.status == 404
    assert "实名核验</a>" not in browser.text


async def test_clerk_opens_a_verified_account_at_the_counter(browser: Browser, city: City) -> None:
    await _log_in_clerk(browser, city)
    await browser.get("/desk/citizens/new")
    await browser.submit("/desk/citizens", name="王小明", id_number=ID_NUMBER, phone=PHONE, consent="1")
    assert (browser.status, browser.path) == (200, "/desk/verifications")
    citizen = await city.store.account_by_phone(city.vault.index(PHONE, "phone"))
    assert citizen is not None
    assert citizen.state is AccountState.ACTIVE


async def test_closed_account_is_gone_at_once(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.get("/account/close")
    await browser.submit("/account/close", password="wrong")
    assert 'id="error-password"' in browser.text
    await browser.submit("/account/close", password=PASSWORD)
    assert browser.path == "/login"
    await browser.log_in(PHONE, PASSWORD)
    assert browser.status == 422


async def test_language_is_kept_in_the_account(browser: Browser, city: City) -> None:
    await _register(browser, city)
    await browser.submit("/account/language", language="en")
    assert "My account" in browser.text
    citizen = await city.store.account_by_phone(city.vault.index(PHONE, "phone"))
    assert citizen is not None
    assert citizen.language == "en"
