"""Shares over real HTTP: link and password together, for whom they are meant, until they end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from support.desk import Staff
from support.letters import PHONE, become_citizen
from support.web import Browser, City

from minxin.core.actor import Actor, Role
from minxin.mailbox.disk.records import TOP, DiskShare
from minxin.mailbox.disk.service import NetworkDisk

SECRET = "开门口令七七"
FORM = {"audience": "anyone", "password": SECRET, "days": "7", "shown_name": "老王"}
_LINK = re.compile(r"/shared/[\w-]{43}")


class Owner:
    """A citizen with one file on the disk."""

    def __init__(self, browser: Browser, actor: Actor, item_id: str, disk: NetworkDisk) -> None:
        self.browser = browser
        self.actor = actor
        self.item_id = item_id
        self.disk = disk

    async def share(self, **changed: str) -> str:
        """Share the file through the page, and return the link's path."""
        await self.browser.get(f"/disk/items/{self.item_id}")
        await self.browser.submit(f"/disk/items/{self.item_id}/share", **{**FORM, **changed})
        assert self.browser.status == 200, self.browser.text[-2000:]
        found = _LINK.search(self.browser.text)
        assert found is not None
        return found.group()

    async def shares(self) -> list[DiskShare]:
        return await self.disk.shares.shares_of(self.actor)


@pytest.fixture
async def owner(browser: Browser, city: City) -> Owner:
    actor = await city.accounts.people.actor_of(await become_citizen(browser, city))
    item = await city.services.disk.files.put(actor, TOP, "合同.txt", "第一条".encode(), origin="")
    return Owner(browser, actor, item.id, city.services.disk)


async def fetch(browser: Browser, link: str, password: str = SECRET) -> str:
    await browser.get(link)
    return await browser.submit(link, password=password)


async def test_link_and_password_fetch_the_file_and_are_counted(owner: Owner, other_browser: Browser) -> None:
    link = await owner.share()
    await other_browser.get(link)
    assert "老王" in other_browser.text
    for private in ("合同", "王小明", PHONE):
        assert private not in other_browser.text
    assert await fetch(other_browser, link) == "第一条"
    assert other_browser.headers["Content-Disposition"].startswith("attachment;")
    (share,) = await owner.shares()
    assert share.downloads == 1
    await owner.browser.get("/disk/shares")
    assert "合同.txt" in owner.browser.text


async def test_neither_the_link_nor_the_password_is_kept(owner: Owner, city: City) -> None:
    link = await owner.share()
    (share,) = await owner.shares()
    token = link.rpartition("/")[2]
    assert token not in repr(share) and SECRET not in repr(share)
    assert share.password_hash.startswith("$argon2id$")
    await owner.browser.get("/disk/shares")
    assert token not in owner.browser.text


async def test_a_wrong_password_is_told_and_too_many_have_to_wait(owner: Owner, other_browser: Browser) -> None:
    link = await owner.share()
    for _ in range(10):
        assert "口令不正确" in await fetch(other_browser, link, "wrong password")
        assert other_browser.status == 422
    await fetch(other_browser, link)
    assert other_browser.status == 429
    assert (await owner.shares())[0].downloads == 0


async def test_guesses_from_many_networks_are_bounded_too(owner: Owner, city: City) -> None:
    link = await owner.share()
    rules = owner.disk.rules
    statuses = []
    for number in range(rules.wrong_per_share.count + 1):
        try:
            await owner.disk.shares.fetch(link.rpartition("/")[2], None, "wrong", origin=f"10.0.{number}.1")
        except Exception as error:  # noqa: BLE001 - both kinds are counted
            statuses.append(getattr(error, "http_status", 0))
    assert statuses == [422] * rules.wrong_per_share.count + [429]


@pytest.mark.parametrize("ending", ["revoked", "expired", "thrown away", "unknown"])
async def test_what_has_ended_looks_like_what_never_was(
    owner: Owner, other_browser: Browser, city: City, ending: str
) -> None:
    link = await owner.share()
    if ending == "revoked":
        await owner.browser.get("/disk/shares")
        (share,) = await owner.shares()
        await owner.browser.submit(f"/disk/shares/{share.id}/end")
    elif ending == "expired":
        city.clock.advance(timedelta(days=7))
    elif ending == "thrown away":
        await owner.disk.files.throw_away(owner.actor, owner.item_id, origin="")
    else:
        link = f"/shared/{'x' * 43}"
    await other_browser.get(link)
    assert other_browser.status == 404
    assert "这个分享链接无效" in other_browser.text


async def test_a_share_for_a_person_opens_for_him_alone(
    owner: Owner, other_browser: Browser, staff: Staff, city: City
) -> None:
    link = await owner.share(audience="person", phone=PHONE)
    assert "138****" in owner.browser.text
    await other_browser.get(link)
    assert other_browser.path.startswith("/login?next=")
    stranger = await staff(Role.HANDLER)
    await stranger.get(link)
    assert stranger.status == 404
    assert await fetch(owner.browser, link) == "第一条"


async def test_a_share_for_an_office_opens_for_its_staff_alone(owner: Owner, staff: Staff) -> None:
    link = await owner.share(audience="office", office="cgj")
    inside, outside = await staff(Role.HANDLER), await staff(Role.HANDLER, office_id="elsewhere")
    assert await fetch(inside, link) == "第一条"
    await outside.get(link)
    assert outside.status == 404


async def test_what_is_wrong_in_the_form_stands_beside_its_fields(owner: Owner) -> None:
    await owner.browser.get(f"/disk/items/{owner.item_id}")
    await owner.browser.submit(f"/disk/items/{owner.item_id}/share", audience="anyone", password="x", days="8")
    assert owner.browser.status == 422
    for words in ("分享口令至少 6 个字符", "请填写对方看到的名称", "请选择有效期"):
        assert words in owner.browser.text
    await owner.browser.submit(
        f"/disk/items/{owner.item_id}/share", **{**FORM, "audience": "office", "office": "nowhere"}
    )
    assert "请选择单位" in owner.browser.text
    assert await owner.shares() == []


async def test_deleting_the_file_for_good_deletes_its_shares(owner: Owner) -> None:
    await owner.share()
    await owner.disk.files.throw_away(owner.actor, owner.item_id, origin="")
    await owner.disk.files.delete(owner.actor, None, origin="")
    assert await owner.shares() == []


async def test_the_newest_version_is_what_is_fetched(owner: Owner, other_browser: Browser) -> None:
    link = await owner.share()
    await owner.disk.files.put(owner.actor, TOP, "合同.txt", "第二稿".encode(), origin="")
    assert await fetch(other_browser, link) == "第二稿"
