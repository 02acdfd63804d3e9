"""What a few words mean: by lists, with negation."""

from __future__ import annotations

import pytest

from minxin.consult.assistant.understanding import (
    Aspect,
    Meant,
    aspect_of,
    follow_up_of,
    for_the_case,
    meant,
    ordinal_of,
    sentences_naming,
    value_in,
)


@pytest.mark.parametrize(
    "words",
    [
        "人工",
        "转人工!",
        "我要找人工客服",
        "客服",
        "找人",
        "有没有人在啊",
        "不想跟机器说话,转人工",
        "Human",
        "speak to a person please",
    ],
)
def test_call_for_a_person_is_heard(words: str) -> None:
    assert meant(words) is Meant.PERSON


@pytest.mark.parametrize(
    "words", ["人工智能企业有补贴吗", "人工湖的水脏了", "不用转人工,我自己看", "想找人修路灯", "人工费怎么算"]
)
def test_words_that_only_look_like_a_call_are_questions(words: str) -> None:
    assert meant(words) is None


@pytest.mark.parametrize("words", ["你们就知道踢皮球", "气死我了,跑了三趟", "什么破系统", "这是什么态度"])
def test_upset_words_are_heard(words: str) -> None:
    assert meant(words) is Meant.UPSET


@pytest.mark.parametrize("words", ["你们没有踢皮球,谢谢", "垃圾分类怎么分", "油烟大得受不了"])
def test_denied_anger_and_plain_complaints_are_not_upset(words: str) -> None:
    assert meant(words) is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("你好", Meant.GREETING),
        ("您好!", Meant.GREETING),
        ("谢谢~", Meant.THANKS),
        ("你是机器人吗?", Meant.ABOUT),
        ("都不是", Meant.NONE),
        ("没解决", Meant.NOT_SOLVED),
        ("解决了", Meant.SOLVED),
        ("拜拜", Meant.GOODBYE),
        ("你好,居住证怎么办", None),
        ("谢谢你告诉我,那社保呢", None),
    ],
)
def test_small_talk_counts_only_when_it_is_all(words: str, kind: Meant | None) -> None:
    assert meant(words) is kind


@pytest.mark.parametrize(
    ("words", "aspect"),
    [
        ("要多久?", Aspect.TIME),
        ("那要几天呢", Aspect.TIME),
        ("在哪办?", Aspect.WHERE),
        ("请问去哪里办", Aspect.WHERE),
        ("要钱吗", Aspect.FEE),
        ("需要什么材料", Aspect.PAPERS),
        ("能网上办吗", Aspect.ONLINE),
        ("周末办吗", Aspect.HOURS),
        ("居住证在哪办", None),
        ("公交卡要多久能补好,我在望洲区", None),
    ],
)
def test_part_of_the_last_answer_is_told_from_a_question_of_its_own(words: str, aspect: Aspect | None) -> None:
    assert aspect_of(words) is aspect


@pytest.mark.parametrize(
    ("words", "case"),
    [
        ("那孩子呢?", "孩子"),
        ("老人呢", "老人"),
        ("如果是外地人的话呢", "是外地人"),
        ("要是丢了怎么办", "丢"),
        ("居住证丢了去哪里补办啊", ""),
    ],
)
def test_other_case_of_the_last_matter_is_understood(words: str, case: str) -> None:
    assert case in follow_up_of(words)
    assert bool(follow_up_of(words)) is bool(case)


def test_question_for_another_case_takes_the_place_of_the_old_one() -> None:
    assert for_the_case("老人的医保怎么办", "孩子") == "孩子的医保怎么办"
    assert for_the_case("居民医保参保", "孩子") == "孩子 居民医保参保"


def test_typed_value_is_matched_by_its_own_or_a_like_word() -> None:
    values = ("本人", "未成年子女", "父母")
    assert value_in("孩子", values) == "未成年子女"
    assert value_in("给我爸妈办", values) == "父母"
    assert value_in("父母", values) == "父母"
    assert value_in("公司", values) == ""


def test_ordinals_name_a_place_that_there_is() -> None:
    assert ordinal_of("第二个", 3) == 1
    assert ordinal_of("第三个", 2) is None
    assert ordinal_of("二十", 3) is None


def test_sentences_are_quoted_as_they_stand() -> None:
    text = "成年人到派出所办理。未成年子女由监护人陪同;不收费。"
    assert sentences_naming("孩子", text) == ("未成年子女由监护人陪同;",)
