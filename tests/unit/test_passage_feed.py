"""What the searching process is told: everything at first, then what changed, never what may not be shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from support.pages import page_of

from minxin.classifier.retrieval.entries import Entry
from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.matters.records import Matter
from minxin.consult.records import Office, PublicCopy, PublicState
from minxin.consult.synonyms.records import Synonym
from minxin.core.clock import FixedClock
from minxin.core.paging import Page, PageRequest
from minxin.deploy.passages import PIECE, PassageFeed
from minxin.deploy.retrieval_frames import Changed, News, SynonymTable

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
COPY = PublicCopy(
    id="letter",
    number="2026-1",
    office_id="lamps",
    state=PublicState.PUBLISHED,
    subject="路灯不亮",
    text="三天了",
    answer="已修好",
    proposed_at=NOON,
    proposed_by="h",
    decided_at=NOON,
)


class Kept:
    """What the store has."""

    def __init__(self) -> None:
        self.entries: dict[str, KnowledgeEntry] = {}
        self.offices_kept: list[Office] = []
        self.copies: list[PublicCopy] = []
        self.pairs: list[Synonym] = []

    async def knowledge_since(self, instant: datetime) -> list[KnowledgeEntry]:
        return [one for one in self.entries.values() if one.changed_at >= instant]

    async def matters_since(self, instant: datetime) -> list[Matter]:
        return []

    async def published_since(self, moment: datetime, page: PageRequest) -> Page[PublicCopy]:
        return page_of([one for one in self.copies if one.decided_at and one.decided_at >= moment], page)

    async def offices(self) -> list[Office]:
        return self.offices_kept

    async def synonym_changes(self) -> int:
        return len(self.pairs)

    async def all_synonyms(self) -> list[Synonym]:
        return self.pairs

    def put(self, name: str, at: datetime = NOON, *, answer: str = "满五天领取", until: date | None = None) -> None:
        version = EntryVersion(
            question=f"{name}怎么办",
            answer=answer,
            basis="",
            document_number="",
            checked_on=DAY,
            valid_until=until,
            written_by="w",
            written_at=at,
        )
        state = EntryState.PUBLISHED
        self.entries[name] = KnowledgeEntry(id=name, office_id="lamps", state=state, changed_at=at, current=version)

    def withdraw(self, name: str, at: datetime) -> None:
        self.entries[name] = replace(
            self.entries[name], state=EntryState.WITHDRAWN, changed_at=at, current=None, withdrawn_reason="旧"
        )


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def feed(kept: Kept, clock: FixedClock) -> PassageFeed:
    return PassageFeed(kept, clock, fresh=timedelta())  # type: ignore[arg-type]


async def said(feed: PassageFeed) -> list[News]:
    return [piece async for piece in feed.news()]


async def told(feed: PassageFeed) -> tuple[list[Entry], list[str]]:
    news = [one for one in await said(feed) if isinstance(one, Changed)]
    return [entry for one in news for entry in one.entries], [gone for one in news for gone in one.gone]


async def test_first_news_are_everything_in_pieces(feed: PassageFeed, kept: Kept) -> None:
    for number in range(PIECE + 1):
        kept.put(f"事{number:04}")
    news = await said(feed)

    assert [len(one.entries) for one in news if isinstance(one, Changed)] == [PIECE, 1]
    assert await said(feed) == []


async def test_an_edited_entry_is_told_once(feed: PassageFeed, kept: Kept) -> None:
    kept.put("居住证")
    await said(feed)
    kept.put("居住证", NOON + timedelta(seconds=5), answer="满六个月领取")

    entries, gone = await told(feed)
    assert [(entry.id, entry.heads, entry.body) for entry in entries] == [
        ("knowledge:居住证", ("居住证怎么办",), "满六个月领取")
    ]
    assert gone == []
    assert await told(feed) == ([], [])


async def test_a_change_that_was_stamped_before_the_last_one_is_still_told(feed: PassageFeed, kept: Kept) -> None:
    kept.put("居住证", NOON + timedelta(seconds=5))
    await said(feed)
    kept.put("身份证", NOON)

    entries, _ = await told(feed)
    assert [entry.id for entry in entries] == ["knowledge:身份证"]


async def test_a_withdrawn_entry_is_gone_and_comes_back_when_it_is_published_again(
    feed: PassageFeed, kept: Kept
) -> None:
    kept.put("居住证")
    await said(feed)
    kept.withdraw("居住证", NOON + timedelta(seconds=1))
    assert await told(feed) == ([], ["knowledge:居住证"])
    assert await told(feed) == ([], [])

    kept.put("居住证", NOON + timedelta(seconds=2))
    entries, _ = await told(feed)
    assert [entry.id for entry in entries] == ["knowledge:居住证"]


async def test_an_entry_is_gone_the_day_after_its_last(feed: PassageFeed, kept: Kept, clock: FixedClock) -> None:
    kept.put("居住证", until=DAY)
    entries, _ = await told(feed)
    assert len(entries) == 1

    clock.move_to(datetime(2026, 3, 2, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    assert await told(feed) == ([], [])
    clock.move_to(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    assert await told(feed) == ([], ["knowledge:居住证"])
    assert await told(feed) == ([], [])


async def test_an_entry_that_has_ended_is_never_told(feed: PassageFeed, kept: Kept) -> None:
    kept.put("居住证", until=DAY - timedelta(days=1))

    assert await told(feed) == ([], [])


async def test_offices_tell_their_duties_and_only_published_copies_are_found(feed: PassageFeed, kept: Kept) -> None:
    office = Office(id="lamps", name="滨海市城市管理局", short="市城管局", name_en="", level="市", duties=("管路灯。",))
    kept.offices_kept = [office, replace(office, id="centre", name="中心", routable=False)]
    kept.copies = [COPY, replace(COPY, id="other", state=PublicState.REFUSED)]

    entries, _ = await told(feed)
    assert {entry.id: entry.body for entry in entries} == {
        "duty:lamps": "管路灯。",
        "published:letter": "已修好\n三天了",
    }


async def test_published_answers_are_told_a_page_at_a_time_and_once(feed: PassageFeed, kept: Kept) -> None:
    kept.copies = [
        replace(COPY, id=f"{number:04}", decided_at=NOON + timedelta(seconds=number)) for number in range(PIECE + 3)
    ]
    news = await said(feed)
    assert [len(one.entries) for one in news if isinstance(one, Changed)] == [PIECE, 3]

    kept.copies.append(replace(COPY, id="new", decided_at=NOON + timedelta(seconds=PIECE)))
    entries, gone = await told(feed)
    assert ([entry.id for entry in entries], gone) == (["published:new"], [])


async def test_the_whole_table_of_synonyms_is_told_after_a_change(feed: PassageFeed, kept: Kept) -> None:
    kept.pairs = [Synonym(id="a", said="房本", meant="不动产权证书", by="admin", at=NOON)]

    assert await said(feed) == [SynonymTable((("房本", "不动产权证书"),))]
    assert await said(feed) == []
