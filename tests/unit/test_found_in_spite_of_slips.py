"""What people really type at the built-in city: slips, sounds, traditional characters and colloquial words find it.

By characters and the table of synonyms alone, without vectors. The right passage must be among the first three.
"""

from __future__ import annotations

import pytest
from support.city_shelf import city_shelf

from minxin.classifier.retrieval.searching import search
from minxin.classifier.retrieval.shelf import Shelf

FIRST = 3
SLIPS = (  # one character wrong, missing, twice or too many
    ("居佳证怎么办", "knowledge:gongan-13"),
    ("居住正怎么办理", "knowledge:gongan-13"),
    ("居证怎么办", "knowledge:gongan-13"),
    ("居住住证怎么办", "knowledge:gongan-13"),
    ("居的住证去哪办", "knowledge:gongan-13"),
    ("身分证丢了怎么补办", "knowledge:gongan-11"),
    ("身份怔丢了", "knowledge:gongan-11"),
    ("户口薄丢了怎么补", "knowledge:gongan-09"),
    ("工伤认订怎么申请", "knowledge:renshe-07"),
    ("失业全怎么申请", "knowledge:renshe-06"),
    ("劳动种裁怎么申请", "knowledge:renshe-09"),
    ("离婚冷净期多少天", "knowledge:minzheng-03"),
    ("高龄律贴怎么领", "knowledge:minzheng-08"),
    ("公枳金贷款能贷多少", "knowledge:gongjijin-04"),
    ("不动产权正丢了", "knowledge:ziran-06"),
)
SOUNDS = (  # what a keyboard for pinyin offers instead
    ("居主证怎么办", "knowledge:gongan-13"),
    ("户照到期换发", "knowledge:gongan-16"),
    ("驾使证到期了", "knowledge:gongan-19"),
    ("电动自行车上排", "knowledge:gongan-24"),
    ("无烦罪记录证明", "knowledge:gongan-29"),
    ("结混登记要带什么", "knowledge:minzheng-01"),
    ("最底生活保障", "knowledge:minzheng-05"),
    ("高岭津贴", "knowledge:minzheng-08"),
    ("工商认定怎么申请", "knowledge:renshe-07"),
    ("加斑费怎么算", "knowledge:renshe-11"),
    ("出身医学证明", "knowledge:weijian-01"),
    ("育儿不贴怎么申请", "knowledge:weijian-02"),
    ("生遇津贴怎么领", "knowledge:yibao-08"),
    ("宫积金怎么提取租房", "knowledge:gongjijin-01"),
    ("二手房过互", "knowledge:ziran-02"),
)
FORMS = (  # traditional, full-width, Latin capitals, spaces
    ("居住證怎麼辦", "knowledge:gongan-13"),
    ("駕駛證到期怎麼換", "knowledge:gongan-19"),
    ("護照遺失補發", "matter:GA-010"),
    ("離婚冷靜期", "knowledge:minzheng-03"),
    ("養老保險轉移", "knowledge:renshe-05"),
    ("ＨＰＶ疫苗", "knowledge:weijian-05"),
    ("hpv疫苗免费吗", "knowledge:weijian-05"),
    ("身 份 证 丢 了 怎么补办", "knowledge:gongan-11"),
)
COLLOQUIAL = (  # other words altogether
    ("房本丢了", "knowledge:ziran-06"),
    ("扯证要带啥", "knowledge:minzheng-01"),
    ("吃低保咋申请", "knowledge:minzheng-05"),
    ("驾照过期了", "knowledge:gongan-19"),
    ("电瓶车挂牌", "knowledge:gongan-24"),
    ("狗证怎么办", "matter:GA-016"),
    ("老板欠薪", "knowledge:renshe-08"),
    ("廉租房怎么申请", "matter:ZF-001"),
    ("开饭馆要什么证", "matter:SC-004"),
    ("老楼电梯怎么装", "matter:ZJ-001"),
    ("迁户口要什么材料", "matter:GA-002"),
)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return city_shelf()


@pytest.mark.parametrize(("question", "passage_id"), [*SLIPS, *SOUNDS, *FORMS, *COLLOQUIAL])
def test_it_is_found_however_it_is_typed(shelf: Shelf, question: str, passage_id: str) -> None:
    found = search(shelf, question, FIRST)

    assert passage_id in [one.id for one in found]


@pytest.mark.parametrize("question", ["", " ", "？", "\n\t", "\udcff", "🙂🙂", "a" * 5000, "的" * 5000, "\ue000\ue001"])
def test_any_text_can_be_asked(shelf: Shelf, question: str) -> None:
    for one in search(shelf, question, 5):
        assert 0.0 <= one.confidence <= 1.0


def test_the_first_is_the_surest(shelf: Shelf) -> None:
    found = search(shelf, "居住证怎么办", 10)

    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert found[0].confidence > 0.5 > found[-1].confidence


def test_a_search_can_be_narrowed_to_kinds(shelf: Shelf) -> None:
    found = search(shelf, "居住证怎么办", 5, {"matter"})

    assert {one.id.partition(":")[0] for one in found} == {"matter"}
    assert found[0].id == "matter:GA-008"
