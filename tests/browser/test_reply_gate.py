"""The reply gate at the screen: the handler sees which point is unanswered, the signer says why he signs anyway."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import expect
from support import steps
from support.caller import Caller
from support.chromium import Stage
from support.dispatching import order_at
from support.live import LiveCity

pytestmark = pytest.mark.browser

# Both points are for one office, so that the letter is not split.
SUBJECT = "路灯和城市照明两件事"
TEXT = "文庙街的路灯坏了一个月，晚上看不见路。另外，请问全市景观灯带的亮灯时间表在哪里公布？"
OFFICE = "chengguan"
PARTS = {
    "调查情况": "3月2日晚到现场检查，文庙街路灯电缆老化，反映情况属实。",
    "依据": "按有关规定",
    "处理结果": "已更换电缆，3月3日恢复照明。",
    "联系方式": "照明科 0399-5550114",
}
UNANSWERED = "没有回应诉求点“全市景观灯带的亮灯时间表在哪里公布”"
REASON = "景观灯带的事项另行答复"


async def test_the_gate_tells_handler_and_signer_and_blocks_neither(stage: Stage, live_city: LiveCity) -> None:
    citizen = await steps.log_in(await stage.citizen(), "citizen5")
    letter, _, _ = await steps.write(citizen, SUBJECT, TEXT)
    async with AsyncExitStack() as stack:

        async def api(login: str) -> Caller:
            return Caller(await stack.enter_async_context(live_city.browser(login)))

        await order_at(api, letter, OFFICE)
    handler = await steps.log_in(await stage.person("handler"), f"{OFFICE}.handler1")
    await steps.open_order(handler, "to_sign", SUBJECT)
    await handler.press("签收")
    await handler.sees("诉求点", "文庙街的路灯坏了一个月")
    await handler.look("points")

    await steps.draft_answer(handler, **PARTS)
    await handler.press("质检")
    await handler.sees(UNANSWERED, "依据没有写明法律、文件或条款。")
    await handler.look("findings")
    await handler.fill("依据", "《滨海市城市照明管理办法》第十二条")
    await handler.press("送审")
    await handler.sees("质检对这份答复有提醒。", UNANSWERED)
    await handler.look("stopped-once")
    await handler.press("送审")
    await handler.sees("答复已送审。")

    reviewer = await steps.log_in(await stage.person("reviewer"), f"{OFFICE}.reviewer1")
    await steps.open_order(reviewer, "in_review", SUBJECT)
    await reviewer.sees(UNANSWERED)
    await reviewer.press("审核通过，送签发")
    signer = await steps.log_in(await stage.person("signer"), f"{OFFICE}.signer1")
    await steps.open_order(signer, "to_sign_off", SUBJECT)
    await signer.press("签发并送达来信人")
    await expect(signer.page.locator("#error-sign_off_reason")).to_be_visible()
    await signer.look("reason-needed")
    await signer.fill("有提醒仍签发的理由", REASON)
    await signer.press("签发并送达来信人")
    await signer.sees("已签发，答复已送达来信人。")
    await steps.open_order(handler, "answered", SUBJECT)
    await handler.sees(f"质检有提醒，仍签发。理由：{REASON}")
    await citizen.go(f"/letters/{letter}")
    await citizen.sees("已更换电缆，3月3日恢复照明。")
    await expect(citizen.page.get_by_text(REASON)).to_have_count(0)
