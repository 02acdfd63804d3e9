"""The pages of addresses, closing, handing over, companies and the register of boxes, without scripts."""

from __future__ import annotations

from html import unescape

import pytest
from support.companies import CODE, FROM, NAME, REPRESENTATIVE, applied, kept, shared, verified
from support.scene import Scene
from support.web import PASSWORD, Browser

from minxin.mailbox.companies.records import Company, CompanyState
from minxin.mailbox.mail.records import Box, BoxState

TYPED = {"code": CODE, "name": NAME, "representative": REPRESENTATIVE}


@pytest.fixture
def writer(scene: Scene) -> Browser:
    return scene.browsers["writer"]


async def state_of(scene: Scene, who: str) -> BoxState:
    box = await kept(scene.city.store, Box, scene.actors[who].id)
    assert box is not None
    return box.state


async def test_an_address_is_chosen_from_what_is_offered(scene: Scene, writer: Browser) -> None:
    await writer.get("/account")
    assert 'href="/box/address"' in writer.text
    await writer.get("/box/address")
    assert "wangxiaoming@citizen.binhai.example" in writer.text
    await writer.submit("/box/address", address="wangxiaoming@citizen.binhai.example")
    assert "邮箱地址已更换" in writer.text
    assert "新地址每 30 天只能选一次" in writer.text

    neighbour = scene.browsers["neighbour"]
    await neighbour.get("/box/address")
    assert "已被占用" in neighbour.text
    await neighbour.submit("/box/address", address="wangxiaoming@citizen.binhai.example")
    assert (neighbour.status, "这个邮箱地址不能选" in neighbour.text) == (422, True)


async def test_a_box_is_closed_with_the_password_and_opened_again(scene: Scene, writer: Browser) -> None:
    await writer.get("/box/closing")
    assert "30 天内" in writer.text
    await writer.submit("/box/closing", password="wrong")
    assert writer.status == 422
    await writer.submit("/box/closing", password=PASSWORD)
    assert "您的邮箱已关闭" in writer.text
    await writer.get("/box")
    assert writer.status == 200
    await writer.get("/box/address")
    assert writer.status == 404
    await writer.get("/box/closing")
    await writer.submit("/box/closing/reopen")
    assert (writer.path, "邮箱已重新开通" in writer.text) == ("/box", True)


async def test_a_company_goes_from_application_to_closing(scene: Scene, writer: Browser) -> None:
    clerk, neighbour = scene.browsers["clerk"], scene.browsers["neighbour"]
    await writer.get("/companies/new")
    await writer.submit("/companies", **TYPED, district="")
    assert (writer.status, "请选择企业所在的区" in writer.text, CODE in writer.text) == (422, True, True)
    await writer.submit("/companies", **TYPED, district="haiyan")
    assert "申请已提交" in writer.text
    company = writer.path
    company_id = company.removeprefix("/companies/")

    await clerk.get("/desk/companies")
    assert NAME in clerk.text
    await clerk.get(f"/desk/companies/{company_id}")
    assert "138****0001" in clerk.text
    assert "王小明" not in clerk.text.split("card-grid")[0]
    await clerk.submit(f"/desk/companies/{company_id}/verify", **{**TYPED, "name": "滨海市晨曦科技有限公司"})
    assert (clerk.status, "与申请的企业名称不一致" in clerk.text) == (422, True)
    await clerk.submit(f"/desk/companies/{company_id}/verify", **TYPED)
    assert "企业已核验" in clerk.text

    await writer.get(company)
    await writer.submit(f"{company}/invite", who="12")
    assert (writer.status, "请填写对方的 11 位手机号码" in writer.text) == (422, True)
    await writer.submit(f"{company}/invite", who="13800000002")
    assert "138****0002" in writer.text
    await neighbour.get("/companies")
    (invitation,) = {part.split('"')[0] for part in neighbour.text.split("/companies/invitations/")[1:]}
    await neighbour.submit(f"/companies/invitations/{invitation}", accept="1")
    assert "您已成为经办人" in neighbour.text
    await neighbour.get(company)
    assert "@corp.binhai.example" in neighbour.text
    assert f"{company}/close" not in neighbour.text

    await writer.get(f"{company}/pass-on")
    await writer.submit(f"{company}/pass-on", heir=scene.actors["neighbour"].id, password=PASSWORD)
    assert "授权代表已更换" in writer.text
    await neighbour.get(f"{company}/close")
    await neighbour.submit(f"{company}/close", password=PASSWORD)
    found = await kept(scene.city.store, Company, company_id)
    assert found.state is CompanyState.CLOSED
    await clerk.get(f"/desk/companies/{company_id}")
    await clerk.submit(f"/desk/companies/{company_id}/reopen", reason="代表到窗口申请恢复")
    assert "企业已恢复" in clerk.text


async def test_a_refused_application_says_why(scene: Scene, writer: Browser) -> None:
    company, clerk = await applied(scene.city, scene.actors["writer"]), scene.browsers["clerk"]
    await clerk.get(f"/desk/companies/{company.id}")
    await clerk.submit(f"/desk/companies/{company.id}/refuse", reason="执照已过期")
    await writer.get(f"/companies/{company.id}")
    assert "执照已过期" in writer.text
    await clerk.get("/desk/companies?state=refused")
    assert NAME in clerk.text


async def test_delegates_leave_are_removed_and_invitations_taken_back(scene: Scene, writer: Browser) -> None:
    company = await verified(scene.city, scene.actors["writer"])
    await shared(scene, company)
    await scene.city.services.companies.own.invite(scene.actors["writer"], company.id, "13911112222", FROM)
    await writer.get(f"/companies/{company.id}")
    (path,) = {part.split('"')[0] for part in writer.text.split('action="')[1:] if "take-back" in part.split('"')[0]}
    await writer.submit(path)
    assert "139****2222" not in writer.text
    await writer.submit(f"/companies/{company.id}/remove", account=scene.actors["neighbour"].id)
    assert "经办人已移除" in writer.text or "已移除经办人" in writer.text
    await shared(scene, company)
    neighbour = scene.browsers["neighbour"]
    await neighbour.get(f"/companies/{company.id}")
    await neighbour.submit(f"/companies/{company.id}/remove", account=scene.actors["neighbour"].id)
    assert (neighbour.path, "您已退出企业" in neighbour.text) == ("/companies", True)


async def test_who_acts_for_a_company_is_told_so_when_he_closes_his_account(scene: Scene, writer: Browser) -> None:
    await verified(scene.city, scene.actors["writer"])
    await writer.get("/account/close")
    await writer.submit("/account/close", password=PASSWORD)

    assert writer.status == 409
    assert f"您是“{NAME}”的授权代表" in unescape(writer.text)


async def test_a_clerk_appoints_another_person_at_the_counter(scene: Scene) -> None:
    company, clerk = await verified(scene.city, scene.actors["writer"]), scene.browsers["clerk"]
    await clerk.get(f"/desk/companies/{company.id}")
    await clerk.submit(f"/desk/companies/{company.id}/appoint", **TYPED, phone="13800000002")

    assert "授权代表已更换" in clerk.text


async def test_switching_a_member_of_staff_off_asks_who_goes_on_with_the_box(scene: Scene) -> None:
    administrator, handler = scene.browsers["administrator"], scene.actors["handler"]
    await scene.browsers["handler"].get("/box")
    path = f"/admin/staff/{handler.id}"
    await administrator.get(path)
    await administrator.submit(f"{path}/switch", reason="调离本单位")
    assert (administrator.path, "请在下面移交邮箱" in administrator.text) == (f"{path}/box", True)
    await administrator.submit(f"{path}/box/hand-over", heir="", reason="调离本单位")
    assert administrator.status == 422
    await administrator.submit(f"{path}/box/hand-over", heir=scene.actors["reviewer"].id, reason="调离本单位")
    assert "邮箱已移交" in administrator.text
    assert await state_of(scene, "handler") is BoxState.HANDED_OVER
    reviewer = scene.browsers["reviewer"]
    await reviewer.get(f"/box?box={handler.id}")
    assert reviewer.status == 200
    await administrator.submit(f"{path}/box/hand-back", reason="又回来了呀")
    assert (administrator.status, "请先启用再交还" in administrator.text) == (409, True)


async def test_the_administrator_finds_a_box_and_sets_what_it_holds(scene: Scene, writer: Browser) -> None:
    await writer.get("/box/address")
    address = (await kept(scene.city.store, Box, scene.actors["writer"].id)).address
    administrator = scene.browsers["administrator"]
    await administrator.get(f"/admin/boxes?q={address[:6].upper()}&kind=citizen&state=open")
    assert address in administrator.text
    await administrator.get("/admin/boxes?q=nobody-has-this&kind=moon&filled=x")
    assert "没有符合条件的邮箱" in administrator.text
    path = f"/admin/boxes/{scene.actors['writer'].id}"
    await administrator.get(path)
    await administrator.submit(f"{path}/quotas", mail_mb="x", disk_mb="5")
    assert administrator.status == 422
    await administrator.submit(f"{path}/quotas", mail_mb="50", disk_mb="5")
    assert "0.0 / 50 MB" in administrator.text
    await writer.get("/disk")
    assert "共 5 MB" in writer.text


async def test_a_city_without_a_domain_for_companies_has_none(scene: Scene, writer: Browser) -> None:
    kit = scene.city.services.companies.kit
    object.__setattr__(kit, "domain", "")
    for path in ("/companies", "/companies/new"):
        await writer.get(path)
        assert writer.status == 404
    await scene.browsers["clerk"].get("/desk/companies")
    assert scene.browsers["clerk"].status == 404
