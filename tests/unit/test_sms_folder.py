from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minxin.core.clock import FixedClock
from minxin.core.errors import DamagedError, UnavailableError
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.sms import ShortMessage

VAULT = Vault(bytes(32))
PHONE = "13812345678"


def saying(code: str) -> ShortMessage:
    params = {"code": code, "minutes": "5"}
    return ShortMessage(template="code.apply", language="zh", signature="滨海市", params=params)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture
def gateway(tmp_path: Path, clock: FixedClock) -> SmsFolder:
    return SmsFolder(tmp_path / "sms", clock)


async def test_message_becomes_one_file_for_the_owner_only(gateway: SmsFolder, tmp_path: Path) -> None:
    await gateway.send(PHONE, saying("048213"), "key")
    [file] = (tmp_path / "sms").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "sms").stat().st_mode & 0o777 == 0o700


async def test_same_key_is_sent_once(gateway: SmsFolder) -> None:
    for _ in range(3):
        await gateway.send(PHONE, saying("048213"), "../../key")
    assert len(await gateway.last(10)) == 1


async def test_last_messages_come_newest_first(gateway: SmsFolder, clock: FixedClock) -> None:
    for number in range(5):
        await gateway.send(PHONE, saying(f"00000{number}"), f"key {number}")
        clock.advance(timedelta(seconds=1))
    assert [message.text[9:15] for message in await gateway.last(3)] == ["000004", "000003", "000002"]


async def test_administrator_sees_neither_phone_nor_code(gateway: SmsFolder) -> None:
    await gateway.send(PHONE, saying("048213"), "key")
    [message] = await gateway.last_masked(10)
    assert message.phone == "138****5678"
    assert message.text.startswith("【滨海市】验证码 ******，用于实名申请，5 分钟内有效")
    assert repr(message) == "SentSms(…)"


async def test_folder_that_is_not_there_yet_is_an_empty_list(gateway: SmsFolder) -> None:
    assert await gateway.last(10) == []


async def test_disk_trouble_is_told_as_unavailable(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UnavailableError):
        await SmsFolder(tmp_path / "file", clock).send(PHONE, saying("1"), "key")


async def test_outbox_entry_is_opened_only_on_its_way_to_the_gateway() -> None:
    [entry] = sms.entry(VAULT, VAULT.seal(PHONE, "phone"), saying("048213"), "key").outbox
    assert PHONE not in repr(entry) and "048213" not in repr(entry)
    assert (sms.phone_of(entry.payload, VAULT), sms.opened(entry.payload, VAULT)) == (PHONE, saying("048213"))
    assert "048213" not in repr(saying("048213"))


@pytest.mark.parametrize("reading", [sms.phone_of, sms.opened])
def test_outbox_entry_with_parts_missing_is_damaged(reading: Callable[[dict[str, Any], Vault], Any]) -> None:
    with pytest.raises(DamagedError):
        reading({"text": "x"}, VAULT)
