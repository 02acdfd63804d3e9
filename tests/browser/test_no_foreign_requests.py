"""No page asks another host for anything, whatever a letter holds, and the browser has nothing to report.

Every other browser test ends with the same check; here are the pages that somebody tries to misuse.
"""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Stage
from support.live import HOST, LiveCity

pytestmark = pytest.mark.browser

ELSEWHERE = "http://elsewhere.example"
HOSTILE = f"<img src='{ELSEWHERE}/seen.png' onerror='alert(1)'><script src='{ELSEWHERE}/x.js'></script>{ELSEWHERE}/"
SUBJECT = "烧烤店油烟直排"


async def test_hostile_letters_and_mails_are_words_on_the_page(stage: Stage, live_city: LiveCity) -> None:
    await asyncio.to_thread(_send_mail, live_city)
    citizen = await steps.log_in(await stage.citizen(), "citizen12")
    letter, _, _ = await steps.write(citizen, SUBJECT, f"请城管局来查烧烤店油烟直排。{HOSTILE}")
    await citizen.go(f"/letters/{letter}")
    await citizen.sees(HOSTILE)

    handler = await steps.log_in(await stage.person("handler"), "chengguan.handler1")
    await steps.open_order(handler, "to_sign", SUBJECT)
    await handler.sees(HOSTILE)
    clerk = await steps.log_in(await stage.person("clerk"), "zhongxin.clerk1")
    await clerk.go("/desk?list=all_open")
    await clerk.finds(clerk.page.get_by_role("link", name="路灯又不亮了"))
    await clerk.page.get_by_role("link", name="路灯又不亮了").click()
    await clerk.sees("路灯又不亮了，请维修。")
    await expect(clerk.page.locator("main img, main iframe, main script")).to_have_count(0)
    await clerk.look("hostile-mail")


async def test_the_policy_of_the_pages_stops_what_somebody_slips_into_them(stage: Stage) -> None:
    visitor = await stage.citizen("visitor")
    await visitor.go("/")
    await visitor.page.evaluate(
        """(elsewhere) => {
            document.body.insertAdjacentHTML("beforeend", `<img src="${elsewhere}/seen.png">`);
            const script = document.createElement("script");
            script.textContent = "window.slipped = true";
            document.body.append(script);
            return fetch(elsewhere).catch(() => null);
        }""",
        ELSEWHERE,
    )
    assert await visitor.page.evaluate("window.slipped") is None
    for directive in ("img-src", "script-src", "connect-src"):
        assert [one for one in visitor.complaints if directive in one], directive
    visitor.complaints.clear()
    visitor.foreign.clear()


def _send_mail(city: LiveCity) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "citizen13@home.example", "mayor@binhai.example", "路灯又不亮了"
    mail["Message-ID"], mail["Date"] = "<hostile@home.example>", "Mon, 02 Mar 2026 10:00:00 +0800"
    mail.set_content(f"<p>路灯又不亮了，请维修。</p>{HOSTILE}", subtype="html")
    with smtplib.SMTP(HOST, city.smtp_port, timeout=20) as client:
        client.send_message(mail, "citizen13@home.example", ["mayor@binhai.example"])
