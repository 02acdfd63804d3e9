from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from minxin.core.clock import FixedClock
from minxin.core.errors import ConfigError
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.sms import notice_rules, open_gateway
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.gateways.sms_http import HttpSms
from minxin.mailbox.gateways.sms_smpp import SmppSms

CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
HTTP = """
kind = "http"
secret_file = "sms.secret"
[http]
url = "http://127.0.0.1:9/send"
body = { phone = "{phone}" }
answer = { code = "Code" }
[http.templates]
wrote = { id = "T1", params = ["who", "time"] }
"""
SMPP = """
kind = "smpp"
secret_file = "sms.secret"
smpp = { host = "127.0.0.1", port = 9, system_id = "city" }
"""


def described(tmp_path: Path, text: str, secret: str = "the secret\n") -> Settings:  # noqa: S107 - of a test
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    (tmp_path / "sms.secret").write_text(secret, encoding="utf-8")
    return Settings(data=tmp_path, sms_gateway=tmp_path / "gateway.toml")


async def test_without_a_file_messages_go_into_the_folder(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        texts = await open_gateway(stack, Settings(data=tmp_path), CLOCK)
        assert isinstance(texts.gateway, SmsFolder) and await texts.last(5) == []


@pytest.mark.parametrize(("text", "kind"), [(HTTP, HttpSms), (SMPP, SmppSms)])
async def test_file_says_which_gateway_is_opened(tmp_path: Path, text: str, kind: type) -> None:
    async with AsyncExitStack() as stack:
        texts = await open_gateway(stack, described(tmp_path, text), CLOCK)
        assert isinstance(texts.gateway, kind)
        assert await texts.last(5) == await texts.last_masked(5) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind = ", "gateway.toml"),
        ('kind = "pigeon"\nsecret_file = "sms.secret"', "pigeon"),
        (HTTP.replace("[http]", "[http]\nhurl = 1"), "hurl"),
        ('kind = "http"\nsecret_file = "sms.secret"', r"\[http\]"),
        (HTTP.replace("sms.secret", "gone.secret"), "gone.secret"),
        (SMPP.replace('"127.0.0.1"', "9"), "gateway.toml"),
    ],
)
async def test_file_that_can_not_be_used_is_named(tmp_path: Path, text: str, told: str) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match=told):
            await open_gateway(stack, described(tmp_path, text), CLOCK)


async def test_empty_secret_is_none(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match="empty"):
            await open_gateway(stack, described(tmp_path, HTTP, "\n"), CLOCK)


async def test_missing_file_is_named(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match=r"gone\.toml"):
            await open_gateway(stack, Settings(sms_gateway=tmp_path / "gone.toml"), CLOCK)


def test_quiet_hours_are_a_setting_and_a_demonstration_has_none() -> None:
    def hours(settings: Settings) -> tuple[time, time]:
        rules = notice_rules(settings)
        return rules.quiet_from, rules.quiet_until

    assert hours(Settings()) == (time(21), time(8))
    assert hours(Settings(sms_quiet="22:30-07:00")) == (time(22, 30), time(7))
    assert hours(Settings(sms_quiet="")) == hours(Settings(demo=True)) == (time(0), time(0))


@pytest.mark.parametrize("wrong", ["21-8", "21:00", "25:00-08:00", "21:00-08:60"])
def test_quiet_hours_that_are_none_are_named(wrong: str) -> None:
    with pytest.raises(ConfigError, match="sms_quiet"):
        notice_rules(Settings(sms_quiet=wrong))


@pytest.mark.parametrize("rate", [0.5, -1, 20_000])
def test_rate_that_would_hold_the_queue_is_refused(rate: float) -> None:
    with pytest.raises(ConfigError, match="sms_rate"):
        load_settings(environment={}, sms_rate=rate)
