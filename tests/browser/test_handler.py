"""The office at its screen: two steps of log-in, a letter for somebody else, a draft that comes back, own figures."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

SUBJECT = "学府路烧烤摊油烟扰民"
TEXT = "学府路夜里的烧烤摊油烟直排，吹进教室和宿舍，请城管部门取缔占道烧烤。"
RIGHT_OFFICE = "滨海市生态环境局"


async def test_staff_log_in_in_two_steps(strict_stage: Stage) -> None:
    handler = await strict_stage.person("handler")
    await steps.give_password(handler, "chengguan.handler1")
    await handler.sees("登录验证", "验证码已通过短信发送")
    await handler.look("second-step")
    await handler.go("/desk")
    await expect(handler.page.get_by_role("heading", name="办理台")).to_have_count(0)

    phones = await strict_stage.person("phones")
    await phones.go("/demo/phone")
    await phones.finds(phones.page.locator(".sms-text").filter(has_text="验证码"))
    found = steps.CODE.search(await phones.page.locator(".sms-text").first.inner_text())
    assert found
    await handler.go("/login/code")
    await handler.fill("验证码", found.group())
    await handler.press("下一步")
    await handler.go("/desk")
    await handler.sees("办理台", "待签收", "两个工作日内到期", "已超期", "已退回，待裁定", "这里没有待办，辛苦了。")
    await handler.look("empty-board")


async def test_a_letter_for_another_office_is_returned_moved_and_answered_after_a_second_draft(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.citizen(), "citizen5")
    letter, _, _ = await steps.write(citizen, SUBJECT, TEXT)
    wrong = await steps.log_in(await stage.person("wrong-office"), "chengguan.handler1")
    await steps.open_order(wrong, "to_sign", SUBJECT)
    await wrong.press("签收")
    limit = await _answer_limit(wrong)

    await _return(wrong)
    await citizen.go(f"/letters/{letter}")
    await citizen.sees("正在重新确定承办单位", "滨海市城市管理局认为不属于其职责")
    await _rule(await steps.log_in(await stage.person("clerk"), "zhongxin.clerk1"))

    handler = await steps.log_in(await stage.person("handler"), "huanjing.handler1")
    await steps.open_order(handler, "to_sign", SUBJECT)
    await handler.sees("已裁定", "露天烧烤占道归城管，油烟监测归生态环境")
    await expect(handler.page.locator("#move-return")).to_have_count(0)
    assert await _answer_limit(handler) == limit
    await handler.press("签收")
    await handler.look("bound-by-a-ruling")
    await citizen.go(f"/letters/{letter}")
    await citizen.sees(f"经裁定，改由{RIGHT_OFFICE}办理，答复期限不变", f"{RIGHT_OFFICE}签收")
    await expect(citizen.page.get_by_text(limit).first).to_be_visible()
    await citizen.look("told-of-the-move")
    await citizen.go("/box")
    await citizen.finds(citizen.page.get_by_role("button", name="您的来信已改由其他单位办理"))

    reviewer = await steps.log_in(await stage.person("reviewer"), "huanjing.reviewer1")
    await _two_drafts(handler, reviewer)
    signer = await steps.log_in(await stage.person("signer"), "huanjing.signer1")
    await steps.pass_on(signer, "to_sign_off", SUBJECT, "签发并送达来信人", "已签发，答复已送达来信人。")
    await citizen.go(f"/letters/{letter}")
    await citizen.sees("已装好在线监测。", "已答复，请您评价")
    await handler.follow("本单位指标")
    await expect(handler.page.get_by_role("heading", name="本单位办理指标")).to_be_visible()
    await handler.look("own-figures")


async def test_a_citizen_whom_no_register_knows_is_verified_at_the_counter(stage: Stage) -> None:
    applicant = await stage.citizen("applicant")
    await steps.begin_registration(applicant, "司徒远", "11010519491231002X", "13900000077")
    await applicant.press("注册")
    await applicant.sees("注册申请已收到，等待实名核验。", "待实名核验")
    await applicant.go("/write")
    await applicant.sees("现在还不能写信", "您的实名尚未通过核验。")
    await applicant.look("not-yet")

    clerk = await steps.log_in(await stage.person("clerk"), "zhongxin.clerk1")
    await clerk.follow("实名核验")
    await clerk.page.get_by_role("link", name=re.compile("^核验")).click()
    assert "司徒远" not in await clerk.page.content()
    await clerk.fill("证件上的姓名", "司徒远")
    await clerk.fill("证件上的身份证号码", "11010519491231002x")
    await clerk.look("check-of-the-name")
    await clerk.press("核验通过")
    await clerk.sees("实名核验已通过。")

    await applicant.page.reload()
    await expect(applicant.page.get_by_label("来信内容")).to_be_visible()


async def _answer_limit(person: Person) -> str:
    fact = person.page.locator("dl.facts div").filter(has=person.page.get_by_text("答复期限", exact=True))
    return await fact.locator("time").first.inner_text()


async def _return(handler: Person) -> None:
    await steps.unfold(handler, "return")
    move = handler.page.locator("#move-return")
    await handler.press("退回", move)
    await expect(handler.page.locator("#error-return_reason")).to_be_visible()
    await handler.look("return-without-reason")
    await handler.fill("理由", "油烟排放监测属生态环境部门职责", move)
    await move.get_by_role("searchbox").fill("生态环境")
    await expect(move.get_by_role("combobox")).to_have_value("huanjing")
    await handler.press("退回", move)
    await handler.sees("已退回，等待办理中心裁定。")


async def _rule(clerk: Person) -> None:
    await steps.open_order(clerk, "to_rule", SUBJECT)
    rule = clerk.page.locator("#move-rule")
    await expect(rule.get_by_role("combobox")).to_have_value("huanjing")
    await clerk.fill("裁定理由", "露天烧烤占道归城管，油烟监测归生态环境", rule)
    await clerk.look("ruling")
    await clerk.press("作出裁定", rule)
    await clerk.sees("已裁定，答复期限不变。")


async def _two_drafts(handler: Person, reviewer: Person) -> None:
    await steps.draft_answer(handler)
    await handler.press("送审")
    await steps.open_order(reviewer, "in_review", SUBJECT)
    await steps.unfold(reviewer, "send_back")
    await reviewer.fill("修改意见", "请写明监测结果")
    await reviewer.look("send-back")
    await reviewer.page.locator("#move-send_back").get_by_role("button").click()
    await reviewer.sees("已退回承办人修改。")

    await steps.open_order(handler, "in_progress", SUBJECT)
    await handler.sees("请写明监测结果")
    await steps.draft_answer(handler, 处理结果="已装好在线监测。")
    await handler.look("second-draft")
    await handler.press("送审")
    await handler.sees("答复已送审。")
    await steps.open_order(reviewer, "in_review", SUBJECT)
    await reviewer.sees("第 2 稿", "以前的稿（1）")
    await reviewer.look("versions")
    await reviewer.press("审核通过，送签发")
    await reviewer.sees("审核通过，等待签发。")
