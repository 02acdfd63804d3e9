"""Commit is atomic, durable, and refuses what was decided on something that is no longer so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec import structs
from support.store import Engine, Maker, WholeStore

from minxin.consult.records import Letter, LetterDraft, LetterState
from minxin.core.changes import AuditEntry, Changes, Event, Job, OutboxEntry, Record, blob_of
from minxin.core.errors import ConflictError, DuplicateError, UnavailableError
from minxin.core.store import Queue
from minxin.mailbox.records import Account, AccountState


async def test_a_letter_is_there_again_after_closing_and_opening(
    store: WholeStore, engine: Engine, tmp_path: Path, make: Maker
) -> None:
    letter = make.letter(text="小区门口的路灯坏了 㐂𠮷䶮", received_at=make.at(microseconds=123_456))
    committed = await store.commit(make.numbered(letter) + Changes(blobs=[blob_of(b"raw")]))
    await store.close()

    again = await engine(tmp_path)
    found = await again.get(Letter, letter.id)
    blob = await again.blob(blob_of(b"raw").id)
    await again.close()

    assert found == structs.replace(letter, version=1, number="2026-000001")
    assert committed.numbers == {letter.id: "2026-000001"}
    assert blob == b"raw"


async def test_what_is_not_there_is_none_or_empty(store: WholeStore) -> None:
    assert await store.get(Letter, "nobody") is None
    assert await store.blob("0" * 64) is None
    assert await store.events("nothing") == []


async def test_each_write_raises_the_version_by_one(store: WholeStore, make: Maker) -> None:
    account = make.account()
    await store.commit(Changes(inserts=[account]))
    first = await store.get(Account, account.id)
    await store.commit(Changes(puts=[structs.replace(first, name="王大明")]))
    second = await store.get(Account, account.id)

    assert (first.version, second.version, second.name) == (1, 2, "王大明")


async def test_a_put_on_an_old_version_is_a_conflict_and_changes_nothing(store: WholeStore, make: Maker) -> None:
    account = make.account()
    await store.commit(Changes(inserts=[account]))
    read = await store.get(Account, account.id)
    await store.commit(Changes(puts=[structs.replace(read, name="first")]))

    with pytest.raises(ConflictError):
        await store.commit(Changes(puts=[structs.replace(read, name="second")]))

    assert (await store.get(Account, account.id)).name == "first"


async def test_a_delete_removes_the_record_and_conflicts_when_it_moved(store: WholeStore, make: Maker) -> None:
    account = make.account()
    await store.commit(Changes(inserts=[account]))
    read = await store.get(Account, account.id)
    await store.commit(Changes(puts=[read]))

    with pytest.raises(ConflictError):
        await store.commit(Changes(deletes=[read]))
    assert await store.get(Account, account.id) is not None

    await store.commit(Changes(deletes=[await store.get(Account, account.id)]))
    assert await store.get(Account, account.id) is None


async def test_a_put_of_what_was_never_stored_is_a_conflict(store: WholeStore, make: Maker) -> None:
    with pytest.raises(ConflictError):
        await store.commit(Changes(puts=[make.account()]))


async def test_a_refused_commit_leaves_nothing_of_itself(store: WholeStore, make: Maker) -> None:
    account = make.account()
    await store.commit(Changes(inserts=[account]))
    letter = make.letter()
    refused = make.numbered(letter) + Changes(
        inserts=[make.account(id="other", login=account.login)],
        blobs=[blob_of(b"lost")],
        events=[Event(letter.id, "submitted", make.now, "writer")],
        audit=[AuditEntry(make.now, "writer", "letter.submit", letter.id)],
        jobs=[Job("judge", letter.id)],
        outbox=[OutboxEntry("sms", letter.id)],
    )

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(refused)

    assert refusal.value.params == {"table": "accounts", "field": "login"}
    assert await store.get(Letter, letter.id) is None
    assert await store.blob(blob_of(b"lost").id) is None
    assert await store.events(letter.id) == []
    assert [batch async for batch in store.all_audit()] == []
    assert (await store.waiting(Queue.JOBS), await store.waiting(Queue.OUTBOX)) == (0, 0)
    assert (await store.commit(make.intake())).numbers.popitem()[1] == "2026-000001"


@pytest.mark.parametrize(
    ("field", "value"), [("login", "wang"), ("phone_index", "p"), ("id_index", "i"), ("address", "a@b.cn")]
)
async def test_a_unique_field_is_taken_once(store: WholeStore, make: Maker, field: str, value: str) -> None:
    await store.commit(Changes(inserts=[make.account(**{field: value})]))

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(Changes(inserts=[make.account(**{field: value})]))

    assert refusal.value.params["field"] == field


async def test_the_same_letter_sent_twice_is_a_duplicate_by_its_key(store: WholeStore, make: Maker) -> None:
    await store.commit(make.intake(intake_key="same"))

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(make.intake(intake_key="same"))

    assert refusal.value.params == {"table": "letters", "field": "intake_key"}


async def test_an_id_is_taken_once(store: WholeStore, make: Maker) -> None:
    draft = LetterDraft(id="one", writer_id="writer", updated_at=make.now)
    await store.commit(Changes(inserts=[draft]))

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(Changes(inserts=[draft]))

    assert refusal.value.params == {"table": "letter_drafts", "field": "id"}


async def test_a_put_that_takes_anothers_unique_field_is_a_duplicate(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.account(id="one", login="one"), make.account(id="two", login="two")]))

    with pytest.raises(DuplicateError):
        await store.commit(Changes(puts=[structs.replace(await store.get(Account, "two"), login="one")]))


async def test_a_closed_account_frees_its_phone_and_id_number(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.account(id="old", phone_index="p", id_index="i")]))
    old = await store.get(Account, "old")
    await store.commit(Changes(puts=[structs.replace(old, state=AccountState.CLOSED)]))

    await store.commit(Changes(inserts=[make.account(id="new", phone_index="p", id_index="i")]))

    assert (await store.account_by_phone("p")).id == "new"


async def test_a_kind_of_record_without_a_table_is_refused(store: WholeStore, make: Maker) -> None:
    class Unknown(Record, frozen=True, kw_only=True):
        pass

    with pytest.raises(TypeError):
        await store.commit(Changes(inserts=[Unknown(id="x")]))
    await store.commit(make.intake())


async def test_the_same_bytes_are_kept_once(store: WholeStore) -> None:
    blob = blob_of(b"photo")
    await store.commit(Changes(blobs=[blob, blob]))
    await store.commit(Changes(blobs=[blob]))

    assert await store.blob(blob.id) == b"photo"


async def test_numbers_have_no_gap_under_fifty_parallel_commits_with_refusals(store: WholeStore, make: Maker) -> None:
    async def write(place: int) -> str | None:
        try:
            committed = await store.commit(make.intake(intake_key=f"key {place % 40}"))
        except DuplicateError:
            return None
        return committed.numbers.popitem()[1]

    numbers = await asyncio.gather(*(write(place) for place in range(50)))

    assert sorted(filter(None, numbers)) == [f"2026-{place:06d}" for place in range(1, 41)]


async def test_each_series_counts_for_itself(store: WholeStore, make: Maker) -> None:
    one, two, three = make.letter(), make.letter(), make.letter()
    await store.commit(make.numbered(one, series="2026"))
    await store.commit(make.numbered(two, series="2027") + make.numbered(three, series="2026"))

    assert await store.letter_numbers() == [
        ("2026-000001", one.id),
        ("2026-000002", three.id),
        ("2027-000001", two.id),
    ]


async def test_a_number_series_goes_on_after_opening_again(
    store: WholeStore, engine: Engine, tmp_path: Path, make: Maker
) -> None:
    await store.commit(make.intake())
    await store.close()

    again = await engine(tmp_path)
    committed = await again.commit(make.intake())
    await again.close()

    assert list(committed.numbers.values()) == ["2026-000002"]


async def test_of_many_who_decide_on_one_version_exactly_one_wins(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.account(id="one")]))
    read = await store.get(Account, "one")

    results = await asyncio.gather(
        *(store.commit(Changes(puts=[structs.replace(read, name=str(place))])) for place in range(20)),
        return_exceptions=True,
    )

    winners = [place for place, result in enumerate(results) if not isinstance(result, Exception)]
    assert len(winners) == 1
    assert all(isinstance(result, ConflictError) for result in results if isinstance(result, Exception))
    assert (await store.get(Account, "one")).name == str(winners[0])


async def test_inserts_puts_and_deletes_of_one_commit_are_one(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.account(id="goes"), make.account(id="stays")]))
    goes, stays = await store.get(Account, "goes"), await store.get(Account, "stays")
    draft = LetterDraft(id="draft", writer_id="stays", updated_at=make.now)

    await store.commit(Changes(inserts=[draft], puts=[structs.replace(stays, name="李")], deletes=[goes]))

    assert await store.get(Account, "goes") is None
    assert (await store.get(Account, "stays")).name == "李"
    assert (await store.get(LetterDraft, "draft")).version == 1


async def test_a_client_that_leaves_tears_nothing(store: WholeStore, make: Maker) -> None:
    """Whether the letter is there or not, all that belongs to it has the same fate."""
    plans = [make.intake() for _ in range(60)]
    tasks = [asyncio.create_task(store.commit(plan)) for plan in plans]
    for turns, task in enumerate(tasks):
        for _ in range(turns % 3):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await store.commit(make.intake())  # whatever was in flight is done now

    there = 0
    for plan in plans:
        letter_id = plan.inserts[0].id
        found = await store.get(Letter, letter_id)
        assert len(await store.events(letter_id)) == (2 if found else 0)
        assert (await store.blob(plan.blobs[0].id) is not None) == (found is not None)
        there += found is not None
    assert await store.waiting(Queue.JOBS) == 2 * (there + 1)
    assert len(await store.letter_numbers()) == there + 1


async def test_an_empty_commit_is_fine(store: WholeStore) -> None:
    committed = await store.commit(Changes())

    assert (committed.numbers, committed.heads) == ({}, {})


async def test_a_closed_store_is_unavailable(store: WholeStore, make: Maker) -> None:
    await store.close()

    with pytest.raises(UnavailableError):
        await store.commit(make.intake())
    with pytest.raises(UnavailableError):
        await store.get(Letter, "x")


async def test_commits_that_wait_when_the_store_closes_are_finished(
    store: WholeStore, engine: Engine, tmp_path: Path, make: Maker
) -> None:
    tasks = [asyncio.create_task(store.commit(make.intake())) for _ in range(30)]
    await asyncio.sleep(0)
    await store.close()

    assert len([await task for task in tasks]) == 30
    again = await engine(tmp_path)
    assert len(await again.letter_numbers()) == 30
    await again.close()


async def test_a_letters_state_is_found_as_it_was_put(store: WholeStore, make: Maker) -> None:
    letter = make.letter()
    await store.commit(make.numbered(letter))
    read = await store.get(Letter, letter.id)
    await store.commit(Changes(puts=[structs.replace(read, state=LetterState.ACCEPTED)]))

    found = await store.letter_by_number("2026-000001")
    assert (found.state, found.version) == (LetterState.ACCEPTED, 2)
