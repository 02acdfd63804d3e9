"""Work is done at least once, by one worker at a time, and three strikes take it out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from support.store import Maker, WholeStore

from minxin.core.changes import AuditEntry, Changes, Job, OutboxEntry
from minxin.core.errors import DuplicateError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.core.store import MAX_RUNS, Claim, Queue
from minxin.mailbox.records import Account

MINUTE = timedelta(minutes=1)
ALL = PageRequest(size=200)


async def claim_one(
    store: WholeStore, now: datetime, queue: Queue = Queue.JOBS, kinds: Sequence[str] = ("judge",)
) -> Claim | None:
    claims = await store.claim(queue, kinds, now, MINUTE, 1)
    return claims[0] if claims else None


async def test_a_job_is_claimed_with_what_it_was_given(store: WholeStore, make: Maker) -> None:
    job = Job("judge", "letter-1", {"letter": "letter-1", "pages": [1, 2], "深": None})
    await store.commit(Changes(jobs=[job]))

    claim = await claim_one(store, make.now)

    assert (claim.work, claim.runs, claim.queue) == (job, 1, Queue.JOBS)
    assert claim.locked_until == make.now + MINUTE


async def test_an_outbox_entry_is_claimed_by_its_channel(store: WholeStore, make: Maker) -> None:
    entry = OutboxEntry("sms", "letter-1 signed", {"to": "account-1"})
    await store.commit(Changes(outbox=[entry], jobs=[Job("sms", "no such channel")]))

    claims = await store.claim(Queue.OUTBOX, ["mail", "sms"], make.now, MINUTE, 10)

    assert [claim.work for claim in claims] == [entry]


async def test_only_the_wished_kinds_are_claimed_oldest_first_up_to_the_limit(store: WholeStore, make: Maker) -> None:
    for place in range(5):
        await store.commit(Changes(jobs=[Job("judge", f"j{place}"), Job("index", f"i{place}")]))

    claims = await store.claim(Queue.JOBS, ["judge"], make.now, MINUTE, 3)
    rest = await store.claim(Queue.JOBS, ["judge", "index"], make.now, MINUTE, 10)

    assert [claim.work.key for claim in claims] == ["j0", "j1", "j2"]
    assert [claim.work.key for claim in rest] == ["i0", "i1", "i2", "j3", "i3", "j4", "i4"]


async def test_two_workers_never_hold_the_same_work(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", str(place)) for place in range(40)]))

    batches = await asyncio.gather(*(store.claim(Queue.JOBS, ["judge"], make.now, MINUTE, 7) for _ in range(8)))

    keys = [claim.work.key for batch in batches for claim in batch]
    assert len(keys) == len(set(keys)) == 40


async def test_a_job_with_a_time_waits_for_it(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "later", not_before=make.at(hours=1))]))

    assert await claim_one(store, make.at(minutes=59)) is None
    assert (await claim_one(store, make.at(hours=1))).work.not_before == make.at(hours=1)


async def test_the_same_kind_and_key_is_the_same_work(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a", {"n": 1})], outbox=[OutboxEntry("sms", "a", {"n": 1})]))
    await store.commit(Changes(jobs=[Job("judge", "a", {"n": 2})], outbox=[OutboxEntry("sms", "a", {"n": 2})]))

    assert (await store.waiting(Queue.JOBS), await store.waiting(Queue.OUTBOX)) == (1, 1)
    assert (await claim_one(store, make.now)).work.payload == {"n": 1}


async def test_finished_jobs_are_gone_and_may_come_again(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")]))
    assert await store.finish(await claim_one(store, make.now), make.now)
    assert await store.waiting(Queue.JOBS) == 0

    await store.commit(Changes(jobs=[Job("judge", "a")]))
    assert (await claim_one(store, make.now)).runs == 1


async def test_what_was_sent_is_kept_and_never_sent_again(store: WholeStore, make: Maker) -> None:
    entry = OutboxEntry("sms", "a")
    await store.commit(Changes(outbox=[entry]))
    assert await store.finish(await claim_one(store, make.now, Queue.OUTBOX, ["sms"]), make.now)

    await store.commit(Changes(outbox=[entry]))

    assert await claim_one(store, make.at(days=1), Queue.OUTBOX, ["sms"]) is None
    assert await store.waiting(Queue.OUTBOX) == 0


async def test_work_and_its_changes_are_finished_as_one(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.account(id="one", login="taken")], jobs=[Job("judge", "a")]))
    claim = await claim_one(store, make.now)

    with pytest.raises(DuplicateError):
        await store.finish(claim, make.now, Changes(inserts=[make.account(id="two", login="taken")]))
    assert await store.waiting(Queue.JOBS) == 1

    assert await store.finish(claim, make.now, Changes(inserts=[make.account(id="two")], jobs=[Job("index", "a")]))
    assert await store.get(Account, "two") is not None
    assert (await claim_one(store, make.now, kinds=["judge"]), await store.waiting(Queue.JOBS)) == (None, 1)


async def test_an_expired_lock_passes_to_another_and_the_first_can_finish_nothing(
    store: WholeStore, make: Maker
) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")]))
    first = await claim_one(store, make.now)
    assert await claim_one(store, make.at(seconds=59)) is None

    second = await claim_one(store, make.at(seconds=60))

    assert (second.runs, second.work) == (2, first.work)
    assert not await store.finish(first, make.at(seconds=61), Changes(inserts=[make.account(id="ghost")]))
    assert await store.get(Account, "ghost") is None
    await store.fail(first, make.at(seconds=61), "late", None)
    assert await store.finish(second, make.at(seconds=62))
    assert not await store.finish(second, make.at(seconds=63))


async def test_work_that_was_given_back_comes_at_its_time(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")]))
    await store.fail(await claim_one(store, make.now), make.now, "busy", make.at(minutes=5))

    assert await claim_one(store, make.at(minutes=4)) is None
    assert (await claim_one(store, make.at(minutes=5))).runs == 2


async def test_three_strikes_take_work_out_and_the_queue_goes_on(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "poison"), Job("judge", "fine")]))
    for strike in range(MAX_RUNS):
        claims = await store.claim(Queue.JOBS, ["judge"], make.at(minutes=strike), MINUTE, 10)
        assert claims[0].work.key == "poison"

    left = await store.claim(Queue.JOBS, ["judge"], make.at(minutes=MAX_RUNS), MINUTE, 10)
    held = await store.quarantined(ALL)

    assert left == []
    assert {work.work.key for work in held.items} == {"poison", "fine"}
    assert held.items[0].runs == MAX_RUNS
    assert held.items[0].failed_at == make.at(minutes=MAX_RUNS)
    assert held.items[0].error != ""


async def test_fresh_work_behind_poison_is_claimed_in_the_same_call(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "poison")]))
    for strike in range(MAX_RUNS):
        await claim_one(store, make.at(minutes=strike))
    await store.commit(Changes(jobs=[Job("judge", "fine", not_before=make.at(minutes=MAX_RUNS))]))

    claims = await store.claim(Queue.JOBS, ["judge"], make.at(minutes=MAX_RUNS), MINUTE, 1)

    assert [claim.work.key for claim in claims] == ["fine"]


async def test_quarantine_keeps_the_error_and_lists_newest_first(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")], outbox=[OutboxEntry("sms", "b", {"n": 1})]))
    await store.fail(await claim_one(store, make.now), make.now, "can't be read", None)
    sms = await claim_one(store, make.now, Queue.OUTBOX, ["sms"])
    await store.fail(sms, make.at(minutes=1), "number unknown", None)

    first = await store.quarantined(PageRequest(size=1))
    second = await store.quarantined(PageRequest(size=1, after=first.next))

    assert [(work.queue, work.work.key, work.error) for work in first.items + second.items] == [
        (Queue.OUTBOX, "b", "number unknown"),
        (Queue.JOBS, "a", "can't be read"),
    ]
    assert second.next is None
    assert (await store.waiting(Queue.JOBS), await store.waiting(Queue.OUTBOX)) == (0, 0)


async def test_released_work_starts_with_a_clean_count(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")]))
    claim = await claim_one(store, make.now)
    await store.fail(claim, make.now, "broken", None)

    assert not await store.release(Queue.OUTBOX, claim.id, make.now)
    assert await store.release(Queue.JOBS, claim.id, make.now)
    assert not await store.release(Queue.JOBS, claim.id, make.now)
    assert not await store.release(Queue.JOBS, "no number", make.now)

    assert (await claim_one(store, make.now)).runs == 1
    assert (await store.quarantined(ALL)).items == []


async def test_release_writes_its_changes_in_the_same_commit_or_nothing(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a")]))
    claim = await claim_one(store, make.now)
    await store.fail(claim, make.now, "broken", None)
    noted = Changes(audit=[AuditEntry(make.now, "admin", "release_work", claim.id)])

    assert not await store.release(Queue.OUTBOX, claim.id, make.now, noted)
    assert not await store.release(Queue.JOBS, "9" * 40, make.now, noted)
    assert (await store.audit_page(ALL)).items == []

    assert await store.release(Queue.JOBS, claim.id, make.now, noted)
    assert [sealed.entry for sealed in (await store.audit_page(ALL)).items] == noted.audit


async def test_a_bent_cursor_is_refused(store: WholeStore) -> None:
    with pytest.raises(InvalidInputError):
        await store.quarantined(PageRequest(after="bent"))


async def test_the_bell_rings_for_work_of_its_kinds_only(store: WholeStore) -> None:
    judge, sms = store.bell(Queue.JOBS, ["judge"]), store.bell(Queue.OUTBOX, ["sms"])
    waiting = asyncio.create_task(judge.wait(30))

    await store.commit(Changes(outbox=[OutboxEntry("sms", "a")]))
    assert not waiting.done()
    await store.commit(Changes(jobs=[Job("judge", "a")]))

    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(sms.wait(30), 5)


async def test_the_bell_remembers_what_came_before_the_wait(store: WholeStore) -> None:
    bell = store.bell(Queue.JOBS, ["judge"])
    await store.commit(Changes(jobs=[Job("judge", "a")]))

    await asyncio.wait_for(bell.wait(30), 5)
    await asyncio.wait_for(bell.wait(0.01), 5)  # heard once: now it waits for its timeout


async def test_the_bell_rings_for_work_that_finishing_adds_and_for_released_work(
    store: WholeStore, make: Maker
) -> None:
    await store.commit(Changes(jobs=[Job("judge", "a"), Job("judge", "b")]))
    bell = store.bell(Queue.JOBS, ["index", "judge"])
    first, second = await store.claim(Queue.JOBS, ["judge"], make.now, MINUTE, 2)

    await store.finish(first, make.now, Changes(jobs=[Job("index", "a")]))
    await asyncio.wait_for(bell.wait(30), 5)

    await store.fail(second, make.now, "broken", None)
    await store.release(Queue.JOBS, second.id, make.now)
    await asyncio.wait_for(bell.wait(30), 5)
