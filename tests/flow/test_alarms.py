"""Alarms on the telephones of those who must look: once an hour of each kind, without a word of what about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.texting import send_all
from support.web import City

from minxin.consult.alarms import CHANNEL, AlarmKind, alarm
from minxin.consult.alike_records import HotIssue
from minxin.consult.chat.records import Presence
from minxin.consult.decision import Deed
from minxin.consult.hot_issues import renewed
from minxin.consult.precision import begin, tighten
from minxin.consult.precision_records import RoutedAlone
from minxin.core.actor import SYSTEM, Role
from minxin.core.alike import FoundIssue, IssueKind, Surge
from minxin.core.changes import Changes, Job
from minxin.core.store import Queue
from minxin.deploy.alarms import AlarmMessenger, QuarantineWatch
from minxin.deploy.workers import Worker
from minxin.mailbox.texting.rules import NoticeRules

PHONES = {"boss": "13900000011", "deputy": "13900000012", "admin": "13900000013", "handler": "13900000014"}
ROLES = {"boss": Role.MANAGER, "deputy": Role.MANAGER, "admin": Role.ADMINISTRATOR, "handler": Role.HANDLER}


@pytest.fixture
async def ids(city: City) -> dict[str, str]:
    """Everybody on the staff by name."""
    return {name: (await city.staff(name, ROLES[name], phone=phone)).id for name, phone in PHONES.items()}


async def told(city: City) -> dict[str, str]:
    """Send what is due, and return what came by the name of who got it."""
    messenger = AlarmMessenger(city.store, city.vault, city.clock, NoticeRules(), "滨海市")
    worker = Worker(city.store, Queue.OUTBOX, city.clock, {CHANNEL: messenger.tell})
    while await worker.run_once():
        pass
    city.drawer.sent.clear()
    await send_all(city.store, city.vault, city.clock, city.drawer)
    names = {phone: name for name, phone in PHONES.items()}
    return {names[phone]: text for phone, text in city.drawer.sent if phone in names}


async def raise_alarm(city: City, kind: AlarmKind, occasion: str) -> None:
    await city.store.commit(Changes(outbox=[alarm(kind, occasion, city.clock.now())]))


async def test_all_managers_are_told_when_nobody_is_on_duty_and_once_an_hour(city: City, ids: dict[str, str]) -> None:
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "one")
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "two")
    found = await told(city)
    assert found.keys() == {"boss", "deputy"}
    assert "热点问题于3月2日12:00触发预警" in found["boss"]
    city.clock.advance(timedelta(minutes=59))
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "three")
    assert await told(city) == {}
    await raise_alarm(city, AlarmKind.PRECISION, "routing")
    assert (await told(city)).keys() == {"boss", "deputy"}
    city.clock.advance(timedelta(minutes=2))
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "four")
    assert (await told(city)).keys() == {"boss", "deputy"}


async def test_who_is_on_duty_is_told_alone_unless_his_page_is_long_gone(city: City, ids: dict[str, str]) -> None:
    here = Presence(id=ids["boss"], office_id="cgj", on_duty=True, most=2, seen_at=city.clock.now())
    await city.store.commit(Changes(inserts=[here]))
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "one")
    assert (await told(city)).keys() == {"boss"}
    city.clock.advance(timedelta(hours=2))
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "two")
    assert (await told(city)).keys() == {"boss", "deputy"}


async def test_nobody_is_woken_by_an_alarm(city: City, ids: dict[str, str]) -> None:
    city.clock.advance(timedelta(hours=10))
    await raise_alarm(city, AlarmKind.HOT_ISSUE, "one")
    assert await told(city) == {}
    city.clock.advance(timedelta(hours=11))
    assert (await told(city)).keys() == {"boss", "deputy"}


async def test_quarantined_work_is_told_once_and_to_the_administrator_too(city: City, ids: dict[str, str]) -> None:
    watch = QuarantineWatch(city.store)
    await watch.look()
    assert await told(city) == {}
    await city.store.commit(Changes(jobs=[Job("parse", "letter", {})]))
    (claim,) = await city.store.claim(Queue.JOBS, ["parse"], city.clock.now(), timedelta(minutes=1), 1)
    await city.store.fail(claim, city.clock.now(), "ValueError", None)
    await watch.look()
    assert (await told(city)).keys() == {"boss", "deputy", "admin"}
    city.clock.advance(timedelta(hours=2))
    await watch.look()
    assert await told(city) == {}


def test_a_sudden_issue_and_a_broken_wish_each_put_a_word_out(city: City) -> None:
    now = city.clock.now()
    surge = Surge(letters=6, days=2, expected=0.5)
    issue = FoundIssue(IssueKind.MATTER, "搅拌站", (), "", ("a", "b"), 2, now, now, 1.0, (), (2,), surge)
    changes = renewed([], [issue], now)
    assert [one.payload["kind"] for one in changes.outbox] == ["hot_issue"]
    (kept,) = [one for one in changes.inserts if isinstance(one, HotIssue)]
    assert renewed([kept], [replace(issue, letter_ids=("a", "b", "c"))], now + timedelta(hours=1)).outbox == []
    broken = tighten(Deed(SYSTEM, now, "chores"), begin(0.95, now), RoutedAlone(200, 40))
    assert broken is not None
    assert [one.payload["kind"] for one in broken.outbox] == ["precision"]
