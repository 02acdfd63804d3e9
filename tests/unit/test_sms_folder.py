from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minxin.core.clock import FixedClock
from minxin.core.errors import DamagedError, UnavailableError
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.gateways.sms_folder import SmsFolder

VAULT = Vault(bytes(32))
PHONE = "13812345678"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture
def gateway(tmp_path: Path, clock: FixedClock) -> SmsFolder:
    return SmsFolder(tmp_path / "sms", clock)


async def test_message_becomes_one_file_for_the_owner_only(gateway: SmsFolder, tmp_path: Path) -> None:
    await gateway.send(PHONE, "验证码 048213", "key")
    [file] = (tmp_path / "sms").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "sms").stat().st_mode & 0o777 == 0o700


async def test_same_key_is_sent_once(gateway: SmsFolder) -> None:
    for _ in range(3):
        await gateway.send(PHONE, "验证码 048213", "../../key")
    assert len(await gateway.last(10)) == 1


async def test_last_messages_come_newest_first(gateway: SmsFolder, clock: FixedClock) -> None:
    for number in range(5):
        await gateway.send(PHONE, f"第{number}条", f"key {number}")
        clock.advance(timedelta(seconds=1))
    assert [message.text for message in await gateway.last(3)] == ["第4条", "第3条", "第2条"]


async def test_administrator_sees_neither_phone_nor_code(gateway: SmsFolder) -> None:
    await gateway.send(PHONE, "【滨海市民信】验证码 048213，5 分钟内有效", "key")
    [message] = await gateway.last_masked(10)
    assert message.phone == "138****5678"
    assert message.text == "【滨海市民信】验证码 ******，5 分钟内有效"
    assert repr(message) == "SentSms(…)"


async def test_folder_that_is_not_there_yet_is_an_empty_list(gateway: SmsFolder) -> None:
    assert await gateway.last(10) == []


async def test_disk_trouble_is_told_as_unavailable(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UnavailableError):
        await SmsFolder(tmp_path / "file", clock).send(PHONE, "x", "key")


async def test_outbox_entry_is_opened_only_on_its_way_to_the_gateway(gateway: SmsFolder) -> None:
    [entry] = sms.entry(VAULT, VAULT.seal(PHONE, "phone"), "验证码 048213", "key").outbox
    assert PHONE not in repr(entry) and "048213" not in repr(entry)
    await sms.deliver_sms(entry.payload, VAULT, gateway, entry.key)
    [message] = await gateway.last(1)
    assert (message.phone, message.text) == (PHONE, "验证码 048213")


async def test_outbox_entry_without_a_phone_is_damaged(gateway: SmsFolder) -> None:
    with pytest.raises(DamagedError):
        await sms.deliver_sms({"text": "x"}, VAULT, gateway, "key")
