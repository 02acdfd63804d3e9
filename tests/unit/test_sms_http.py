from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace
from support.sms_provider import SECRET, Provider, open_provider

from minxin.core.clock import FixedClock
from minxin.core.errors import UnavailableError
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.gateways.http_profile import Answer, HttpProfile, at, entries_of, filled
from minxin.mailbox.gateways.sms_http import HttpSms
from minxin.mailbox.sms import ShortMessage

CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
PHONE = "13812345678"
NOTICE = ShortMessage(
    template="wrote", language="zh", signature="滨海市", params={"who": "市城管局", "time": "3月2日09:05"}
)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with open_provider() as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def gateway(session: aiohttp.ClientSession, profile: HttpProfile, secret: bytes = SECRET) -> HttpSms:
    return HttpSms(session, profile, secret, CLOCK)


async def test_provider_gets_the_registered_template_its_parameters_in_order_and_the_signature(
    provider: Provider, session: aiohttp.ClientSession
) -> None:
    reference = await gateway(session, provider.profile()).send(PHONE, NOTICE, "key")
    [body] = provider.sent
    assert reference == "ref-1"
    assert (body["template"], body["sign"], body["params"]) == ("T200", "滨海市", ["市城管局", "3月2日09:05"])
    assert json.loads(body["named"]) == {"who": "市城管局", "time": "3月2日09:05"}
    assert len(body["session"]) == 32 and body["session"] != "key"


async def test_english_reader_gets_the_english_template(provider: Provider, session: aiohttp.ClientSession) -> None:
    await gateway(session, provider.profile()).send(PHONE, replace(NOTICE, language="en"), "key")
    assert provider.sent[0]["template"] == "T201"


async def test_phone_and_secret_never_stand_in_the_address(provider: Provider, session: aiohttp.ClientSession) -> None:
    sms = gateway(session, provider.profile())
    await sms.send(PHONE, NOTICE, "key")
    await sms.reports()
    assert [url.removeprefix(provider.base) for url in provider.urls] == ["/send", "/reports"]


async def test_wrong_secret_is_a_trouble_that_passes(provider: Provider, session: aiohttp.ClientSession) -> None:
    with pytest.raises(UnavailableError):
        await gateway(session, provider.profile(), b"wrong").send(PHONE, NOTICE, "key")


async def test_message_without_a_registered_template_is_refused(
    provider: Provider, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(SmsRefusedError) as caught:
        await gateway(session, provider.profile()).send(PHONE, replace(NOTICE, template="receipt"), "key")
    assert caught.value.code == "no_template" and provider.urls == []


@pytest.mark.parametrize("status", [301, 403, 429, 500])
async def test_answer_that_is_no_answer_is_a_trouble_that_passes(
    provider: Provider, session: aiohttp.ClientSession, status: int
) -> None:
    provider.status = status
    with pytest.raises(UnavailableError):
        await gateway(session, provider.profile()).send(PHONE, NOTICE, "key")


async def test_provider_that_is_not_there_is_a_trouble_that_passes(session: aiohttp.ClientSession) -> None:
    async with open_provider() as gone:
        profile = gone.profile()
    with pytest.raises(UnavailableError):
        await gateway(session, profile).send(PHONE, NOTICE, "key")


async def test_provider_that_does_not_answer_in_time_is_a_trouble_that_passes(
    provider: Provider, session: aiohttp.ClientSession
) -> None:
    provider.hangs = True
    with pytest.raises(UnavailableError):
        await gateway(session, replace(provider.profile(), timeout_s=0.05)).send(PHONE, NOTICE, "key")


def test_value_is_never_filled_in_again() -> None:
    values = {"text": "{hmac} {phone}", "phone": PHONE, "hmac": "secret"}
    assert filled({"a": ["{text}", "to {phone}: {text}", "{unknown}", 7]}, values) == {
        "a": ["{hmac} {phone}", f"to {PHONE}: {{hmac}} {{phone}}", "{unknown}", 7]
    }


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        ({"a": [{"b": 1}]}, "a.0.b", 1),
        ({"a": [{"b": 1}]}, "a.1.b", None),
        ({"a": "text"}, "a.b", None),
        ([1], "", [1]),
        (None, "a", None),
    ],
)
def test_answers_are_read_by_dotted_paths_and_never_crash(body: Any, path: str, found: Any) -> None:
    assert at(body, path) == found


def test_single_result_is_a_list_of_one() -> None:
    assert entries_of(Answer(), {"code": "OK"}) == [{"code": "OK"}]
    assert entries_of(Answer(entries="gone"), {"code": "OK"}) == []
