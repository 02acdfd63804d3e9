"""What every gateway of short messages does alike: add one to ``GATEWAYS``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from support.sms_provider import BUSY, REFUSED, SECRET, open_provider
from support.smsc import BAD_NUMBER, THROTTLED, open_smsc

from minxin.core.clock import FixedClock
from minxin.core.errors import UnavailableError
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.gateways.smpp_link import SmppProfile
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.gateways.sms_http import HttpSms
from minxin.mailbox.gateways.sms_smpp import SmppSms, international
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport, SmsGateway

PHONE = "13812345678"
CODE = ShortMessage(template="code.apply", language="zh", signature="滨海市", params={"code": "048213", "minutes": "5"})
CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@dataclass
class Line:
    """A gateway with what stands at its other end; ``reports`` is None where nobody ever says what became of it."""

    gateway: SmsGateway
    words: Callable[[], list[str]]
    report: Callable[[str, bool], None] | None
    fall: Callable[[], None] | None
    refuses: bool = True


@asynccontextmanager
async def folder(tmp_path: Path) -> AsyncIterator[Line]:
    gateway = SmsFolder(tmp_path / "sms", CLOCK)

    def words() -> list[str]:
        return [path.read_text() for path in (tmp_path / "sms").glob("*.json")]

    yield Line(gateway, words, None, None, refuses=False)


@asynccontextmanager
async def http(tmp_path: Path) -> AsyncIterator[Line]:
    async with open_provider() as provider, aiohttp.ClientSession() as session:

        def report(reference: str, delivered: bool) -> None:
            provider.reports.append({"serial": reference, "stat": "DELIVRD" if delivered else "UNDELIV"})

        def fall() -> None:
            provider.status = 503

        def words() -> list[str]:
            return [one["numbers"][0]["phone"] + "".join(one["params"]) for one in provider.sent]

        yield Line(HttpSms(session, provider.profile(), SECRET, CLOCK), words, report, fall)


@asynccontextmanager
async def smpp(tmp_path: Path) -> AsyncIterator[Line]:
    async with open_smsc() as smsc:
        smsc.statuses = {international(REFUSED): BAD_NUMBER, international(BUSY): THROTTLED}
        profile = SmppProfile(
            host="127.0.0.1", port=smsc.port, system_id="city", source="106", answer_s=1.0, back_off_s=(30.0,)
        )
        gateway = SmppSms(profile, smsc.password)
        await asyncio.to_thread(gateway.bound.wait, 5)

        def words() -> list[str]:
            return [one.phone.removeprefix("86") + one.content.decode("utf-16-be") for one in smsc.submitted]

        yield Line(gateway, words, lambda ref, ok: smsc.receipt(ref, "DELIVRD" if ok else "UNDELIV"), smsc.hang_up)
        await gateway.close()


GATEWAYS: dict[str, Callable[[Path], AbstractAsyncContextManager[Line]]] = {
    "folder": folder,
    "http": http,
    "smpp": smpp,
}


@pytest.fixture(params=sorted(GATEWAYS))
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    async with GATEWAYS[request.param](tmp_path) as opened:
        yield opened


async def test_message_reaches_the_other_end_whole(line: Line) -> None:
    await line.gateway.send(PHONE, CODE, "key")
    [words] = line.words()
    assert PHONE in words and "048213" in words


async def test_neither_phone_nor_code_nor_secret_stands_in_a_log(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await line.gateway.send(PHONE, CODE, "key")
    if line.refuses:
        with pytest.raises(SmsRefusedError):
            await line.gateway.send(REFUSED, CODE, "other")
    hidden = (PHONE, REFUSED, "048213", "line4", SECRET.decode(), PHONE.encode().hex(), b"line4".hex())
    assert [word for word in hidden if word in caplog.text] == []


async def test_number_that_does_not_exist_is_refused_for_good(line: Line) -> None:
    if line.refuses:
        with pytest.raises(SmsRefusedError) as caught:
            await line.gateway.send(REFUSED, CODE, "key")
        assert caught.value.code in ("InvalidNumber", "0x0B")
    assert not line.refuses or line.words() == []


async def test_busy_provider_is_a_trouble_that_passes(line: Line) -> None:
    if line.refuses:
        with pytest.raises(UnavailableError):
            await line.gateway.send(BUSY, CODE, "key")
    await line.gateway.send(PHONE, CODE, "key 2")
    assert len(line.words()) == 1


async def test_line_that_fell_is_a_trouble_that_passes(line: Line) -> None:
    await line.gateway.send(PHONE, CODE, "key")
    if line.fall is not None:
        line.fall()
        with pytest.raises(UnavailableError):
            await line.gateway.send(PHONE, CODE, "key 2")
    assert len(line.words()) == 1


async def test_reports_come_once_with_the_reference_of_the_message(line: Line) -> None:
    first = await line.gateway.send(PHONE, CODE, "one")
    second = await line.gateway.send("13812345679", CODE, "two")
    assert list(await line.gateway.reports()) == []
    if line.report is None:
        assert first == second == ""
        return
    line.report(first, True)
    line.report(second, False)
    found = list[DeliveryReport]()
    async with asyncio.timeout(5):
        while len(found) < 2:
            found += await line.gateway.reports()
            await asyncio.sleep(0.01)
    assert [(one.reference, one.delivered) for one in found] == [(first, True), (second, False)]
    assert found[0].reason == "" and found[1].reason.startswith("UNDELIV")
    assert list(await line.gateway.reports()) == []
