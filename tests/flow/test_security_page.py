"""The page about the safety of one's account: devices, log-ins with the wrong ones, and a warning for a new device."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.scene import Scene
from support.texting import send_all
from support.web import PASSWORD, Browser, City, open_browser

from minxin.core.errors import InvalidInputError
from minxin.mailbox.loginrecords import KEPT, LogInRecord, masked_network
from minxin.mailbox.records import Scope, Session
from minxin.mailbox.sweeping import sweep_expired

PHONE = "13800000001"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def log_ins(scene: Scene) -> list[LogInRecord]:
    return await scene.city.services.accounts.own.log_ins(scene.actors["writer"].id)


async def log_in(city: City, login: str, password: str = PASSWORD, origin: str = "10.1.2.3", device: str = "") -> str:
    ticket = await city.accounts.log_ins.log_in(login, password, origin, device)
    return ticket.session.id


async def test_the_page_shows_devices_networks_and_wrong_passwords_in_words(scene: Scene) -> None:
    city, browser = scene.city, scene.browsers["writer"]
    for _ in range(3):
        with pytest.raises(InvalidInputError):
            await log_in(city, "writer", "wrong", "203.0.113.9", "Edge · Windows")
    await log_in(city, "writer", device="Firefox · Windows")
    page = await browser.get("/account/security")

    assert "Firefox · Windows" in page
    assert "10.1.2.*" in page
    assert "203.0.113.*" in page
    assert "203.0.113.9" not in page
    assert "密码错误 3 次" in page
    assert "本设备" in page


async def test_one_device_is_logged_out_and_nobody_elses(scene: Scene) -> None:
    city, browser = scene.city, scene.browsers["writer"]
    mine = await log_in(city, "writer", device="Firefox · Windows")
    others = await log_in(city, "neighbour")
    await browser.get("/account/security")
    shown = await browser.submit(f"/account/security/sessions/{mine}/end")
    token = browser.hidden("/logout")
    await browser.post(f"/account/security/sessions/{others}/end", token)

    assert "该设备已退出登录" in shown
    assert await city.store.get(Session, mine) is None
    assert await city.store.get(Session, others) is not None


async def test_wrong_guesses_of_a_day_from_one_network_are_one_line(scene: Scene) -> None:
    before = len(await log_ins(scene))
    for last in (1, 2, 3):
        with pytest.raises(InvalidInputError):
            await log_in(scene.city, "writer", "wrong", f"203.0.113.{last}")
    with pytest.raises(InvalidInputError):
        await log_in(scene.city, "writer", "wrong", "2001:db8:1:2::3")
    found = [one for one in await log_ins(scene) if not one.right]

    assert len(found) + before == len(await log_ins(scene))
    assert sorted((one.network, one.times) for one in found) == [("2001:db8:1::/48", 1), ("203.0.113.*", 3)]


async def test_nobody_unknown_and_nothing_typed_is_noted(scene: Scene) -> None:
    before = await log_ins(scene)
    with pytest.raises(InvalidInputError):
        await log_in(scene.city, "no such name", "wrong")

    assert await log_ins(scene) == before


async def test_a_new_kind_of_device_is_told_by_sms_once(scene: Scene) -> None:
    city = scene.city
    await log_in(city, "writer", device="Chrome · Android")
    await send_all(city.store, city.vault, city.clock, city.drawer)
    city.drawer.sent.clear()
    await log_in(city, "writer", device="Firefox · Windows")
    await log_in(city, "writer", device="Firefox · Windows")
    await send_all(city.store, city.vault, city.clock, city.drawer)

    assert [words for _, words in city.drawer.sent if "新设备" in words] == [
        "【民信】您的账户于3月2日12:00在一台新设备上登录。如非本人操作，请立即修改密码。"
    ]


async def test_a_program_is_noted_once_a_day_and_its_wrong_passwords_too(scene: Scene) -> None:
    city, writer = scene.city, scene.actors["writer"]
    programs = city.accounts.app_passwords
    new = await programs.create(writer.id, name="家里电脑", scopes=[Scope.IMAP], password=PASSWORD, origin="10.1.2.3")
    for _ in range(3):
        await programs.authenticate("writer", new.password, Scope.IMAP, "10.1.2.3")
    with pytest.raises(InvalidInputError):
        await programs.authenticate("writer", "wrong", Scope.IMAP, "10.1.2.3")
    noted = [(one.device, one.right) for one in await log_ins(scene) if one.door == "imap"]

    assert sorted(noted) == [("", False), ("家里电脑", True)]


async def test_log_ins_end_by_themselves_after_180_days(scene: Scene) -> None:
    await log_in(scene.city, "writer")
    now = scene.city.clock.now() + KEPT
    while await sweep_expired(scene.city.store, now - timedelta(seconds=1)):
        pass
    assert await log_ins(scene)
    while await sweep_expired(scene.city.store, now):
        pass
    assert await log_ins(scene) == []


async def test_a_browser_that_logs_in_is_named_by_what_it_says(scene: Scene) -> None:
    async with open_browser(scene.browsers["writer"].base) as browser:
        await browser.get("/login")
        fields = {**browser.hidden("/login"), "identifier": "writer", "password": PASSWORD}
        await browser.post("/login", fields, **{"User-Agent": FIREFOX})
        assert_logged_in(browser)
        assert "Firefox · Windows" in await browser.get("/account/security")


def assert_logged_in(browser: Browser) -> None:
    assert browser.status == 200
    assert "__Host-minxin" in browser.cookies


@pytest.mark.parametrize(
    ("origin", "masked"),
    [
        ("10.1.2.3", "10.1.2.*"),
        ("::ffff:10.1.2.3", "10.1.2.*"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_network_is_masked_so_that_it_names_no_house(origin: str, masked: str) -> None:
    assert masked_network(origin) == masked
