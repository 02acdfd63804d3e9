"""The knowledge base, as every store keeps it."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace
from support.knowledge import AT, entry_version, published_entry
from support.store import Maker, WholeStore

from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest

DAY = date(2026, 3, 1)
ALL = PageRequest()


def entry(name: str, minute: int = 0, office_id: str = "water", **words: object) -> KnowledgeEntry:
    """Return an entry that is shown and changed so many minutes later."""
    found = published_entry(name, office_id, **words)
    return replace(found, changed_at=AT + timedelta(minutes=minute))


def withdrawn(name: str, minute: int = 0) -> KnowledgeEntry:
    found = entry(name, minute)
    assert found.current is not None
    return replace(found, state=EntryState.WITHDRAWN, current=None, versions=(found.current,))


async def ids(store: WholeStore, wanted: EntryFilter) -> list[str]:
    return [one.id for one in (await store.knowledge_entries(wanted, ALL)).items]


async def test_entries_come_last_changed_first_page_by_page(store: WholeStore) -> None:
    await store.commit(Changes(inserts=[entry(f"e{number}", number) for number in range(5)]))
    first = await store.knowledge_entries(EntryFilter(), PageRequest(None, 2))
    second = await store.knowledge_entries(EntryFilter(), PageRequest(first.next, 2))
    last = await store.knowledge_entries(EntryFilter(), PageRequest(second.next, 2))
    assert [one.id for page in (first, second, last) for one in page.items] == ["e4", "e3", "e2", "e1", "e0"]
    assert last.next is None


async def test_entries_are_found_by_office_and_state(store: WholeStore) -> None:
    await store.commit(Changes(inserts=[entry("a"), entry("b", office_id="gas"), withdrawn("c", 1)]))
    assert await ids(store, EntryFilter(office_id="water")) == ["c", "a"]
    assert await ids(store, EntryFilter(state=EntryState.WITHDRAWN)) == ["c"]
    assert await ids(store, EntryFilter("gas", EntryState.WITHDRAWN)) == []
    assert [one.id for one in await store.knowledge_of_offices(frozenset({"gas", "water"}))] == ["a", "b", "c"]
    assert [one.id for one in await store.knowledge_of_offices(frozenset({"gas"}))] == ["b"]


async def test_what_is_shown_on_a_day_leaves_out_ended_withdrawn_and_drafted(store: WholeStore) -> None:
    fresh = KnowledgeEntry(
        id="draft", office_id="water", state=EntryState.DRAFT, changed_at=AT, proposed=entry_version()
    )
    last_day = entry("last day", 2, valid_until=DAY)
    ended = entry("ended", 1, valid_until=DAY - timedelta(days=1))
    await store.commit(Changes(inserts=[fresh, last_day, ended, withdrawn("gone"), entry("always", 3)]))
    assert await ids(store, EntryFilter(shown_on=DAY)) == ["always", "last day"]
    assert await ids(store, EntryFilter(ends_by=DAY)) == ["last day", "ended"]
    assert await ids(store, EntryFilter(ends_by=DAY - timedelta(days=1))) == ["ended"]


async def test_words_are_found_in_what_is_shown_and_in_what_is_being_written(store: WholeStore) -> None:
    rewritten = replace(entry("rewritten", 1), proposed=entry_version(question="新的说法 HPV？"))
    other = entry("other", answer="完全不同的答案，请网上办理。")
    await store.commit(Changes(inserts=[rewritten, other, withdrawn("gone", 2)]))
    assert await ids(store, EntryFilter(text="hpv")) == ["rewritten"]
    assert await ids(store, EntryFilter(text="大学生怎么迁")) == ["gone", "rewritten", "other"]
    assert await ids(store, EntryFilter(text="网上办理")) == ["other"]
    assert await ids(store, EntryFilter(text="滨政办规")) == ["gone", "rewritten", "other"]
    assert await ids(store, EntryFilter(text="100%_")) == []


async def test_changes_since_an_instant_come_oldest_first(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[entry("a", 2), withdrawn("b", 1), entry("c", 0)]))
    assert [one.id for one in await store.knowledge_since(AT)] == ["c", "b", "a"]
    assert [one.id for one in await store.knowledge_since(AT + timedelta(minutes=1))] == ["b", "a"]
    assert await store.knowledge_since(AT + timedelta(minutes=3)) == []


async def test_entries_of_a_letter_are_found(store: WholeStore) -> None:
    await store.commit(Changes(inserts=[replace(entry("a"), letter_id="letter"), entry("b")]))
    assert [one.id for one in await store.knowledge_of_letter("letter")] == ["a"]
    assert await store.knowledge_of_letter("other") == []


async def test_entries_with_a_draft_for_a_gap_are_found_until_it_is_published_or_dropped(store: WholeStore) -> None:
    written = replace(entry("a"), proposed=replace(entry_version(), gap_mark_ids=("mark",)))
    closed = replace(entry("b"), current=replace(entry_version(), gap_mark_ids=("mark",)))
    await store.commit(Changes(inserts=[written, closed, replace(entry("c"), proposed=entry_version())]))
    (found,) = await store.knowledge_for_gaps()
    assert found.id == "a"
    await store.commit(Changes(puts=[replace(found, proposed=None)]))
    assert await store.knowledge_for_gaps() == []


async def test_offices_are_warned_of_each_end_once(store: WholeStore) -> None:
    soon, later = entry("soon", valid_until=DAY), entry("later", valid_until=DAY + timedelta(days=1))
    await store.commit(Changes(inserts=[soon, later, entry("never")]))
    (found,) = await store.knowledge_to_warn_of(DAY, 10)
    assert found.id == "soon"
    assert [one.id for one in await store.knowledge_to_warn_of(DAY + timedelta(days=9), 10)] == ["soon", "later"]
    assert len(await store.knowledge_to_warn_of(DAY + timedelta(days=9), 1)) == 1
    await store.commit(Changes(puts=[replace(found, warned_for=DAY)]))
    assert await store.knowledge_to_warn_of(DAY, 10) == []
    told = await store.get(KnowledgeEntry, "soon")
    assert told is not None
    await store.commit(Changes(puts=[replace(told, current=entry_version(valid_until=DAY - timedelta(days=1)))]))
    assert [one.id for one in await store.knowledge_to_warn_of(DAY, 10)] == ["soon"]


async def test_store_says_whether_it_has_any_knowledge(store: WholeStore) -> None:
    assert not await store.has_knowledge()
    await store.commit(Changes(inserts=[entry("a")]))
    assert await store.has_knowledge()
