"""What happened is chained in commit order, tied together by checkpoints, and proves itself."""

from __future__ import annotations

import asyncio

from support.store import Maker, WholeStore

from minxin.core.audit import GENESIS, first_break, ledger_digest
from minxin.core.changes import AuditEntry, Changes, Event, Head
from minxin.core.paging import PageRequest
from minxin.core.verify import verify


async def test_events_are_chained_in_the_order_of_their_commits(store: WholeStore, make: Maker) -> None:
    data = {"office": "lamps", "n": 1, "share": 0.5, "none": None, "list": [1, {"深": True}]}
    first = await store.commit(Changes(events=[Event("s", "submitted", make.now, "w", data=data)]))
    events = [Event("s", "routed", make.at(hours=1), "system", "lamps"), Event("s", "signed", make.at(hours=2), "h")]
    second = await store.commit(Changes(events=[events[0], Event("other", "x", make.now, "w"), events[1]]))

    stored = await store.events("s")

    assert [sealed.event.kind for sealed in stored] == ["submitted", "routed", "signed"]
    assert stored[0].event.data == data
    assert stored[0].prev == GENESIS.hash
    assert first_break(stored) is None
    assert first.heads == {"s": Head(1, stored[0].hash)}
    assert second.heads["s"] == Head(3, stored[2].hash)
    assert second.heads["other"].seq == 1


async def test_the_audit_log_is_one_chain_and_comes_newest_first(store: WholeStore, make: Maker) -> None:
    for place in range(5):
        entry = AuditEntry(make.at(minutes=place), f"actor {place % 2}", "letter.read", str(place), origin="10.0.0.1")
        await store.commit(Changes(audit=[entry]))

    batches = [entry async for batch in store.all_audit() for entry in batch]
    newest = await store.audit_page(PageRequest(size=2))
    rest = await store.audit_page(PageRequest(newest.next, 10))
    of_one = await store.audit_page(PageRequest(), actor="actor 1")

    assert first_break(batches) is None
    assert [sealed.entry.target for sealed in newest.items] == ["4", "3"]
    assert [sealed.entry.target for sealed in rest.items] == ["2", "1", "0"]
    assert [sealed.entry.target for sealed in of_one.items] == ["3", "1"]
    assert (await store.stored_heads())[0] == Head(5, batches[-1].hash)


async def test_eight_writers_make_no_gap_and_no_fork(store: WholeStore, make: Maker) -> None:
    async def write(writer: int) -> None:
        for place in range(200):
            events = [Event(f"s{place % 3}", "x", make.now, str(writer)), Event(f"own {writer}", "x", make.now, "w")]
            entry = AuditEntry(make.now, str(writer), "x", str(place))
            await store.commit(Changes(events=events, audit=[entry]))

    await asyncio.gather(*(write(writer) for writer in range(8)))

    verdict = await verify(store)
    assert verdict.broken is None
    assert (verdict.streams, verdict.events, verdict.audit) == (11, 3_200, 1_600)


async def test_a_checkpoint_seals_what_grew_since_the_last_one(store: WholeStore, make: Maker) -> None:
    plans = [make.intake(), make.intake()]
    ids = [plan.inserts[0].id for plan in plans]
    heads = [(await store.commit(plan)).heads for plan in plans]
    first = await store.checkpoint(make.at(minutes=10))
    grown = await store.commit(Changes(events=[Event(ids[0], "read", make.now, "w")]))
    await store.commit(make.intake(id="third"))
    second = await store.checkpoint(make.at(minutes=20))
    third = await store.checkpoint(make.at(minutes=30))

    assert first is not None
    assert second is not None
    assert (first.seq, first.prev, first.at) == (1, GENESIS.hash, make.at(minutes=10))
    assert first.heads == heads[0] | heads[1]
    assert first.numbers == [("2026-000001", ids[0]), ("2026-000002", ids[1])]
    assert second.prev == first.hash
    assert set(second.heads) == {ids[0], "third"}
    assert second.heads[ids[0]] == grown.heads[ids[0]]
    assert second.numbers == [("2026-000003", "third")]
    assert second.audit.seq == 3
    assert third is None
    assert [entry async for entry in store.ledger()] == [first, second]
    assert second.hash == ledger_digest(second)


async def test_a_checkpoint_seals_the_audit_log_too_when_only_that_grew(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(audit=[AuditEntry(make.now, "nobody", "login.failed", "")]))

    entry = await store.checkpoint(make.now)

    assert entry is not None
    assert entry.audit.seq == 1
    assert await store.checkpoint(make.now) is None


async def test_an_empty_store_holds(store: WholeStore, make: Maker) -> None:
    assert (await verify(store)).broken is None
    assert await store.checkpoint(make.now) is None


async def test_a_whole_store_holds_also_while_it_grows(store: WholeStore, make: Maker) -> None:
    async def write() -> None:
        for place in range(150):
            await store.commit(make.intake())
            if place % 20 == 0:
                await store.checkpoint(make.at(minutes=place))

    writing = asyncio.create_task(write())
    verdicts = []
    while not writing.done():
        verdicts.append(await verify(store))
    await writing

    assert [verdict.broken for verdict in verdicts] == [None] * len(verdicts)
    whole = await verify(store)
    assert (whole.broken, whole.numbers, whole.streams, whole.events, whole.audit) == (None, 150, 150, 300, 150)
    assert whole.checkpoints == 8


async def test_a_series_name_may_hold_a_dash(store: WholeStore, make: Maker) -> None:
    await store.commit(make.numbered(make.letter(id="x"), make.letter(id="y"), series="2025-B"))

    assert await store.letter_numbers() == [("2025-B-000001", "x"), ("2025-B-000002", "y")]
    assert (await verify(store)).broken is None


async def test_the_ends_of_the_chains_come_with_the_last_checkpoint(store: WholeStore, make: Maker) -> None:
    before = await store.chain_ends()
    await store.commit(Changes(audit=[AuditEntry(make.now, "a", "read", "x")], events=[Event("s", "e", make.now, "w")]))
    sealed = await store.checkpoint(make.now)
    await store.commit(Changes(audit=[AuditEntry(make.now, "b", "read", "y")]))
    after = await store.chain_ends()

    assert (before.checkpoint, before.audit, before.ledger) == (None, GENESIS, GENESIS)
    assert sealed is not None
    assert after.checkpoint == sealed
    assert after.ledger == Head(sealed.seq, sealed.hash)
    assert (sealed.audit.seq, after.audit.seq) == (1, 2)
