"""The pages about short messages: the choice of each, and the administrator's list of what failed."""

from __future__ import annotations

import pytest
from support.desk import Staff
from support.texting import send_all
from support.web import City

from minxin.core.actor import Role
from minxin.mailbox import sms
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.records import Account, NoticeWay
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport
from minxin.mailbox.texting.rules import Kind

PHONE = "13900000777"


class Refusing:
    """A provider that knows no number."""

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        raise SmsRefusedError("InvalidNumber")

    async def reports(self) -> list[DeliveryReport]:
        return []


async def test_holder_chooses_how_he_is_told(city: City, staff: Staff) -> None:
    browser = await staff(Role.HANDLER)
    await browser.get("/account")
    assert 'href="/account/notices"' in browser.text
    await browser.get("/account/notices")
    await browser.submit("/account/notices", way="none")
    assert (browser.status, browser.path) == (200, "/account/notices")
    assert "提醒方式已保存" in browser.text
    assert 'value="none" checked' in browser.text


@pytest.mark.parametrize(
    ("way", "told"), [("mail", "没有电子邮箱地址"), ("pigeon", "请选择一种提醒方式"), ("", "请选择")]
)
async def test_way_that_can_not_be_is_told_beside_the_field(city: City, staff: Staff, way: str, told: str) -> None:
    browser = await staff(Role.HANDLER)
    await browser.get("/account/notices")
    await browser.submit("/account/notices", way=way)
    assert browser.status == 422 and told in browser.text


async def test_administrator_sends_what_failed_again(city: City, staff: Staff) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    reader = await city.staff("wang", Role.REVIEWER, phone=PHONE)
    now = city.clock.now()
    message = sms.wrote("滨海市", "zh", "市城管局", now, now)
    await city.store.commit(sms.notice(city.vault, reader.id, Kind.NOTICE, "cgj", message, "a"))
    await send_all(city.store, city.vault, city.clock, city.drawer)

    await browser.get("/admin/sms")
    assert browser.status == 200
    assert "已过时" in browser.text and PHONE not in browser.text
    action = browser.text.split('action="/admin/sms/')[1].split('"')[0]
    await browser.submit(f"/admin/sms/{action}")
    assert "已放回发送队列" in browser.text and "没有发送失败的短信" in browser.text
    city.drawer.sent.clear()
    await send_all(city.store, city.vault, city.clock, city.drawer)
    assert [phone for phone, _ in city.drawer.sent] == [PHONE]


async def test_page_shows_the_provider_s_code_and_no_button_for_a_code_that_is_of_no_use(
    city: City, staff: Staff
) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    message = ShortMessage(
        template="code.apply", language="zh", signature="滨海市", params={"code": "1", "minutes": "5"}
    )
    await city.store.commit(sms.entry(city.vault, city.vault.seal(PHONE, "phone"), message, "code"))
    await send_all(city.store, city.vault, city.clock, Refusing())
    await browser.get("/admin/sms")
    assert "InvalidNumber" in browser.text and "不再需要" in browser.text
    assert 'action="/admin/sms/' not in browser.text


async def test_choice_is_kept_with_the_account(city: City) -> None:
    account = await city.staff("wang", Role.HANDLER)
    await city.accounts.own.set_notices(account.id, "none", "127.0.0.1")
    kept = await city.store.get(Account, account.id)
    assert kept is not None and kept.notices is NoticeWay.NONE
