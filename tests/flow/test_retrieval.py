"""Searching by the real child: what the store says is found at once, and only what may be shown is given out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.store import Maker

from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.records import Letter, PublicCopy, PublicState
from minxin.consult.synonyms.records import Synonym
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.passages import Source
from minxin.deploy.passages import PassageFeed, PassageSearch
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command
from minxin.deploy.vectors import encoder_at
from minxin.store.sqlite.store import SqliteStore

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PERMIT = "knowledge:permit"
DIGEST_BYTES = 32
ROW_BYTES = DIGEST_BYTES + 2 * 384
FOUND_S = 60.0


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the encoder, written once."""
    folder = tmp_path_factory.mktemp("models")
    encoder_at(folder, lambda _: None)
    return folder


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "store")
    yield opened
    await opened.close()


@asynccontextmanager
async def searching(store: SqliteStore, clock: FixedClock, models: Path, vectors: Path) -> AsyncIterator[PassageSearch]:
    """Run a child that hears of changes at the very next question."""
    command = retrieval_command(models, vectors)
    process = RetrievalProcess(command, lambda: PassageFeed(store, clock, fresh=timedelta()))
    try:
        yield PassageSearch(store, clock, process)
    finally:
        await process.close()


@pytest.fixture
async def search(store: SqliteStore, clock: FixedClock, models: Path, tmp_path: Path) -> AsyncIterator[PassageSearch]:
    async with searching(store, clock, models, tmp_path / "vectors") as opened:
        yield opened


def entry(name: str, question: str, answer: str, *, until: date | None = None) -> KnowledgeEntry:
    version = EntryVersion(
        question=question,
        answer=answer,
        basis="条例第三条",
        document_number="滨政办规〔2025〕7号",
        checked_on=date(2026, 1, 5),
        valid_until=until,
        written_by="handler",
        written_at=NOON,
    )
    return KnowledgeEntry(id=name, office_id="police", state=EntryState.PUBLISHED, changed_at=NOON, current=version)


async def found(search: PassageSearch, question: str, sources: frozenset[Source] | None = None) -> list[str]:
    hits = await search.search(question, 5, sources)
    return [hit.passage_id for hit in hits if hit.passage_id in await search.passages([hit.passage_id for hit in hits])]


async def edit(store: SqliteStore, name: str, **fields: object) -> None:
    kept = await store.get(KnowledgeEntry, name)
    assert kept is not None
    await store.commit(Changes(puts=[replace(kept, changed_at=NOON + timedelta(seconds=1), **fields)]))


async def test_an_entry_is_found_as_soon_as_it_is_published_and_by_its_new_words_when_it_is_edited(
    store: SqliteStore, search: PassageSearch
) -> None:
    assert await search.search("居住证怎么办") == []
    permit = entry("permit", "居住证怎么办", "住满半年后到派出所办理。")
    await store.commit(Changes(inserts=[permit, entry("lamps", "路灯坏了找谁", "打照明所电话。")]))
    assert (await found(search, "居住证怎么办"))[0] == PERMIT
    assert (await search.passages([PERMIT]))[PERMIT].path == "/knowledge/permit"

    assert permit.current is not None
    await edit(store, "permit", current=replace(permit.current, question="流动人口登记卡怎么办"))
    assert (await found(search, "流动人口登记卡"))[0] == PERMIT


async def test_what_may_not_be_shown_is_neither_found_nor_given_out(
    store: SqliteStore, search: PassageSearch, clock: FixedClock
) -> None:
    ends = entry("permit", "居住证怎么办", "住满半年后到派出所办理。", until=date(2026, 3, 2))
    await store.commit(Changes(inserts=[ends, entry("card", "居住证丢了", "到派出所补领。")]))
    assert set(await found(search, "居住证")) == {PERMIT, "knowledge:card"}

    await edit(store, "card", current=None, state=EntryState.WITHDRAWN)
    assert await search.passages(["knowledge:card"]) == {}
    assert await found(search, "居住证") == [PERMIT]

    clock.move_to(NOON + timedelta(days=1))
    assert await search.passages([PERMIT]) == {}
    assert await search.search("居住证") == []


async def test_a_published_letter_is_not_given_out_once_it_is_sealed(store: SqliteStore, search: PassageSearch) -> None:
    await store.commit(Maker().intake(id="letter"))
    letter = await store.get(Letter, "letter")
    assert letter is not None
    shown = replace(letter, public=True)
    copy = PublicCopy(
        id="letter",
        number="2026-1",
        office_id="lamps",
        state=PublicState.PUBLISHED,
        subject="翠湖路路灯不亮",
        text="已经三天了。",
        answer="已经换了灯泡。",
        proposed_at=NOON,
        proposed_by="handler",
        decided_at=NOON,
    )
    await store.commit(Changes(inserts=[copy], puts=[shown]))
    assert await found(search, "路灯不亮", frozenset({Source.PUBLISHED})) == ["published:letter"]
    assert await found(search, "路灯不亮", frozenset({Source.KNOWLEDGE})) == []

    await store.commit(Changes(puts=[replace(shown, version=2, sealed=True)]))
    assert await found(search, "路灯不亮") == []


async def test_a_synonym_counts_at_the_next_question_and_no_more_when_it_is_removed(
    store: SqliteStore, search: PassageSearch
) -> None:
    await store.commit(Changes(inserts=[entry("house", "不动产权证书怎么补", "登报后申请。")]))
    assert await search.search("房本") == [] or (await search.search("房本"))[0].confidence < 0.5
    unknown = max([0.0, *(hit.score for hit in await search.search("房本"))])
    pair = Synonym(id="a", said="房本", meant="不动产权证书", by="admin", at=NOON)
    await store.commit(Changes(inserts=[pair]))
    (known,) = await search.search("房本")
    assert known.passage_id == "knowledge:house"
    assert known.score > unknown + 0.2

    await store.commit(Changes(puts=[replace(pair, version=1, removed=True)]))
    assert max([0.0, *(hit.score for hit in await search.search("房本"))]) < known.score - 0.2


async def test_what_shares_no_word_is_found_by_its_meaning_and_read_only_once(
    store: SqliteStore, clock: FixedClock, models: Path, tmp_path: Path
) -> None:
    others = [
        entry(f"other{number}", text, text) for number, text in enumerate(("公园几点关门", "地铁票价", "垃圾分类"))
    ]
    await store.commit(Changes(inserts=[entry("dog", "养犬登记", "每年办一次犬只免疫。"), *others]))
    vectors = tmp_path / "vectors"
    async with searching(store, clock, models, vectors) as search:
        async with asyncio.timeout(FOUND_S):
            while (await found(search, "宠物狗狗"))[:1] != ["knowledge:dog"]:  # noqa: ASYNC110 - nothing tells when it is read
                await asyncio.sleep(0.05)
    (file,) = vectors.iterdir()
    read_before = file.read_bytes()
    async with searching(store, clock, models, vectors) as search:
        assert (await found(search, "宠物狗狗"))[0] == "knowledge:dog"

    # The first process may have ended before it had read everything; the second goes on and reads nothing twice.
    read = file.read_bytes()
    assert read_before
    assert read.startswith(read_before)
    digests = [read[place : place + DIGEST_BYTES] for place in range(0, len(read), ROW_BYTES)]
    assert len(set(digests)) == len(digests)
