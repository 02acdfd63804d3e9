"""The pages about mail: a citizen confirms his own, a clerk looks at what is held."""

from __future__ import annotations

import pytest
from support.web import STAFF_PASSWORD, Browser, City

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.mailbox.held import Arrival
from minxin.mailbox.records import Account, AccountState, HeldMail
from minxin.mailbox.smtp.answers import code_of
from minxin.mailbox.smtp.intake import Reason

RAW = b"From: li@elsewhere.example\r\nSubject: =?utf-8?b?6Lev54Gv?=\r\n\r\nhello\r\n"
PASSWORD = "海边的邮筒会说话7"


async def held(city: City, reason: Reason = Reason.UNKNOWN_SENDER) -> HeldMail:
    arrival = Arrival(
        raw=RAW,
        key=reason.value,
        sender="li@elsewhere.example",
        subject="路灯<script>",
        reason=reason,
        answer=reason is Reason.UNKNOWN_SENDER,
        origin="192.0.2.1",
    )
    return await city.services.held_mails.keep(arrival)


@pytest.fixture
async def citizen(city: City, browser: Browser) -> Browser:
    with_password = await city.accounts.staffing._kit.passwords.hash(PASSWORD)
    account = Account(
        id="li",
        login="liming",
        state=AccountState.ACTIVE,
        name="李明",
        phone=city.vault.seal("13800000009", "phone"),
        phone_index=city.vault.index("13800000009", "phone"),
        password_hash=with_password,
        created_at=city.clock.now(),
    )
    await city.store.commit(Changes(inserts=[account]))
    await browser.log_in("liming", PASSWORD)
    return browser


async def test_a_citizen_types_the_code_sees_the_mail_and_makes_it_a_letter(city: City, citizen: Browser) -> None:
    mail = await held(city)
    code = code_of(city.vault, mail.id)
    await citizen.get("/confirm-mail")
    shown = await citizen.submit("/confirm-mail", code=f"{code[:4]}-{code[4:8]}-{code[8:]}".lower())
    assert "路灯&lt;script&gt;" in shown
    assert "li@elsewhere.example" in shown
    listed = await citizen.submit("/confirm-mail/confirm")
    assert citizen.path == "/letters"
    assert "2026-000001" in listed
    letter = await city.store.letter_by_number("2026-000001")
    assert letter is not None
    assert (letter.writer_id, await city.store.blob(letter.raw_blob)) == ("li", RAW)


async def test_a_wrong_code_is_told_beside_the_field_and_guessing_ends(city: City, citizen: Browser) -> None:
    await citizen.get("/confirm-mail")
    told = await citizen.submit("/confirm-mail", code="ABCD-EFGH-JKMN")
    assert citizen.status == 422
    assert "ABCD-EFGH-JKMN" in told
    for _ in range(9):
        await citizen.submit("/confirm-mail", code="ABCD-EFGH-JKMN")
    await citizen.submit("/confirm-mail", code="ABCD-EFGH-JKMN")
    assert citizen.status == 429


async def test_nobody_confirms_without_log_in(city: City, browser: Browser) -> None:
    await browser.get("/confirm-mail")
    assert browser.path.startswith("/login")


async def test_a_clerk_sees_downloads_and_dismisses_held_mail(city: City, browser: Browser) -> None:
    await city.staff("clerk1", Role.CLERK)
    waiting = await held(city)
    await held(city, Reason.HEADER)
    await browser.log_in("clerk1", STAFF_PASSWORD)
    await browser.submit("/login/code", code=await city.sms_code("13900000001"))
    assert "li@elsewhere.example" in await browser.get("/held-mail")
    assert "li@elsewhere.example" in await browser.get("/held-mail?state=unreadable")
    assert "hello" in await browser.get(f"/held-mail/{waiting.id}/raw")
    assert browser.headers["Content-Disposition"].startswith("attachment")
    await browser.get(f"/held-mail/{waiting.id}")
    await browser.submit(f"/held-mail/{waiting.id}/dismiss", reason="无")
    assert browser.status == 422
    await browser.submit(f"/held-mail/{waiting.id}/dismiss", reason="广告，无需办理")
    assert browser.path == "/held-mail"
    assert "li@elsewhere.example" not in browser.text


async def test_held_mail_is_not_there_for_citizens(city: City, citizen: Browser) -> None:
    mail = await held(city)
    for path in ("/held-mail", f"/held-mail/{mail.id}", f"/held-mail/{mail.id}/raw"):
        await citizen.get(path)
        assert citizen.status == 404
