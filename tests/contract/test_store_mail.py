"""The named queries about boxes, folders and mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.mail import NOON, opened, put_in
from support.store import WholeStore

from minxin.core.changes import Changes
from minxin.core.errors import DuplicateError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import stamp_sequence
from minxin.mailbox.mail.moves import expunge, move
from minxin.mailbox.mail.records import SEEN, Box, BoxAddress, BoxKind, BoxState, Folder, FolderRole, MailItem, MailText

INBOX, TRASH = "box.inbox", "box.trash"


async def test_a_box_is_found_by_its_address_its_owner_and_its_heir(store: WholeStore) -> None:
    await store.commit(opened("a", owner_id="wang") + opened("b", owner_id="li", heir_id="wang"))
    await store.commit(opened("c", owner_id="zhao", state=BoxState.CLOSED))
    found = await store.get(BoxAddress, "a@citizen.binhai.example")

    assert found.box_id == "a"
    assert [box.id for box in await store.boxes_of("wang")] == ["a", "b"]
    assert [box.id for box in await store.boxes_of("li")] == ["b"]
    assert await store.boxes_of("zhao") == await store.boxes_of("nobody") == []


async def test_no_address_and_no_owner_has_two_boxes(store: WholeStore) -> None:
    await store.commit(opened("a", owner_id="wang", address="wang@binhai.example"))

    with pytest.raises(DuplicateError) as address:
        await store.commit(opened("b", address="wang@binhai.example"))
    with pytest.raises(DuplicateError) as owner:
        await store.commit(opened("c", owner_id="wang"))

    assert address.value.params["table"] == "box_addresses"
    assert owner.value.params == {"table": "boxes", "field": "owner_id"}


async def test_who_lost_his_box_may_get_another(store: WholeStore) -> None:
    await store.commit(opened("a", owner_id="wang"))
    await store.commit(Changes(puts=[replace(await store.get(Box, "a"), state=BoxState.CLOSED)]))

    await store.commit(opened("b", owner_id="wang"))
    assert [box.id for box in await store.boxes_of("wang")] == ["b"]


async def test_boxes_are_listed_by_address_and_kind(store: WholeStore) -> None:
    await store.commit(opened("b") + opened("a", kind=BoxKind.STAFF) + opened("c"))
    first = await store.all_boxes(None, PageRequest(None, 2))
    rest = await store.all_boxes(None, PageRequest(first.next, 2))

    assert [box.id for box in [*first.items, *rest.items]] == ["a", "b", "c"]
    assert [box.id for box in (await store.all_boxes(BoxKind.STAFF, PageRequest())).items] == ["a"]


async def test_names_of_folders_are_unique_in_a_box(store: WholeStore) -> None:
    await store.commit(opened() + opened("other"))
    folder = Folder(id="f", box_id="box", name="INBOX")
    numbers = {"sequences": {"f": "validity:box"}, "stamps": {"f": stamp_sequence("box")}}

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(Changes(inserts=[folder], **numbers))
    assert refusal.value.params == {"table": "folders", "field": "name"}
    assert [one.name for one in await store.folders_of("box")] == ["INBOX", "Sent", "Trash"]


async def test_a_folder_says_how_much_is_in_it(store: WholeStore) -> None:
    await store.commit(opened() + put_in("a") + put_in("b", flags=(SEEN,)) + put_in("c"))
    await store.commit(expunge(await store.get(MailItem, "c"), NOON))
    states = await store.folder_states("box")

    assert (states[INBOX].total, states[INBOX].unseen, states[INBOX].next_uid) == (2, 1, 4)
    assert (states[TRASH].total, states[TRASH].unseen, states[TRASH].next_uid) == (0, 0, 1)
    assert (await store.unseen_mail(INBOX), await store.unseen_mail("nothing")) == (1, 0)


async def test_a_folder_is_listed_newest_first_and_by_uid(store: WholeStore) -> None:
    await store.commit(opened())
    for place in (2, 0, 1):
        await store.commit(put_in(f"m{place}", received_at=NOON + timedelta(hours=place)))
    first = await store.mail_items(INBOX, PageRequest(None, 2))
    rest = await store.mail_items(INBOX, PageRequest(first.next, 2))

    assert [one.id for one in [*first.items, *rest.items]] == ["m2", "m1", "m0"]
    assert [one.id for one in await store.mail_by_uid(INBOX, 2, None, 10)] == ["m0", "m1"]
    assert [one.id for one in await store.mail_by_uid(INBOX, 1, 2, 10)] == ["m2", "m0"]
    assert [one.id for one in await store.mail_by_uid(INBOX, 1, None, 1)] == ["m2"]
    assert (await store.mail_uids(INBOX), await store.mail_uids(TRASH)) == ([1, 2, 3], [])
    with pytest.raises(InvalidInputError):
        await store.mail_items(INBOX, PageRequest("bent"))


async def test_changes_come_in_steps_that_miss_nothing(store: WholeStore) -> None:
    await store.commit(opened())
    for place in range(6):
        await store.commit(put_in(f"m{place}"))
    for place in (1, 4):
        await store.commit(expunge(await store.get(MailItem, f"m{place}"), NOON))
    await store.commit(
        move(await store.get(MailItem, "m2"), Folder(id=TRASH, box_id="box", name="T", role=FolderRole.TRASH), NOON)
    )

    stamp, items, gone = 3, [], []
    while (step := await store.mail_changes("box", None, stamp, 2)).more or step.items or step.gone:
        assert step.stamp > stamp
        stamp = step.stamp
        items += [one.id for one in step.items]
        gone += [one.uid for one in step.gone]
    inbox = await store.mail_changes("box", INBOX, 3, 100)

    assert (items, gone) == (["m0", "m3", "m5", "m2"], [2, 5, 3])
    assert stamp == await store.last_stamp("box")
    assert [one.id for one in inbox.items] == ["m0", "m3", "m5"]
    assert await store.last_stamp("nothing") == 0


async def test_conversations_and_message_ids_are_of_one_box(store: WholeStore) -> None:
    await store.commit(opened() + opened("other"))
    for place, box in enumerate(("box", "box", "other", "box")):
        await store.commit(
            put_in(
                f"m{place}",
                box,
                thread_id="thread",
                message_id="same@x" if place < 3 else "other@x",
                received_at=NOON + timedelta(hours=place),
            )
        )

    assert [one.id for one in await store.mail_thread("box", "thread", 10)] == ["m0", "m1", "m3"]
    assert [one.id for one in await store.mail_thread("box", "thread", 2)] == ["m1", "m3"]
    assert [one.id for one in await store.mail_by_message_ids("box", ["same@x"])] == ["m0", "m1"]
    assert [one.id for one in await store.mail_by_message_ids("other", {"same@x", "other@x"})] == ["m2"]
    assert await store.mail_by_message_ids("box", []) == []


async def test_items_are_found_by_their_content(store: WholeStore) -> None:
    await store.commit(opened() + opened("other"))
    await store.commit(put_in("a", raw=b"same") + put_in("b", "other", raw=b"same") + put_in("c", raw=b"else"))
    content = (await store.get(MailItem, "a")).content_id

    assert [one.id for one in await store.mail_with_content(content, "", 10)] == ["a", "b"]
    assert [one.id for one in await store.mail_with_content(content, "a", 10)] == ["b"]


async def test_a_search_looks_into_one_box_for_every_word(store: WholeStore) -> None:
    await store.commit(opened() + opened("other"))
    await store.commit(
        put_in("a", words="李四\n路灯坏了") + put_in("b", words="路灯") + put_in("c", "other", words="路灯")
    )

    async def found(*words: str, folder_id: str | None = None) -> list[str]:
        return sorted(one.id for one in (await store.search_mail("box", words, folder_id, PageRequest())).items)

    assert await found("路灯") == ["a", "b"]
    assert await found("路灯", "李四") == ["a"]
    assert await found("%") == await found("words") == []
    assert (await found("路灯", folder_id=INBOX), await found("路灯", folder_id=TRASH)) == (["a", "b"], [])


async def test_the_words_of_a_mail_are_kept_for_searching_alone(store: WholeStore) -> None:
    await store.commit(opened() + put_in("a", words="路灯"))
    item = await store.get(MailItem, "a")

    assert (await store.get(MailText, item.content_id)).words == ""


async def test_what_was_trashed_and_what_left_is_found_by_its_age(store: WholeStore) -> None:
    trash = Folder(id=TRASH, box_id="box", name="Trash", role=FolderRole.TRASH)
    await store.commit(opened() + put_in("a") + put_in("b"))
    await store.commit(move(await store.get(MailItem, "a"), trash, NOON))

    assert [one.id for one in await store.trashed_mail(NOON + timedelta(seconds=1), 10)] == ["a"]
    assert await store.trashed_mail(NOON, 10) == []
    assert [one.uid for one in await store.old_expunged(NOON + timedelta(seconds=1), 10)] == [1]
    assert await store.old_expunged(NOON, 10) == []


async def test_all_mail_of_a_box_comes_folder_by_folder(store: WholeStore) -> None:
    await store.commit(opened() + opened("other") + put_in("a") + put_in("b", folder_id=TRASH) + put_in("c", "other"))
    await store.commit(put_in("d"))

    assert [(folder.name, item.id) async for folder, item in store.all_mail("box")] == [
        ("INBOX", "a"),
        ("INBOX", "d"),
        ("Trash", "b"),
    ]


@pytest.mark.parametrize(
    ("size", "warned", "listed"),
    [
        (79, 0, False),
        (80, 0, True),
        (80, 80, False),
        (76, 80, False),
        (74, 80, True),
        (95, 80, True),
        (95, 95, False),
        (91, 95, False),
        (89, 95, True),
    ],
)
async def test_boxes_are_listed_whose_owner_is_due_to_hear(
    store: WholeStore, size: int, warned: int, listed: bool
) -> None:
    await store.commit(opened(warned=warned) + put_in("a", size_bytes=size))
    await store.commit(opened("own", mail_quota=1_000) + put_in("b", "own", size_bytes=99))
    await store.commit(opened("staff", kind=BoxKind.STAFF) + put_in("c", "staff", size_bytes=99))
    await store.commit(opened("shut", state=BoxState.CLOSED) + put_in("d", "shut", size_bytes=99))

    found = await store.filled_boxes(BoxKind.CITIZEN, 100)
    assert [(one.box.id, one.used, one.most) for one in found] == ([("box", size, 100)] if listed else [])


async def test_a_recount_goes_through_all_boxes_in_steps(store: WholeStore) -> None:
    await store.commit(opened("a") + opened("b") + opened("c") + put_in("m", "b", size_bytes=50))
    before = await store.recount_mail("", 2)

    assert before == ([], "b")
    assert await store.recount_mail("b", 2) == ([], None)
    assert await store.recount_mail("c", 2) == ([], None)


async def test_a_content_goes_when_nobody_held_it_for_long_enough(store: WholeStore) -> None:
    hour = timedelta(hours=1)
    await store.commit(opened() + put_in("a") + put_in("b"))
    item = await store.get(MailItem, "a")
    await store.commit(expunge(item, NOON))
    seen = await store.sweep_mail_contents(NOON, hour, 10)
    early = await store.get(MailText, item.content_id)
    await store.sweep_mail_contents(NOON + hour, hour, 10)

    assert seen == 1
    assert early is not None
    assert await store.get(MailText, item.content_id) is None
    assert await store.get(MailText, (await store.get(MailItem, "b")).content_id) is not None


async def test_a_content_that_came_again_before_it_went_stays(store: WholeStore) -> None:
    hour = timedelta(hours=1)
    await store.commit(opened() + put_in("a", raw=b"same"))
    await store.commit(expunge(await store.get(MailItem, "a"), NOON))
    await store.sweep_mail_contents(NOON, hour, 10)
    await store.commit(put_in("b", raw=b"same"))
    item = await store.get(MailItem, "b")
    await store.sweep_mail_contents(NOON + hour, hour, 10)

    assert await store.get(MailText, item.content_id) is not None
    assert await store.sweep_mail_contents(NOON + 2 * hour, hour, 10) == 0
