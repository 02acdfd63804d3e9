"""What the figures for those who run the service are read from."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.loads import OfficeLoad
from minxin.consult.records import OrderState
from minxin.core.changes import Changes, Job, OutboxEntry
from minxin.core.store import Backlog, Queue
from minxin.mailbox.records import Session

MINUTE = timedelta(minutes=1)


async def test_backlogs_count_by_kind_what_waits_and_what_failed(store: WholeStore, make: Maker) -> None:
    jobs = [Job("judge", "a"), Job("judge", "b"), Job("parse", "c", not_before=make.at(hours=1))]
    await store.commit(Changes(jobs=jobs, outbox=[OutboxEntry("sms", "d"), OutboxEntry("mail", "e")]))
    (held,) = await store.claim(Queue.JOBS, ["judge"], make.now, MINUTE, 1)
    (poison,) = await store.claim(Queue.OUTBOX, ["sms"], make.now, MINUTE, 1)
    (sent,) = await store.claim(Queue.OUTBOX, ["mail"], make.now, MINUTE, 1)
    await store.fail(poison, make.now, "refused", None)
    await store.finish(sent, make.now)

    found = {(one.queue, one.kind): one for one in await store.backlogs()}

    judge = found[Queue.JOBS, "judge"]
    assert (judge.waiting, judge.quarantined) == (2, 0)
    assert judge.first is not None and int(held.id) < judge.first <= judge.last
    assert judge.due_at == held.locked_until
    parse = found[Queue.JOBS, "parse"]
    assert (parse.waiting, parse.first, parse.due_at) == (1, None, make.at(hours=1))
    assert parse.last > judge.last
    assert found[Queue.OUTBOX, "sms"] == Backlog(Queue.OUTBOX, "sms", 0, 1)
    assert (Queue.OUTBOX, "mail") not in found


async def test_loads_count_open_work_orders_by_office_and_state(store: WholeStore, make: Maker) -> None:
    over, today, later = (make.due(make.at(hours=step)) for step in (-1, 2, 30))
    working = {"state": OrderState.IN_PROGRESS, "office_id": "lamps"}
    orders = [
        make.order(**working, answer_due=over),
        make.order(**working, answer_due=today),
        make.order(**working, answer_due=later),
        make.order(state=OrderState.TO_DISPATCH, office_id=None, answer_due=later),
        make.order(**working, answer_due=over, sealed=True),
        make.order(state=OrderState.ANSWERED, office_id="lamps", answer_due=over, answered_at=make.now),
    ]
    await store.commit(Changes(inserts=orders))

    found = await store.office_loads(make.now, make.at(hours=12))

    assert OfficeLoad("lamps", OrderState.IN_PROGRESS, 3, 1, 1) in found
    assert sum(load.count for load in found) == 4


async def test_sessions_are_counted_until_they_expire(store: WholeStore, make: Maker) -> None:
    session = Session(
        id="one",
        account_id="citizen",
        created_at=make.now,
        seen_at=make.now,
        expires_at=make.at(hours=1),
        complete=True,
    )
    old = replace(session, id="two", expires_at=make.now)
    await store.commit(Changes(inserts=[session, old]))

    assert await store.count_sessions(make.now) == 1
    assert await store.count_sessions(make.at(hours=1)) == 0
