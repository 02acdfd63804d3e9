"""Like letters and hot issues, as every store keeps them."""

from __future__ import annotations

from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.alike_records import HotIssue, LetterMarks
from minxin.consult.records import Letter, LetterState, PublicCopy, PublicState
from minxin.core.alike import FoundIssue, IssueKind
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest


def issue(make: Maker, issue_id: str, heat: float, *, current: bool = True) -> HotIssue:
    found = FoundIssue(
        kind=IssueKind.MATTER,
        name="路灯不亮",
        words=("路灯",),
        place="",
        letter_ids=("a", "b", "c"),
        writers=3,
        first_at=make.at(),
        last_at=make.at(),
        heat=heat,
        terms=(),
        weekly=(0, 3),
    )
    return HotIssue(id=issue_id, found=found, since=make.at(), updated_at=make.at(), current=current)


def copy(letter: Letter, state: PublicState) -> PublicCopy:
    return PublicCopy(
        id=letter.id,
        number="2026-1",
        office_id="lamps",
        state=state,
        subject="路灯",
        text="不亮",
        answer="已修",
        proposed_at=letter.received_at,
        proposed_by="clerk",
    )


async def keep(store: WholeStore, make: Maker, *letters: Letter, judged: bool = True) -> None:
    await store.commit(make.numbered(*letters))
    if judged:
        await store.commit(Changes(inserts=[make.order(letter_id=letter.id) for letter in letters]))


async def test_judged_letters_without_marks_are_to_be_marked_newest_first(store: WholeStore, make: Maker) -> None:
    judged = [make.letter(received_at=make.at(minutes=minute)) for minute in range(3)]
    await keep(store, make, *judged, make.letter(sealed=True))
    await keep(store, make, make.letter(), judged=False)

    assert [one.id for one in await store.letters_to_mark(10)] == [one.id for one in judged[::-1]]
    assert [one.id for one in await store.letters_to_mark(1)] == [judged[2].id]
    await store.commit(Changes(inserts=[LetterMarks(id=judged[2].id, marks=(1, 2))]))
    assert [one.id for one in await store.letters_to_mark(10)] == [judged[1].id, judged[0].id]


async def test_marks_outlive_what_happens_to_their_letter(store: WholeStore, make: Maker) -> None:
    letter = make.letter(state=LetterState.ACCEPTED)
    await keep(store, make, letter)
    await store.commit(Changes(inserts=[LetterMarks(id=letter.id, marks=(7,))]))
    kept = await store.get(Letter, letter.id)
    assert kept is not None
    await store.commit(Changes(puts=[replace(kept, state=LetterState.CLOSED)]))

    assert await store.letters_to_mark(10) == []
    assert await store.letters_marked((7,), 10) == [letter.id]


async def test_letters_that_share_more_and_rarer_marks_come_first(store: WholeStore, make: Maker) -> None:
    marks = {"both": (1, 2), "rare": (2, 9), "common": (1, 8), "other": (5, 6)}
    more = {f"more-{number}": (1, 100 + number) for number in range(8)}
    await store.commit(Changes(inserts=[LetterMarks(id=one, marks=has) for one, has in (marks | more).items()]))

    found = await store.letters_marked((1, 2, 3), 20)
    assert found[:2] == ["both", "rare"]
    assert set(found[2:]) == {"common", *more}
    assert await store.letters_marked((1, 2, 3), 1) == ["both"]
    assert await store.letters_marked((4,), 10) == []
    assert await store.letters_marked((), 10) == []


async def test_of_equals_the_newest_comes_first(store: WholeStore, make: Maker) -> None:
    for one in ("first", "second", "third"):
        await store.commit(Changes(inserts=[LetterMarks(id=one, marks=(4_294_967_295,))]))
    assert await store.letters_marked((4_294_967_295,), 2) == ["third", "second"]


async def test_changed_and_deleted_marks_find_nothing_any_more(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[LetterMarks(id="a", marks=(1, 2)), LetterMarks(id="b", marks=(1, 2))]))
    first, second = await store.get(LetterMarks, "a"), await store.get(LetterMarks, "b")
    assert first is not None
    assert second is not None
    await store.commit(Changes(puts=[replace(first, marks=(2, 3))], deletes=[second]))

    assert await store.letters_marked((1,), 10) == []
    assert await store.letters_marked((2,), 10) == ["a"]
    assert await store.letters_marked((3,), 10) == ["a"]


async def test_letters_of_a_window_come_newest_first_in_pages_without_sealed_ones(
    store: WholeStore, make: Maker
) -> None:
    letters = [make.letter(received_at=make.at(hours=hour)) for hour in range(5)]
    await keep(store, make, *letters, make.letter(received_at=make.at(hours=2), sealed=True))
    await keep(store, make, make.letter(received_at=make.at(hours=2)), judged=False)

    first = await store.letters_within(make.at(hours=1), make.at(hours=4), PageRequest(None, 2))
    assert [one.id for one in first.items] == [letters[3].id, letters[2].id]
    rest = await store.letters_within(make.at(hours=1), make.at(hours=4), PageRequest(first.next, 2))
    assert [one.id for one in rest.items] == [letters[1].id]
    assert rest.next is None


async def test_only_published_copies_are_found_among_letters(store: WholeStore, make: Maker) -> None:
    letters = [make.letter() for _ in range(3)]
    states = (PublicState.PUBLISHED, PublicState.PROPOSED, PublicState.PUBLISHED)
    copies = [copy(letter, state) for letter, state in zip(letters, states, strict=True)]
    await store.commit(Changes(inserts=list(copies)))

    found = await store.published_among([letters[0].id, letters[1].id, "nobody"])
    assert [one.id for one in found] == [letters[0].id]
    assert await store.published_among([]) == []


async def test_current_issues_come_hottest_first(store: WholeStore, make: Maker) -> None:
    issues = [issue(make, "cool", 1.5), issue(make, "hot", 30.25), issue(make, "past", 99.0, current=False)]
    await store.commit(Changes(inserts=list(issues)))
    assert [one.id for one in await store.hot_issues()] == ["hot", "cool"]
    kept = await store.get(HotIssue, "hot")
    assert kept is not None
    assert kept.found == issues[1].found

    await store.commit(Changes(puts=[replace(kept, current=False)]))
    assert [one.id for one in await store.hot_issues()] == ["cool"]
