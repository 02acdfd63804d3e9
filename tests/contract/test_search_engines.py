"""Every search engine answers alike: the same query, the same hits in the same order, on one golden set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import elastic

from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.records import Narrowed, SearchAnswer, SearchEntry, SearchQuery
from minxin.consult.search.words import RULES, plain, wanted_of, wholes
from minxin.core.errors import UnavailableError
from minxin.deploy.search_process import SearchProcess, search_command
from minxin.store.search.elastic import ElasticEngine, connect

CENTRE = ("centre",)
FIRST = f"letters-{RULES}-20260101000000000000"
SECOND = f"letters-{RULES}-20260102000000000000"
# id: words, who may find it besides the centre, state, office, kind, month; the later, the newer.
GOLDEN = {
    "a": ("居住证材料有哪些", "office:hj", "closed", "hj", "inquiry", "2026-01"),
    "b": ("办居住证要什么材料，窗口说不清", "office:hj", "in_progress", "hj", "inquiry", "2026-01"),
    "c": ("居住地和暂住证不一致", "office:hj", "to_sign", "hj", "inquiry", "2026-01"),
    "d": ("請問居住證辦理時間", "office:hj", "in_progress", "hj", "inquiry", "2026-02"),
    "e": ("楼下噪音扰民，夜里施工", "office:cg", "in_progress", "cg", "complaint", "2026-02"),
    "f": ("车牌京A·12345的渣土车超速", "office:jj", "to_sign", "jj", "complaint", "2026-02"),
    "g": ("ＡＢＣ公司拖欠王小明工资", "office:rs", "answered", "rs", "complaint", "2026-03"),
    "h": ("王小军反映abc幼儿园收费", "office:jy", "answered", "jy", "complaint", "2026-03"),
    "i": ("京A54321停在人行道", "office:jj", "closed", "jj", "complaint", "2026-03"),
    "j": ("iPhone 15换电池要3.5小时", "office:sc", "closed", "sc", "inquiry", "2026-03"),
}
QUESTIONS = {
    "居住": "dcba",
    "居住证": "dbac",
    "居住證": "dbac",
    "居住证材料": "ab",
    "居住证 材料": "ba",
    "噪音": "e",
    "噪声": "",
    "王小明": "g",
    "小军": "h",
    "ABC": "hg",
    "ａｂｃ": "hg",
    "京A12345": "f",
    "京Ａ·54321": "i",
    "a12345": "f",
    "iphone": "j",
    "3.5小时": "j",
    "京A12345 渣土车": "f",
    "京A12345 停在": "",
    "": "jihgfedcba",
}


def _entry(name: str, words: str = "", *, revision: int = 1) -> SearchEntry:
    text, audience, state, office, kind, month = GOLDEN[name]
    return SearchEntry(
        id=name,
        revision=revision,
        place=ord(name),
        words=plain(words or text),
        whole=wholes(words or text),
        audience=("centre", audience),
        state=(state,),
        office=(office,),
        kind=(kind,),
        month=(month,),
    )


@pytest.fixture(scope="module", params=["tantivy", "elasticsearch"])
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
async def engine(kind: str, tmp_path: Path) -> AsyncIterator[SearchEngine]:
    made: SearchEngine
    if kind == "tantivy":
        made = SearchProcess(search_command(tmp_path / "search"))
    else:
        made = ElasticEngine(connect(elastic.address()), f"t{tmp_path.name.replace('_', '')[-20:].lower()}")
    yield made
    await made.close()


async def _filled(engine: SearchEngine, name: str = FIRST) -> None:
    await engine.begin(name)
    await engine.put([_entry(one) for one in GOLDEN], (), name)
    await engine.switch(name)


async def _ask(engine: SearchEngine, text: str, audience: tuple[str, ...] = CENTRE, **more: object) -> SearchAnswer:
    query = SearchQuery(wanted=wanted_of(text), audience=audience, **more)  # type: ignore[arg-type]
    return await engine.search(query)


def _ids(answer: SearchAnswer) -> str:
    return "".join(hit.id for hit in answer.hits)


async def test_same_questions_find_the_same_letters_in_the_same_order(engine: SearchEngine) -> None:
    await _filled(engine)
    answers = {text: await _ask(engine, text) for text in QUESTIONS}
    assert {text: _ids(answer) for text, answer in answers.items()} == QUESTIONS
    assert {text: answer.total for text, answer in answers.items()} == {
        text: len(found) for text, found in QUESTIONS.items()
    }


async def test_only_the_audience_finds_and_is_counted(engine: SearchEngine) -> None:
    await _filled(engine)
    answer = await _ask(engine, "", ("office:jj", "writer:somebody"))
    assert (_ids(answer), answer.total) == ("if", 2)
    assert answer.facets["office"] == (("jj", 2),)
    assert answer.facets["state"] == (("closed", 1), ("to_sign", 1))


async def test_facets_count_all_that_was_found_the_most_frequent_first(engine: SearchEngine) -> None:
    await _filled(engine)
    answer = await _ask(engine, "居住证", size=1)
    assert _ids(answer) == "d"
    assert answer.facets == {
        "state": (("in_progress", 2), ("closed", 1), ("to_sign", 1)),
        "office": (("hj", 4),),
        "kind": (("inquiry", 4),),
        "month": (("2026-01", 3), ("2026-02", 1)),
    }


async def test_list_is_narrowed_by_any_facets(engine: SearchEngine) -> None:
    await _filled(engine)
    assert _ids(await _ask(engine, "居住证", narrowed=Narrowed(state="in_progress"))) == "db"
    assert _ids(await _ask(engine, "居住证", narrowed=Narrowed(state="in_progress", month="2026-01"))) == "b"
    assert _ids(await _ask(engine, "", narrowed=Narrowed(kind="complaint", office="jj"))) == "if"


async def test_pages_follow_each_other_across_both_ranks(engine: SearchEngine) -> None:
    await _filled(engine)
    seen, after = "", None
    while (answer := await _ask(engine, "居住证", size=1, after=after)).hits:
        assert answer.total == 4
        seen += _ids(answer)
        after = (answer.hits[-1].whole, answer.hits[-1].place)
    assert seen == QUESTIONS["居住证"]


async def test_changed_entry_is_found_by_its_new_words_alone_and_a_gone_one_by_none(engine: SearchEngine) -> None:
    await _filled(engine)
    await engine.put([_entry("e", "路灯不亮", revision=2)], ["f", "never-there"])
    assert _ids(await _ask(engine, "噪音")) == ""
    assert _ids(await _ask(engine, "路灯")) == "e"
    assert _ids(await _ask(engine, "京A12345")) == ""
    assert (await engine.state()).entries == len(GOLDEN) - 1


async def test_new_index_is_searched_from_the_switch_on_and_the_old_one_until_then(engine: SearchEngine) -> None:
    await _filled(engine)
    await engine.begin(SECOND)
    await engine.put([_entry("e", "路灯不亮", revision=2)], (), SECOND)
    assert (_ids(await _ask(engine, "噪音")), _ids(await _ask(engine, "路灯"))) == ("e", "")
    await engine.switch(SECOND)
    assert (_ids(await _ask(engine, "噪音")), _ids(await _ask(engine, "路灯"))) == ("", "e")
    assert (await engine.state()).name == SECOND


async def test_without_an_index_there_is_none_to_search(engine: SearchEngine) -> None:
    assert (await engine.state()).name == ""
    with pytest.raises(UnavailableError):
        await _ask(engine, "噪音")


async def test_index_of_other_rules_is_none(engine: SearchEngine) -> None:
    await _filled(engine, "letters-0-20250101000000000000")
    assert (await engine.state()).name == ""
