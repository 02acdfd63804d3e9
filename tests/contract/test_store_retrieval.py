"""Synonyms and what was published since, as every store keeps them."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.records import PublicCopy, PublicState
from minxin.consult.synonyms.records import Synonym
from minxin.consult.synonyms.service import synonym_id
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest


def pair(make: Maker, said: str, meant: str) -> Synonym:
    return Synonym(id=synonym_id(said, meant), said=said, meant=meant, by="admin", at=make.now)


def copy(make: Maker, name: str, decided_at: datetime | None, state: PublicState) -> PublicCopy:
    return PublicCopy(
        id=name,
        number=f"2026-{name}",
        office_id="lamps",
        state=state,
        subject="路灯",
        text="路灯不亮",
        answer="已修好",
        proposed_at=make.at(),
        proposed_by="handler",
        decided_at=decided_at,
    )


async def test_synonyms_come_by_the_word_that_people_say(store: WholeStore, make: Maker) -> None:
    pairs = [pair(make, "医保", "基本医疗保险"), pair(make, "房本", "不动产权证书"), pair(make, "房照", "不动产权证书")]
    await store.commit(Changes(inserts=pairs))

    first = await store.synonyms("", PageRequest(size=2))
    rest = await store.synonyms("", PageRequest(first.next, 2))
    assert [one.said for one in (*first.items, *rest.items)] == sorted(["医保", "房本", "房照"])
    assert [one.said for one in (await store.synonyms("产权", PageRequest(size=9))).items] == ["房本", "房照"]
    assert (await store.synonyms("%", PageRequest(size=9))).items == []


async def test_a_removed_synonym_is_in_no_list_and_every_change_counts(store: WholeStore, make: Maker) -> None:
    assert await store.synonym_changes() == 0
    one = pair(make, "房本", "不动产权证书")
    await store.commit(Changes(inserts=[one]))
    before = await store.synonym_changes()
    kept = await store.get(Synonym, one.id)
    assert kept is not None
    await store.commit(Changes(puts=[replace(kept, removed=True)]))

    assert await store.all_synonyms() == []
    assert (await store.synonyms("", PageRequest(size=9))).items == []
    assert await store.synonym_changes() > before > 0


async def test_what_was_published_since_comes_in_that_order(store: WholeStore, make: Maker) -> None:
    published = [
        copy(make, name, make.at(minutes=minute), PublicState.PUBLISHED)
        for name, minute in (("b", 2), ("a", 1), ("f", 2), ("e", 4))
    ]
    others = [copy(make, "c", None, PublicState.PROPOSED), copy(make, "d", make.at(minutes=3), PublicState.REFUSED)]
    await store.commit(Changes(inserts=[*published, *others]))

    start = await store.published_since(make.at(), PageRequest(None, 2))
    rest = await store.published_since(make.at(), PageRequest(start.next, 2))
    assert [[one.id for one in page.items] for page in (start, rest)] == [["a", "b"], ["f", "e"]]
    assert rest.next is None
    assert [one.id for one in (await store.published_since(make.at(minutes=2), PageRequest())).items] == ["b", "f", "e"]
