"""Everything under one letter's id comes together, and so does what names a letter that is not there."""

from __future__ import annotations

import hashlib

from support.store import Maker, WholeStore

from minxin.consult.decision import stream_of
from minxin.consult.ports import CaseFile
from minxin.consult.records import PublicCopy, PublicState
from minxin.core.changes import Changes, Event, blob_of


def copy_of(make: Maker, letter_id: str) -> PublicCopy:
    return PublicCopy(
        id=letter_id,
        number="2026-000001",
        office_id="lamps",
        state=PublicState.PROPOSED,
        subject="路灯",
        text="路灯坏了",
        answer="修好了",
        proposed_at=make.now,
        proposed_by="clerk",
    )


async def test_a_case_file_holds_all_that_belongs_to_a_letter(store: WholeStore, make: Maker) -> None:
    letters = [make.letter(id=name, sealed=name == "b") for name in ("a", "b")]
    orders = [make.order(id=f"order {place}", letter_id="b", number=f"2026-000002-{place}") for place in (2, 1)]
    events = [Event(stream_of(name), kind, make.now, "w") for name in ("a", "b") for kind in ("received", "judged")]
    copy = copy_of(make, "b")
    await store.commit(make.numbered(*letters) + Changes(inserts=[*orders, copy], events=events))

    first, second = [case async for case in store.case_files()]

    assert (first.letter_id, first.orders, first.copy) == ("a", (), None)
    assert first.letter is not None and first.letter.number == "2026-000001"
    assert (second.letter_id, list(second.events)) == ("b", events[2:])
    assert [order.id for order in second.orders] == ["order 1", "order 2"]
    assert second.copy is not None and second.copy.text == copy.text


async def test_what_names_a_letter_that_is_not_there_has_a_case_file_too(store: WholeStore, make: Maker) -> None:
    orphan = make.order(id="order", letter_id="of an order")
    event = Event(stream_of("of a chain"), "received", make.now, "w")
    other = Event("account:x", "opened", make.now, "w")
    await store.commit(Changes(inserts=[orphan, copy_of(make, "of a copy")], events=[event, other]))

    cases = {case.letter_id: case async for case in store.case_files()}

    assert cases["of a chain"] == CaseFile("of a chain", None, (event,), (), None)
    assert [order.id for order in cases["of an order"].orders] == ["order"]
    assert sorted(cases) == ["of a chain", "of a copy", "of an order"]


async def test_all_case_files_come_once_and_by_id(store: WholeStore, make: Maker) -> None:
    ids = [f"letter {place:04d}" for place in range(501)]
    await store.commit(make.numbered(*(make.letter(id=letter_id) for letter_id in reversed(ids))))

    assert [case.letter_id async for case in store.case_files()] == ids


async def test_a_blob_is_digested_whole_and_a_missing_one_is_none(store: WholeStore, make: Maker) -> None:
    large = blob_of(bytes(range(256)) * 10_000)
    await store.commit(Changes(blobs=[large, blob_of(b"")]))

    assert await store.blob_digest(large.id) == large.id == hashlib.sha256(large.data).hexdigest()
    assert await store.blob_digest(blob_of(b"").id) == blob_of(b"").id
    assert await store.blob_digest("0" * 64) is None
