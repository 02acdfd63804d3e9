"""What every store keeps of short messages, groups of staff and notices to them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.store import Maker, WholeStore

from minxin.core.changes import Changes, Job
from minxin.core.errors import DuplicateError
from minxin.core.paging import PageRequest
from minxin.core.store import MAX_RUNS, Queue
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.mailbox.texting.records import DeliveryState, LastNotice, SmsDelivery

MINUTE = timedelta(minutes=1)


def delivery(name: str, at: datetime, state: DeliveryState = DeliveryState.SENT, reference: str = "") -> SmsDelivery:
    return SmsDelivery(
        id=name,
        lane="sms_notice",
        key=name,
        state=state,
        at=at,
        expires_at=at + timedelta(days=7),
        reference=reference,
        payload={"account_id": "wang"},
    )


async def test_delivery_is_found_by_the_provider_s_reference_the_last_one_of_several(
    store: WholeStore, make: Maker
) -> None:
    old, new = delivery("a", make.now, reference="7"), delivery("b", make.at(minutes=1), reference="7")
    await store.commit(Changes(inserts=[old, new, delivery("c", make.at(minutes=2))]))
    found = await store.sms_by_reference("7")
    assert found is not None and (found.id, found.payload) == (new.id, new.payload)
    assert await store.sms_by_reference("8") is None
    assert await store.sms_by_reference("") is None


async def test_deliveries_are_listed_by_state_newest_first_and_counted(store: WholeStore, make: Maker) -> None:
    failed = [delivery(name, make.at(minutes=number), DeliveryState.FAILED) for number, name in enumerate("abc")]
    await store.commit(Changes(inserts=[*failed, delivery("sent", make.now)]))
    first = await store.sms_deliveries(DeliveryState.FAILED, PageRequest(None, 2))
    rest = await store.sms_deliveries(DeliveryState.FAILED, PageRequest(first.next, 2))
    assert [one.id for one in (*first.items, *rest.items)] == ["c", "b", "a"]
    assert await store.sms_counts() == {DeliveryState.FAILED: 3, DeliveryState.SENT: 1}


async def test_what_is_kept_of_messages_expires(store: WholeStore, make: Maker) -> None:
    last = LastNotice(id="l", key="a", at=make.now, expires_at=make.at(hours=1))
    await store.commit(Changes(inserts=[delivery("a", make.now), last]))
    assert await store.expired_sms(make.at(minutes=59), 10) == []
    assert [one.id for one in await store.expired_sms(make.at(hours=1), 10)] == [last.id]
    assert len(await store.expired_sms(make.at(days=7), 10)) == 2


async def test_work_that_is_put_off_comes_back_at_its_time_and_was_never_tried(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("work", "a")]))
    for turn in range(MAX_RUNS + 2):
        (claim,) = await store.claim(Queue.JOBS, ["work"], make.at(hours=turn), MINUTE, 1)
        assert claim.runs == 1
        await store.put_off(claim, make.at(hours=turn + 1))
        assert await store.claim(Queue.JOBS, ["work"], make.at(hours=turn, minutes=59), MINUTE, 1) == []
    assert await store.waiting(Queue.JOBS) == 1


async def test_work_whose_lock_was_lost_is_not_put_off(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("work", "a")]))
    (lost,) = await store.claim(Queue.JOBS, ["work"], make.now, MINUTE, 1)
    (held,) = await store.claim(Queue.JOBS, ["work"], make.at(minutes=1), MINUTE, 1)
    await store.put_off(lost, make.at(days=9))
    assert await store.finish(held, make.at(minutes=1))


async def test_office_has_its_own_groups_by_name_and_each_name_once(store: WholeStore) -> None:
    groups = [StaffGroup(id=name, office_id=office, name=name) for name, office in (("b", "o"), ("a", "o"), ("c", "p"))]
    await store.commit(Changes(inserts=list(groups)))
    assert [one.id for one in await store.staff_groups("o")] == ["a", "b"]
    with pytest.raises(DuplicateError):
        await store.commit(Changes(inserts=[StaffGroup(id="d", office_id="o", name="a")]))
    await store.commit(Changes(inserts=[StaffGroup(id="e", office_id="p", name="a")]))


async def test_office_has_its_own_notices_newest_first(store: WholeStore, make: Maker) -> None:
    notices = [
        StaffNotice(
            id=f"n{number}",
            office_id="o" if number else "p",
            author_id="li",
            at=make.at(minutes=number),
            subject="会议",
            text="周五",
            groups=("全体",),
            recipients=("wang",),
        )
        for number in range(4)
    ]
    await store.commit(Changes(inserts=list(notices)))
    first = await store.staff_notices("o", PageRequest(None, 2))
    rest = await store.staff_notices("o", PageRequest(first.next, 2))
    assert [one.id for one in (*first.items, *rest.items)] == ["n3", "n2", "n1"]
