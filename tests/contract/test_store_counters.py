"""Sequences, stamps, usages and what is ensured: filled in by the commit, and untouched by what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.mail import opened, put_in
from support.store import Engine, Maker, WholeStore

from minxin.core.changes import Changes, Usage, blob_of
from minxin.core.errors import DuplicateError, QuotaError
from minxin.mailbox.mail.keys import mail_usage, stamp_sequence, uid_sequence
from minxin.mailbox.mail.records import Expunged, Folder, MailContent, MailItem, MailText

INBOX = "box.inbox"
MOST = 10_000


async def test_an_insert_gets_the_next_number_and_the_next_stamp(store: WholeStore) -> None:
    await store.commit(opened())
    committed = await store.commit(put_in("a") + put_in("b"))
    found = await store.get_all(MailItem, ["a", "b"])

    assert committed.seqs == {"a": 1, "b": 2}
    assert committed.stamps == {"a": 4, "b": 5}  # after the box's three folders
    assert {one.id: (one.uid, one.stamp, one.version) for one in found.values()} == {"a": (1, 4, 1), "b": (2, 5, 1)}


async def test_each_put_gets_a_new_stamp_and_keeps_its_number(store: WholeStore) -> None:
    await store.commit(opened() + put_in("a"))
    item = await store.get(MailItem, "a")

    committed = await store.commit(
        Changes(puts=[replace(item, flags=("\\Seen",))], stamps={"a": stamp_sequence("box")})
    )
    again = await store.get(MailItem, "a")

    assert (again.uid, again.stamp, again.flags) == (1, item.stamp + 1, ("\\Seen",))
    assert (committed.seqs, committed.stamps) == ({}, {"a": item.stamp + 1})


async def test_a_put_that_names_a_sequence_moves_to_the_end_of_another_list(store: WholeStore) -> None:
    await store.commit(opened() + put_in("a", folder_id="box.trash") + put_in("b"))
    item = await store.get(MailItem, "b")
    moved = Changes(
        puts=[replace(item, folder_id="box.trash")],
        sequences={"b": uid_sequence("box.trash")},
        stamps={"b": stamp_sequence("box")},
    )

    assert (await store.commit(moved)).seqs == {"b": 2}
    assert [one.id for one in await store.mail_by_uid("box.trash", 1, None, 10)] == ["a", "b"]


async def test_numbers_are_never_given_again(store: WholeStore, engine: Engine, tmp_path: Path) -> None:
    await store.commit(opened() + put_in("a") + put_in("b"))
    await store.commit(Changes(deletes=[await store.get(MailItem, "b")]))
    await store.close()

    again = await engine(tmp_path)
    committed = await again.commit(put_in("c"))
    await again.close()

    assert committed.seqs == {"c": 3}


async def test_what_is_refused_leaves_no_gap_and_nothing_on_a_counter(store: WholeStore) -> None:
    await store.commit(opened() + put_in("a", size_bytes=100))

    results = await asyncio.gather(
        *(store.commit(put_in(name, size_bytes=100)) for name in ("b", "a", "c", "a", "d")), return_exceptions=True
    )
    uids = await store.mail_uids(INBOX)

    assert [isinstance(one, DuplicateError) for one in results] == [False, True, False, True, False]
    assert uids == [1, 2, 3, 4]
    assert await store.last_stamp("box") == 7
    assert await store.used([mail_usage("box")]) == {mail_usage("box"): 400}


async def test_stamps_rise_in_the_order_of_the_commits(store: WholeStore) -> None:
    await store.commit(opened())

    await asyncio.gather(*(store.commit(put_in(f"m{place:02d}")) for place in range(40)))
    changes = await store.mail_changes("box", INBOX, 0, 100)

    assert [item.stamp for item in changes.items] == list(range(4, 44))
    assert changes.stamp == 43


async def test_each_folder_counts_for_itself_and_a_box_stamps_all_of_its_own(store: WholeStore) -> None:
    await store.commit(opened() + opened("other"))
    committed = await store.commit(
        put_in("a") + put_in("b", folder_id="box.sent") + put_in("c") + put_in("d", box_id="other")
    )

    assert committed.seqs == {"a": 1, "b": 1, "c": 2, "d": 1}
    assert committed.stamps == {"a": 4, "b": 5, "c": 6, "d": 4}


async def test_parallel_deliveries_at_99_per_cent_overshoot_by_no_byte(store: WholeStore) -> None:
    await store.commit(opened() + put_in("first", size_bytes=MOST * 99 // 100, most=MOST))

    results = await asyncio.gather(
        *(store.commit(put_in(f"m{place:02d}", size_bytes=17, most=MOST)) for place in range(60)),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, QuotaError)]
    used = (await store.used([mail_usage("box")]))[mail_usage("box")]
    items = await store.mail_by_uid(INBOX, 1, None, 100)

    assert len(refused) == 60 - 100 // 17
    assert used == sum(item.size_bytes for item in items) == 9_900 + 100 // 17 * 17
    assert used <= MOST
    assert refused[0].smtp_reply == "552 5.2.2 Mailbox full"
    assert refused[0].params == {"key": mail_usage("box"), "used": used, "add": 17, "most": MOST}


async def test_a_refused_delivery_leaves_nothing_of_itself(store: WholeStore) -> None:
    await store.commit(opened())
    refused = put_in("a", raw=b"Subject: much\r\n\r\n" + b"x" * 100, most=50)
    (content, text) = refused.ensures

    with pytest.raises(QuotaError):
        await store.commit(refused)

    assert await store.get(MailItem, "a") is None
    assert await store.get(MailContent, content.id) is None
    assert await store.get(MailText, text.id) is None
    assert await store.blob(content.skeleton) is None
    assert await store.used([mail_usage("box")]) == {mail_usage("box"): 0}


async def test_what_frees_space_is_never_refused(store: WholeStore) -> None:
    key = mail_usage("box")
    await store.commit(Changes(usages=[Usage(key, 500)]))

    committed = await store.commit(Changes(usages=[Usage(key, -100, 50)]))

    assert committed.used == {key: 400}
    assert await store.used([key, "other"]) == {key: 400, "other": 0}


async def test_a_set_of_changes_counts_all_of_its_usages_of_one_key(store: WholeStore) -> None:
    with pytest.raises(QuotaError):
        await store.commit(Changes(usages=[Usage("key", 60, 100), Usage("key", 60, 100)]))

    committed = await store.commit(Changes(usages=[Usage("key", 60, 100), Usage("key", -20), Usage("key", 60, 100)]))
    assert committed.used == {"key": 100}


async def test_what_is_ensured_is_inserted_once_and_stays_as_it_was(store: WholeStore) -> None:
    blob = blob_of(b"raw")
    first = MailContent(id="c", skeleton=blob.id, size_bytes=3)

    await store.commit(Changes(ensures=[first], blobs=[blob]))
    await store.commit(Changes(ensures=[replace(first, size_bytes=99), first], blobs=[blob]))

    found = await store.get(MailContent, "c")
    assert (found.size_bytes, found.version) == (3, 1)


async def test_an_ensured_record_that_breaks_another_unique_field_is_a_duplicate(
    store: WholeStore, make: Maker
) -> None:
    await store.commit(Changes(inserts=[make.account(id="one", login="wang")]))

    with pytest.raises(DuplicateError):
        await store.commit(Changes(ensures=[make.account(id="two", login="wang")]))


async def test_a_record_without_its_sequence_is_our_own_mistake(store: WholeStore) -> None:
    folder = Folder(id="f", box_id="box", name="name")
    gone = Expunged(id="e", box_id="box", folder_id="f", uid=1, at=Maker.now)

    with pytest.raises(KeyError):
        await store.commit(Changes(inserts=[folder], stamps={"f": "mod:box"}))
    with pytest.raises(KeyError):
        await store.commit(Changes(inserts=[gone]))
