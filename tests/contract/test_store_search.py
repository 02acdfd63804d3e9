"""The outbox of the search: what changes a letter marks it in the same commit, until its last change is indexed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.search.records import Backlog, SearchBuild
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError


async def test_commit_marks_the_letter_once_and_a_refused_one_marks_none(store: WholeStore, make: Maker) -> None:
    letter = make.letter()
    await store.commit(make.numbered(letter))
    kept = (await store.get_all(type(letter), [letter.id]))[letter.id]
    with pytest.raises(ConflictError):
        await store.commit(Changes(puts=[replace(kept, version=7)]))
    await store.commit(Changes(inserts=[make.order(letter_id=letter.id)]))
    assert [mark.letter_id for mark in await store.search_marks(10)] == [letter.id]
    assert (await store.search_backlog()).waiting == 1


async def test_mark_stays_while_the_letter_changed_again(store: WholeStore, make: Maker) -> None:
    letter = make.letter()
    await store.commit(make.numbered(letter))
    marks = await store.search_marks(10)
    await store.commit(Changes(inserts=[make.order(letter_id=letter.id)]))
    await store.forget_marks(marks)
    assert [mark.letter_id for mark in await store.search_marks(10)] == [letter.id]
    await store.forget_marks(await store.search_marks(10))
    assert await store.search_marks(10) == []
    assert await store.search_backlog() == Backlog()


async def test_marks_are_read_in_the_order_of_their_letters_too(store: WholeStore, make: Maker) -> None:
    letters = [make.letter() for _ in range(3)]
    for letter in letters:
        await store.commit(make.numbered(letter))
    ids = sorted(letter.id for letter in letters)
    assert [mark.letter_id for mark in await store.marks_by_id("", 2)] == ids[:2]
    assert [mark.letter_id for mark in await store.marks_by_id(ids[1], 2)] == ids[2:]
    assert set(await store.marks_by_id("", 9)) == set(await store.search_marks(9))


async def test_backlog_says_since_when_the_oldest_waits_and_whether_one_is_sealed(
    store: WholeStore, make: Maker
) -> None:
    early, late = make.letter(received_at=make.at(hours=1)), make.letter(received_at=make.at(hours=2))
    for letter in (late, early):
        await store.commit(make.numbered(letter))
    backlog = await store.search_backlog()
    assert (backlog.waiting, backlog.oldest, backlog.sealed) == (2, make.at(hours=1), False)
    assert [mark.letter_id for mark in await store.search_marks(1)] == [early.id]
    kept = (await store.get_all(type(late), [late.id]))[late.id]
    await store.commit(Changes(puts=[replace(kept, sealed=True)]))
    assert (await store.search_backlog()).sealed


async def test_all_letters_are_read_in_the_order_of_their_ids_for_a_new_index(store: WholeStore, make: Maker) -> None:
    letters = [make.letter(sealed=number == 1) for number in range(3)]
    for letter in letters:
        await store.commit(make.numbered(letter))
    ids = sorted(letter.id for letter in letters)
    assert [letter.id for letter in await store.letters_by_id("", 2)] == ids[:2]
    assert [letter.id for letter in await store.letters_by_id(ids[1], 2)] == ids[2:]


async def test_build_that_is_under_way_is_known(store: WholeStore, make: Maker) -> None:
    assert await store.search_build() is None
    build = SearchBuild(id="letters", index="letters-1-x", started_at=make.now, beat_at=make.now)
    await store.commit(Changes(inserts=[build]))
    assert await store.search_build() == replace(build, version=1)
