"""In a browser: an address is chosen, a company verified and shared, a box handed over and closed, quotas set."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import DESKTOP, PHONE, Person, Stage

from minxin.deploy.populate import PASSWORD

pytestmark = pytest.mark.browser

CODE = "91350100M000100Y43"
NAME = "滨海市晨光科技有限公司"


async def test_an_address_is_chosen_and_the_mailbox_closed_and_opened_again(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.citizen("citizen"), "citizen1")
    await citizen.go("/box/address")
    await citizen.look("offered")
    await citizen.page.get_by_label("zenghaihang@").check()
    await citizen.press("选用这个地址")
    await citizen.sees("邮箱地址已更换，原有地址继续有效。", "新地址每 30 天只能选一次")
    await citizen.look("chosen")
    await _in_english(citizen, "/box/address", "chosen-english")
    await citizen.follow("关闭邮箱")
    await citizen.look("closing")
    await citizen.fill("密码", "不是这个")
    await citizen.press("关闭邮箱")
    await citizen.look("closing-wrong")
    await citizen.fill("密码", PASSWORD)
    await citizen.press("关闭邮箱")
    await citizen.sees("您的邮箱已关闭")
    await citizen.look("closed")
    await citizen.press("重新开通邮箱")
    await citizen.sees("邮箱已重新开通。")


async def test_a_company_is_verified_shared_and_closed(stage: Stage) -> None:
    owner = await steps.log_in(await stage.citizen("owner"), "citizen1")
    clerk = await steps.log_in(await stage.person("clerk"), "zhongxin.clerk1")
    await _apply(owner)
    await _verify(clerk)
    await _invite(owner)
    await _join(await steps.log_in(await stage.citizen("delegate"), "citizen2"))
    await _go_to(owner, NAME)
    await owner.follow("更换授权代表")
    await owner.look("pass-on")
    await _go_to(owner, NAME)
    await owner.follow("选择邮箱地址")
    await owner.look("address")
    await _go_to(owner, NAME)
    await owner.follow("注销企业")
    await owner.look("close")
    await owner.fill("密码", PASSWORD)
    await owner.press("注销企业（确认）")
    await owner.sees("企业已注销。", "已注销")
    await owner.look("closed")
    await clerk.go("/desk/companies?state=closed")
    await clerk.follow(NAME)
    await clerk.look("closed")


async def _apply(owner: Person) -> None:
    await owner.go("/companies")
    await owner.look("none")
    await owner.follow("申请企业邮箱")
    await owner.press("提交申请")
    await owner.look("errors")
    await _type_licence(owner, "统一社会信用代码", "企业全称", "法定代表人")
    await owner.page.get_by_label("所在区").select_option(index=1)
    await owner.press("提交申请")
    await owner.sees("请带营业执照到窗口核对")
    await owner.look("applied")


async def _verify(clerk: Person) -> None:
    await clerk.go("/desk/companies")
    await clerk.look("waiting")
    await clerk.follow(NAME)
    await _type_licence(clerk, "执照上的统一社会信用代码", "执照上的企业名称", "执照上的法定代表人")
    await clerk.look("licence")
    await clerk.press("核验通过")
    await clerk.sees("企业已核验")


async def _invite(owner: Person) -> None:
    await _go_to(owner, NAME)
    await owner.fill("邀请经办人", "19900000002")
    await owner.press("邀请")
    await owner.sees("199****0002")
    await owner.look("invited")
    await owner.page.set_viewport_size(DESKTOP)
    await owner.look("invited-desktop")
    await _in_english(owner, re.sub(r"^https?://[^/]+", "", owner.page.url), "invited-english")
    await owner.page.set_viewport_size(PHONE)


async def _join(delegate: Person) -> None:
    await delegate.go("/companies")
    await delegate.look("invitation")
    await delegate.press("接受")
    await delegate.sees("您已成为经办人。")
    await _go_to(delegate, NAME)
    await delegate.look("company")
    await delegate.follow("打开企业邮箱")
    await expect(delegate.page.locator("main")).to_contain_text("corp.binhai.example")
    await delegate.look("box")


async def test_a_box_is_handed_over_and_sizes_are_set(stage: Stage) -> None:
    handler = await steps.log_in(await stage.person("handler"), "chengguan.handler1")
    await handler.go("/box")
    administrator = await steps.log_in(await stage.person("administrator"), "zhongxin.administrator1")
    await administrator.go("/admin/boxes?kind=staff&q=gov")
    await administrator.look("boxes")
    await administrator.page.set_viewport_size(PHONE)
    await administrator.look("boxes-phone")
    await _in_english(administrator, "/admin/boxes?kind=staff&q=gov", "boxes-english")
    await administrator.page.set_viewport_size(DESKTOP)
    await administrator.page.locator("main table a").first.click()
    await administrator.fill("邮件容量", "200")
    await administrator.press("保存")
    await administrator.sees("容量已保存。", "/ 200 MB")
    await administrator.look("box")
    await administrator.go("/admin/staff?office=chengguan")
    await administrator.follow("chengguan.handler1")
    await administrator.fill("理由", "调离本单位")
    await administrator.press("停用")
    await administrator.sees("请在下面移交邮箱")
    await administrator.look("hand-over")
    await administrator.page.get_by_label("接管的同事").select_option(index=1)
    await administrator.fill("理由", "调离本单位")
    await administrator.press("移交")
    await administrator.sees("邮箱已移交。", "交还邮箱")
    await administrator.look("handed-over")
    await administrator.page.set_viewport_size(PHONE)
    await administrator.look("handed-over-phone")


async def _type_licence(person: Person, code: str, name: str, representative: str) -> None:
    await person.fill(code, CODE)
    await person.fill(name, NAME)
    await person.fill(representative, "曾海航")


async def _go_to(person: Person, name: str) -> None:
    await person.go("/companies")
    await person.follow(name)


async def _in_english(person: Person, path: str, step: str) -> None:
    mark = "&" if "?" in path else "?"
    await person.go(f"{path}{mark}lang=en")
    await person.look(step)
    await person.go(f"{path}{mark}lang=zh")
