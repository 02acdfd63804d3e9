"""A page of a box in one look, as of one moment, and the sizes of conversations."""

from __future__ import annotations

from datetime import timedelta

from support.mail import NOON, opened, put_in
from support.store import WholeStore

from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import SEEN, FolderRole

INBOX, TRASH = role_folder("box", FolderRole.INBOX), role_folder("box", FolderRole.TRASH)


async def test_one_look_shows_what_the_single_questions_answer(store: WholeStore) -> None:
    await store.commit(opened("box") + opened("other"))
    for number in range(5):
        flags = (SEEN,) if number % 2 else ()
        await store.commit(put_in(f"m{number}", "box", received_at=NOON + timedelta(minutes=number), flags=flags))
    await store.commit(put_in("x", "other"))
    page = PageRequest(None, 2)
    seen = await store.box_glance("box", INBOX, page)
    states = await store.folder_states("box")

    assert seen.folders == await store.folders_of("box")
    assert seen.counts == {folder: (state.total, state.unseen) for folder, state in states.items()}
    assert seen.items == await store.mail_items(INBOX, page)
    assert seen.used == (await store.used(["mail:box"]))["mail:box"] > 0
    assert seen.talks == {item.thread_id: 1 for item in seen.items.items}
    rest = await store.box_glance("box", INBOX, PageRequest(seen.items.next, 200))
    assert [item.id for item in (*seen.items.items, *rest.items.items)] == ["m4", "m3", "m2", "m1", "m0"]


async def test_a_conversation_is_counted_in_its_own_box_and_without_the_trash(store: WholeStore) -> None:
    await store.commit(opened("box") + opened("other"))
    for item, box, folder in (
        ("a", "box", INBOX),
        ("b", "box", role_folder("box", FolderRole.SENT)),
        ("c", "box", TRASH),
        ("d", "other", role_folder("other", FolderRole.INBOX)),
    ):
        await store.commit(put_in(item, box, folder_id=folder, thread_id="talk"))

    assert await store.conversation_sizes("box", ["talk", "none"]) == {"talk": 2}
    assert await store.conversation_sizes("box", []) == {}
    assert (await store.box_glance("box", INBOX, PageRequest())).talks == {"talk": 2}


async def test_a_folder_that_is_not_there_is_empty(store: WholeStore) -> None:
    seen = await store.box_glance("nobody", "nobody.inbox", PageRequest())
    assert (seen.folders, seen.counts, seen.items.items, seen.used, seen.talks) == ([], {}, [], 0, {})
