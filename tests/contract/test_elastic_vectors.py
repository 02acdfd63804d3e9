"""What only the cluster's engine has: vectors beside the words, and an older state that never wins over a newer one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from elasticsearch import AsyncElasticsearch
from support import elastic

from minxin.consult.search.records import SearchEntry, SearchQuery
from minxin.consult.search.words import RULES, plain, wanted_of
from minxin.store.search.elastic import ElasticEngine, connect

INDEX = f"letters-{RULES}-20260101000000000000"


@pytest.fixture
async def client() -> AsyncIterator[AsyncElasticsearch]:
    made = connect(elastic.address())
    yield made
    await made.close()


def _entry(name: str, text: str, revision: int, vector: tuple[float, ...] = ()) -> SearchEntry:
    return SearchEntry(
        id=name, revision=revision, place=1, words=plain(text), whole=(), audience=("centre",), vector=vector
    )


async def test_vectors_are_found_by_their_neighbours(client: AsyncElasticsearch, tmp_path: Path) -> None:
    engine = ElasticEngine(client, "vectors")
    east, north = (1.0, *[0.0] * 383), (0.0, 1.0, *[0.0] * 382)
    await engine.begin(INDEX)
    await engine.put([_entry("east", "噪音", 1, east), _entry("north", "路灯", 1, north)], (), INDEX)
    await engine.switch(INDEX)
    knn = {"field": "vector", "query_vector": list(north), "k": 1, "num_candidates": 10}
    found = await client.search(index="vectors-letters", knn=knn, source=False)
    assert [hit["_id"] for hit in found["hits"]["hits"]][0] == "north"


async def test_who_read_earlier_and_writes_later_does_not_win(client: AsyncElasticsearch) -> None:
    engine = ElasticEngine(client, "races")
    await engine.begin(INDEX)
    await engine.switch(INDEX)
    await engine.put([_entry("a", "路灯不亮", 5)])
    await engine.put([_entry("a", "噪音扰民", 4)])
    answer = await engine.search(SearchQuery(wanted=wanted_of("路灯"), audience=("centre",)))
    assert [hit.id for hit in answer.hits] == ["a"]


async def test_engine_itself_marks_the_words(client: AsyncElasticsearch) -> None:
    engine = ElasticEngine(client, "marks")
    await engine.begin(INDEX)
    await engine.put([_entry("a", "楼下噪音扰民", 1)], (), INDEX)
    await engine.switch(INDEX)
    found = await client.search(
        index="marks-letters", query={"match_phrase": {"words": "噪音"}}, highlight={"fields": {"words": {}}}
    )
    assert found["hits"]["hits"][0]["highlight"]["words"] == ["楼下<em>噪音</em>扰民"]
