"""The SMPP line against a small SMSC: segments, a line that falls, silence, a wrong password."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from support.smsc import Smsc, open_smsc

from minxin.core.errors import UnavailableError
from minxin.mailbox.gateways.smpp_link import SmppProfile
from minxin.mailbox.gateways.sms_smpp import SmppSms, international, report_of
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport

PHONE = "13812345678"
UDHI, UCS2 = 0x40, 0x08


def saying(who: str) -> ShortMessage:
    return ShortMessage(template="wrote", language="zh", signature="滨海市", params={"who": who, "time": "09:05"})


@asynccontextmanager
async def line_to(smsc: Smsc, password: str = "line4", enquire_s: float = 30.0) -> AsyncIterator[SmppSms]:  # noqa: S107
    profile = SmppProfile(
        host="127.0.0.1",
        port=smsc.port,
        system_id="city",
        source="106",
        answer_s=0.5,
        enquire_s=enquire_s,
        back_off_s=(0.05,),
    )
    gateway = SmppSms(profile, password)
    try:
        yield gateway
    finally:
        await gateway.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - the line has no event for its tests
            await asyncio.sleep(0.01)


async def test_short_text_is_one_message_in_ucs2_that_asks_for_a_receipt() -> None:
    async with open_smsc() as smsc, line_to(smsc) as line:
        await until(line.bound.is_set)
        assert await line.send(PHONE, saying("市城管局"), "key") == "m1"
        [one] = smsc.submitted
        assert (one.phone, one.data_coding, one.esm_class, one.registered) == ("86" + PHONE, UCS2, 0, 1)
        assert one.content.decode("utf-16-be") == saying("市城管局").text


async def test_long_text_goes_in_numbered_segments_and_the_last_one_asks_for_a_receipt() -> None:
    long = saying("海" * 150)
    async with open_smsc() as smsc, line_to(smsc) as line:
        await until(line.bound.is_set)
        assert await line.send(PHONE, long, "key") == "m3"
        heads = [(one.esm_class, one.content[:3], one.content[4], one.content[5]) for one in smsc.submitted]
        assert heads == [(UDHI, b"\x05\x00\x03", 3, number) for number in (1, 2, 3)]
        assert [one.registered for one in smsc.submitted] == [0, 0, 1]
        assert b"".join(one.content[6:] for one in smsc.submitted).decode("utf-16-be") == long.text


async def test_line_that_fell_is_bound_again_and_sends_again() -> None:
    async with open_smsc() as smsc, line_to(smsc) as line:
        await until(line.bound.is_set)
        smsc.hang_up()
        await until(lambda: smsc.binds == 2 and line.bound.is_set())
        await line.send(PHONE, saying("市城管局"), "key")
        assert len(smsc.submitted) == 1


async def test_quiet_line_is_asked_whether_it_lives() -> None:
    async with open_smsc() as smsc, line_to(smsc, enquire_s=0.1) as line:
        await until(line.bound.is_set)
        await until(lambda: smsc.enquiries >= 2)
        assert smsc.binds == 1


async def test_smsc_that_fell_silent_is_left_and_bound_again() -> None:
    async with open_smsc() as smsc, line_to(smsc, enquire_s=0.1) as line:
        await until(line.bound.is_set)
        smsc.mute = True
        with pytest.raises(UnavailableError):
            await line.send(PHONE, saying("市城管局"), "key")
        await until(lambda: not line.bound.is_set())
        smsc.mute = False
        await until(lambda: smsc.binds >= 2 and line.bound.is_set())


async def test_wrong_password_sends_nothing_and_is_tried_again() -> None:
    async with open_smsc() as smsc, line_to(smsc, password="wrong") as line:
        await until(lambda: smsc.binds >= 2)
        with pytest.raises(UnavailableError):
            await line.send(PHONE, saying("市城管局"), "key")
        assert smsc.submitted == []


@pytest.mark.parametrize(
    ("fields", "report"),
    [
        ({"receipted_message_id": b"7\0", "message_state": 2}, DeliveryReport("7", True)),
        ({"receipted_message_id": b"7\0", "message_state": 5}, DeliveryReport("7", False, "UNDELIV")),
        ({"short_message": b"id:7 sub:001 stat:EXPIRED err:011"}, DeliveryReport("7", False, "EXPIRED 011")),
        ({"short_message": b"id:7 sub:001 stat:ACCEPTD err:000"}, None),
        ({"receipted_message_id": b"7\0", "message_state": 1}, None),
        ({"short_message": b"an answer from a phone"}, None),
        ({}, None),
    ],
)
def test_receipts_are_read_from_their_fields_or_their_text(
    fields: dict[str, object], report: DeliveryReport | None
) -> None:
    assert report_of(SimpleNamespace(**fields)) == report


def test_number_gets_the_country_s_code_once() -> None:
    assert international(PHONE) == international("86" + PHONE) == "86" + PHONE
