"""Bytes are kept as long as a record names them, and go a day after the last one that did."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from msgspec.structs import replace
from support.machine import EngineMachine, run_machine
from support.store import Engine, Maker, WholeStore

from minxin.consult.chat.records import Author, Message
from minxin.consult.records import Attachment, Letter, LetterDraft, PapersRequest, WorkOrder
from minxin.core.changes import Blob, Changes, blob_of
from minxin.core.errors import ConflictError
from minxin.mailbox.mail.records import OldFile, OldMessage
from minxin.mailbox.records import HeldMail, HeldState

DAY = timedelta(days=1)
PHOTO = blob_of(b"photo")


def file_of(blob: Blob) -> Attachment:
    return Attachment("file", blob.id, "photo.jpg", "image/jpeg", len(blob.data))


def draft(make: Maker, *blobs: Blob, name: str = "draft") -> LetterDraft:
    return LetterDraft(id=name, writer_id="writer", updated_at=make.now, attachments=tuple(map(file_of, blobs)))


async def sweep(store: WholeStore, now: datetime) -> None:
    while await store.sweep_blobs(now, DAY, 10):
        pass


async def sweep_twice(store: WholeStore, make: Maker) -> None:
    """Let a sweep see what is without a name, and another one a day later."""
    await sweep(store, make.at())
    await sweep(store, make.at(days=1))


async def kept(store: WholeStore, record: type[Any], name: str) -> Any:
    found = await store.get(record, name)
    assert found is not None
    return found


async def test_the_bytes_of_a_draft_that_is_thrown_away_go_after_a_day(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[draft(make, PHOTO)], blobs=[PHOTO]))
    await sweep_twice(store, make)
    assert await store.blob(PHOTO.id) == PHOTO.data

    await store.commit(Changes(deletes=[await kept(store, LetterDraft, "draft")]))
    await sweep(store, make.at(days=2))
    await sweep(store, make.at(days=3, seconds=-1))
    assert await store.blob(PHOTO.id) == PHOTO.data
    await sweep(store, make.at(days=3))
    assert await store.blob(PHOTO.id) is None


async def test_a_file_that_a_record_no_longer_names_goes_and_its_others_stay(store: WholeStore, make: Maker) -> None:
    bill = blob_of(b"bill")
    await store.commit(Changes(inserts=[draft(make, PHOTO, bill)], blobs=[PHOTO, bill]))
    await store.commit(Changes(puts=[replace(draft(make, bill), version=1)]))
    await sweep_twice(store, make)

    assert (await store.blob(PHOTO.id), await store.blob(bill.id)) == (None, b"bill")


async def test_bytes_that_came_without_a_name_go_after_a_day(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(blobs=[PHOTO]))
    await sweep_twice(store, make)

    assert await store.blob(PHOTO.id) is None


async def test_bytes_that_another_record_names_stay(store: WholeStore, make: Maker) -> None:
    """One copy of the same bytes, however many name it."""
    await store.commit(Changes(inserts=[draft(make, PHOTO), draft(make, PHOTO, name="other")], blobs=[PHOTO]))
    await store.commit(Changes(deletes=[await kept(store, LetterDraft, "draft")]))
    await sweep_twice(store, make)
    assert await store.blob(PHOTO.id) == PHOTO.data

    await store.commit(Changes(deletes=[await kept(store, LetterDraft, "other")]))
    await sweep(store, make.at(days=2))
    await sweep(store, make.at(days=3))
    assert await store.blob(PHOTO.id) is None


async def test_what_a_letter_is_made_of_stays_when_its_draft_goes(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[draft(make, PHOTO)], blobs=[PHOTO]))
    raw, papers = blob_of(b"the form as it was sent"), blob_of(b"papers")
    letter = make.letter(raw_blob=raw.id, attachments=(file_of(PHOTO),))
    order = make.order(papers=(PapersRequest("the bill", "handler", make.now, attachments=(file_of(papers),)),))
    sent = make.numbered(letter) + Changes(
        inserts=[order], deletes=[await kept(store, LetterDraft, "draft")], blobs=[raw, papers]
    )
    await store.commit(sent)
    for record in (await kept(store, Letter, letter.id), await kept(store, WorkOrder, order.id)):
        await store.commit(Changes(puts=[record]))
    await sweep_twice(store, make)

    assert [await store.blob(one.id) for one in (raw, papers, PHOTO)] == [raw.data, papers.data, PHOTO.data]


async def test_every_kind_of_record_that_names_bytes_keeps_them(store: WholeStore, make: Maker) -> None:
    said, box, held = blob_of(b"said"), blob_of(b"box"), blob_of(b"held")
    message = Message(
        id="m", conversation_id="c", seq=1, at=make.now, author=Author.VISITOR, text="", attachments=(file_of(said),)
    )
    box_file = OldFile("plan.pdf", "application/pdf", box.id, 3)
    received = OldMessage(
        id="b", account_id="a", at=make.now, sender="", subject="", text="", letter_id=None, files=(box_file,)
    )
    mail = HeldMail(
        id="h", key="k", blob_id=held.id, sender="", received_at=make.now, state=HeldState.WAITING, reason=""
    )
    await store.commit(Changes(inserts=[message, received, mail], blobs=[said, box, held]))
    await sweep_twice(store, make)
    assert [await store.blob(one.id) for one in (said, box, held)] == [b"said", b"box", b"held"]

    gone = [await kept(store, kind, name) for kind, name in ((Message, "m"), (OldMessage, "b"), (HeldMail, "h"))]
    await store.commit(Changes(deletes=gone))
    await sweep(store, make.at(days=2))
    await sweep(store, make.at(days=3))
    assert [await store.blob(one.id) for one in (said, box, held)] == [None, None, None]


async def test_the_same_bytes_sent_again_are_there_again(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(blobs=[PHOTO]))
    await sweep_twice(store, make)
    await store.commit(Changes(inserts=[draft(make, PHOTO)], blobs=[PHOTO]))
    await sweep(store, make.at(days=2))
    await sweep(store, make.at(days=3))

    assert await store.blob(PHOTO.id) == PHOTO.data


async def test_whoever_names_bytes_again_before_the_sweep_keeps_them(store: WholeStore, make: Maker) -> None:
    """Whether he brings them again or not: a letter may be made of what a draft held."""
    await store.commit(Changes(blobs=[PHOTO]))
    await sweep(store, make.at())
    await store.commit(Changes(inserts=[draft(make, PHOTO)]))
    await sweep(store, make.at(days=1))
    assert await store.blob(PHOTO.id) == PHOTO.data

    # The day begins anew with the last name that went.
    await store.commit(Changes(deletes=[await kept(store, LetterDraft, "draft")]))
    await sweep(store, make.at(days=1, hours=1))
    await sweep(store, make.at(days=2))
    assert await store.blob(PHOTO.id) == PHOTO.data


@pytest.mark.parametrize("first", ["sweep", "commit"])
async def test_a_commit_at_the_moment_of_the_sweep_loses_nothing(store: WholeStore, make: Maker, first: str) -> None:
    """Both in one group of the writer, in either order, many times over."""
    blobs = [blob_of(f"photo {number}".encode()) for number in range(40)]
    await store.commit(Changes(blobs=blobs))
    await sweep(store, make.at())

    commits = [store.commit(Changes(inserts=[draft(make, blob, name=blob.id)], blobs=[blob])) for blob in blobs[::2]]
    sweeps = [store.sweep_blobs(make.at(days=1), DAY, 50)]
    await asyncio.gather(*(sweeps + commits if first == "sweep" else commits + sweeps))

    assert [await store.blob(blob.id) for blob in blobs[::2]] == [blob.data for blob in blobs[::2]]
    assert [await store.blob(blob.id) for blob in blobs[1::2]] == [None] * 20


async def test_a_refused_commit_names_nothing_and_takes_no_name_away(store: WholeStore, make: Maker) -> None:
    other = blob_of(b"other")
    await store.commit(Changes(inserts=[draft(make, PHOTO)], blobs=[PHOTO, other]))
    with pytest.raises(ConflictError):
        await store.commit(Changes(inserts=[draft(make, other, name="new")], puts=[replace(draft(make), version=7)]))
    with pytest.raises(ConflictError):
        await store.commit(Changes(deletes=[replace(draft(make), version=7)]))
    await sweep_twice(store, make)

    assert (await store.blob(PHOTO.id), await store.blob(other.id)) == (PHOTO.data, None)


async def test_one_sweep_looks_at_no_more_than_its_limit(store: WholeStore, make: Maker) -> None:
    blobs = [blob_of(f"{number}".encode()) for number in range(7)]
    await store.commit(Changes(blobs=blobs))

    assert [await store.sweep_blobs(make.at(), DAY, 3) for _ in range(4)] == [3, 3, 1, 0]
    later = make.at(days=1)
    counts = [await store.sweep_blobs(later, DAY, 3)]
    left = [one for one in blobs if await store.blob(one.id) is not None]
    counts += [await store.sweep_blobs(later, DAY, 3) for _ in range(3)]
    assert (len(left), counts) == (4, [3, 3, 1, 0])
    assert [await store.blob(one.id) for one in blobs] == [None] * 7


async def test_a_clock_that_was_set_back_ends_nothing_early(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(blobs=[PHOTO]))
    await sweep(store, make.at(days=3))
    await sweep(store, make.at(days=1))
    await sweep(store, make.at(days=3, hours=23))

    assert await store.blob(PHOTO.id) == PHOTO.data


NAMES = st.sampled_from(["a", "b", "c"])
BYTES = st.frozensets(st.sampled_from([b"1", b"2", b"3"]))


class BlobMachine(EngineMachine):
    """Drafts that come, change and go, and sweeps in between: what a draft names is there whenever it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.drafts: dict[str, LetterDraft] = {}
        self.hours = 0

    @rule(name=NAMES, files=BYTES)
    def keep(self, name: str, files: frozenset[bytes]) -> None:
        blobs = [blob_of(data) for data in files]
        known = self.drafts.get(name)
        kept = replace(draft(self.make, *blobs, name=name), version=known.version if known else 0)
        changes = Changes(puts=[kept]) if known else Changes(inserts=[kept])
        self.run(self.store.commit(changes + Changes(blobs=blobs)))
        self.drafts[name] = replace(kept, version=kept.version + 1)

    @rule(name=NAMES)
    def throw_away(self, name: str) -> None:
        if name in self.drafts:
            self.run(self.store.commit(Changes(deletes=[self.drafts.pop(name)])))

    @rule(hours=st.sampled_from([1, 25]))
    def sweep(self, hours: int) -> None:
        self.hours += hours
        self.run(sweep(self.store, self.make.at(hours=self.hours)))
        self.look()

    @rule()
    def end(self) -> None:
        """Two sweeps far apart leave exactly what is named."""
        for _ in range(2):
            self.sweep(48)
        named = {file.blob_id for one in self.drafts.values() for file in one.attachments}
        for data in (b"1", b"2", b"3"):
            assert (self.run(self.store.blob(blob_of(data).id)) is not None) == (blob_of(data).id in named)

    def look(self) -> None:
        for one in self.drafts.values():
            for file in one.attachments:
                assert self.run(self.store.blob(file.blob_id)) is not None


def test_what_is_named_is_there_after_any_sequence_of_steps(engine: Engine) -> None:
    run_machine(BlobMachine, engine, examples=30, steps=30)
