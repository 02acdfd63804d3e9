"""Short messages over the real store: the rules, what became of them, and sending one again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.texting import send_all

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import SHANGHAI, FixedClock
from minxin.core.errors import NotAllowedError, NotFoundError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.mailbox import sms
from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import Account, AccountState, NoticeWay
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.sms import Lane, ShortMessage
from minxin.mailbox.sweeping import sweep_expired
from minxin.mailbox.texting.desk import SmsDesk
from minxin.mailbox.texting.ports import DeliveryReport
from minxin.mailbox.texting.records import DeliveryState
from minxin.mailbox.texting.reporting import SmsReports
from minxin.mailbox.texting.rules import Kind, NoticeRules
from minxin.mailbox.texting.sending import MAIL_CHANNEL
from minxin.store.sqlite.store import SqliteStore

VAULT = Vault(bytes(32))
PHONE = "13812345678"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI).astimezone(UTC)
NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=SHANGHAI).astimezone(UTC)
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=SHANGHAI).astimezone(UTC)
ADMINISTRATOR = Actor("admin", frozenset({Role.ADMINISTRATOR}))


class Gateway:
    """Keeps what it was given; refuses or is away when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.away = False
        self.waiting: list[DeliveryReport] = []

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        if self.away:
            raise UnavailableError("sms.gateway")
        if phone in self.refused:
            raise SmsRefusedError("InvalidNumber")
        self.sent.append((phone, message.words))
        return f"ref-{len(self.sent)}"

    async def reports(self) -> Sequence[DeliveryReport]:
        found, self.waiting = self.waiting, []
        return found


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def person(store: SqliteStore, name: str = "wang", phone: str = PHONE, **changed: Any) -> Account:
    account = Account(
        id=name,
        login=name,
        state=AccountState.ACTIVE,
        name="王小明",
        phone=VAULT.seal(phone, "phone"),
        phone_index=phone,
        password_hash="",
        created_at=NOON,
        address=f"{name}@home.example",
    )
    await store.commit(Changes(inserts=[replace(account, **changed)]))
    return account


async def told(store: SqliteStore, account_id: str, key: str, now: datetime, sender: str = "cgj") -> None:
    message = sms.wrote("滨海市", "zh", "市城管局", now, now + NoticeRules().life)
    await store.commit(sms.notice(VAULT, account_id, Kind.NOTICE, sender, message, key))


async def code(store: SqliteStore, now: datetime) -> None:
    message = sms.code(AccountRules(), CodePurpose.SECOND_FACTOR, "048213", "zh", now)
    await store.commit(sms.entry(VAULT, VAULT.seal(PHONE, "phone"), message, "code"))


async def test_one_sender_is_told_of_once_an_hour_and_others_at_once(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    await person(store)
    for key in ("a", "b"):
        await told(store, "wang", key, clock.now())
    await told(store, "wang", "c", clock.now(), sender="sjj")
    await send_all(store, VAULT, clock, gateway)
    assert len(gateway.sent) == 2
    clock.advance(timedelta(hours=1))
    await told(store, "wang", "d", clock.now())
    await send_all(store, VAULT, clock, gateway)
    assert len(gateway.sent) == 3
    assert await store.waiting(Queue.OUTBOX) == 0


async def test_night_keeps_notices_until_the_morning_and_lets_codes_through(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    clock.move_to(NIGHT)
    await person(store)
    for key in ("a", "b", "c"):
        await told(store, "wang", key, clock.now())
    await code(store, clock.now())
    await send_all(store, VAULT, clock, gateway)
    assert [words[:3] for _, words in gateway.sent] == ["验证码"]
    clock.move_to(MORNING - timedelta(seconds=1))
    await send_all(store, VAULT, clock, gateway)
    assert len(gateway.sent) == 1
    clock.move_to(MORNING)
    await send_all(store, VAULT, clock, gateway)
    assert [words for _, words in gateway.sent[1:]] == ["《市城管局》于3月2日23:00给您写了信，请登录信箱查看。"]


@pytest.mark.parametrize(
    ("way", "texts", "mails"), [(NoticeWay.SMS, 1, 0), (NoticeWay.MAIL, 0, 1), (NoticeWay.NONE, 0, 0)]
)
async def test_notice_goes_the_way_that_its_reader_chose(
    store: SqliteStore, clock: FixedClock, gateway: Gateway, way: NoticeWay, texts: int, mails: int
) -> None:
    await person(store, notices=way)
    await told(store, "wang", "a", clock.now())
    await send_all(store, VAULT, clock, gateway)
    assert len(gateway.sent) == texts
    waiting = await store.claim(Queue.OUTBOX, [MAIL_CHANNEL], clock.now(), timedelta(minutes=1), 5)
    assert len(waiting) == mails


async def test_closed_account_is_told_nothing(store: SqliteStore, clock: FixedClock, gateway: Gateway) -> None:
    await person(store, state=AccountState.CLOSED)
    await told(store, "wang", "a", clock.now())
    await told(store, "nobody", "b", clock.now())
    await send_all(store, VAULT, clock, gateway)
    assert gateway.sent == [] and await store.waiting(Queue.OUTBOX) == 0


async def test_number_that_is_refused_is_kept_as_failed_and_blocks_nobody(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    gateway.refused = {PHONE}
    await person(store)
    await person(store, "li", "13912345678")
    await told(store, "wang", "a", clock.now())
    await told(store, "li", "b", clock.now())
    await send_all(store, VAULT, clock, gateway)
    assert [phone for phone, _ in gateway.sent] == ["13912345678"]
    desk = SmsDesk(store, VAULT, clock, NoticeRules())
    [failed] = (await desk.failed(ADMINISTRATOR, PageRequest())).items
    assert (failed.delivery.reason, failed.delivery.state, failed.again) == ("InvalidNumber", "failed", True)
    assert PHONE not in repr(failed) and "城管" not in repr(failed)
    assert (await store.quarantined(PageRequest())).items == []


async def test_failed_message_is_sent_again_once_and_within_the_hour_too(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    gateway.refused = {PHONE}
    await person(store)
    await told(store, "wang", "a", clock.now())
    await send_all(store, VAULT, clock, gateway)
    desk = SmsDesk(store, VAULT, clock, NoticeRules())
    [failed] = (await desk.failed(ADMINISTRATOR, PageRequest())).items
    gateway.refused = set()
    await desk.send_again(ADMINISTRATOR, failed.delivery.id, "127.0.0.1")
    with pytest.raises(NotFoundError):
        await desk.send_again(ADMINISTRATOR, failed.delivery.id, "127.0.0.1")
    await send_all(store, VAULT, clock, gateway)
    assert len(gateway.sent) == 1
    counts = await desk.counts(ADMINISTRATOR)
    assert (counts[DeliveryState.SENT], counts[DeliveryState.FAILED], counts[DeliveryState.REPEATED]) == (1, 0, 1)


async def test_only_administrators_see_what_became_of_messages(store: SqliteStore, clock: FixedClock) -> None:
    desk = SmsDesk(store, VAULT, clock, NoticeRules())
    clerk = Actor("clerk", frozenset({Role.CLERK}))
    with pytest.raises(NotAllowedError):
        await desk.counts(clerk)
    with pytest.raises(NotAllowedError):
        await desk.failed(clerk, PageRequest())
    with pytest.raises(NotAllowedError):
        await desk.send_again(clerk, "x", "127.0.0.1")


async def test_gateway_that_is_away_costs_no_try_and_a_code_dies_when_it_is_too_old(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    gateway.away = True
    await person(store)
    await told(store, "wang", "a", clock.now())
    await code(store, clock.now())
    for _ in range(10):
        await send_all(store, VAULT, clock, gateway)
        clock.advance(timedelta(minutes=1))
    gateway.away = False
    await send_all(store, VAULT, clock, gateway)
    assert [words[:6] for _, words in gateway.sent] == ["《市城管局》"]
    [late] = (await SmsDesk(store, VAULT, clock, NoticeRules()).failed(ADMINISTRATOR, PageRequest())).items
    assert (late.delivery.reason, late.again) == ("too_late", False)
    assert (await store.quarantined(PageRequest())).items == []


async def test_report_says_what_became_of_a_message_and_then_its_words_are_gone(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    await person(store)
    await person(store, "li", "13912345678")
    await told(store, "wang", "a", clock.now())
    reports = SmsReports(store, clock, gateway)
    gateway.waiting = [DeliveryReport("ref-1", True), DeliveryReport("ref-2", False, "UNDELIV")]
    await reports.collect()  # the first one overtakes the sending
    await send_all(store, VAULT, clock, gateway)
    await reports.collect()
    first = await store.sms_by_reference("ref-1")
    assert first is not None and (first.state, first.payload) == (DeliveryState.DELIVERED, {})
    await told(store, "li", "b", clock.now())
    await send_all(store, VAULT, clock, gateway)
    await reports.collect()
    second = await store.sms_by_reference("ref-2")
    assert second is not None and (second.state, second.reason) == (DeliveryState.FAILED, "UNDELIV")
    gateway.waiting = [DeliveryReport("ref-2", True)]
    await reports.collect()
    assert await store.sms_by_reference("ref-2") == second


async def test_what_became_of_messages_is_forgotten_after_its_time(
    store: SqliteStore, clock: FixedClock, gateway: Gateway
) -> None:
    await person(store)
    await told(store, "wang", "a", clock.now())
    await send_all(store, VAULT, clock, gateway)
    clock.advance(timedelta(days=8))
    assert await sweep_expired(store, clock.now()) == 2
    assert await store.sms_by_reference("ref-1") is None


async def test_receipts_of_two_letters_both_come(store: SqliteStore, clock: FixedClock, gateway: Gateway) -> None:
    await person(store)
    for number in ("2026-1", "2026-2"):
        params = {"time": "3月2日12:00", "number": number, "code": "ABCD"}
        message = ShortMessage(template=sms.RECEIPT, language="zh", signature="滨海市", params=params)
        await store.commit(sms.notice(VAULT, "wang", Kind.RECEIPT, "system", message, number, Lane.NOTICE))
    await send_all(store, VAULT, clock, gateway)
    assert sorted(words[20:26] for _, words in gateway.sent) == ["2026-1", "2026-2"]
