from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from minxin.classifier.neardup import deal_into_folds, near_duplicate_groups
from minxin.classifier.text import MAX_JUDGED_CHARS, fold


def test_full_width_and_traditional_letters_fold_to_the_plain_form() -> None:
    assert fold("ＡＢＣ１２３　噪音擾民").text == "abc123 噪音扰民"


def test_offsets_lead_back_to_the_original_when_folding_makes_more_characters() -> None:
    original = "㎡和㍿门口漏水"
    folded = fold(original)
    start = folded.text.index("漏水")
    first, last = folded.original_span(start, start + 2)
    assert original[first:last] == "漏水"
    assert folded.original_span(0, 1) == (0, 1)


def test_offsets_lead_back_to_the_original_when_folding_drops_characters() -> None:
    original = "消\u200b防\u200d   通道\x00堵塞"
    folded = fold(original)
    assert folded.text == "消防 通道堵塞"
    first, last = folded.original_span(0, 2)
    assert original[first:last] == "消\u200b防"


def test_the_line_between_subject_and_body_stays() -> None:
    assert fold("标题\n\n 正文").text == "标题\n\n正文"


def test_emoji_and_lone_surrogates_are_survived() -> None:
    assert "投诉" in fold("😡😡投诉\ud800").text


def test_an_expanding_text_is_cut_at_the_limit() -> None:
    folded = fold("\ufdfa" * 100_000)
    assert len(folded.text) == MAX_JUDGED_CHARS == len(folded.starts) == len(folded.ends)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_every_folded_character_comes_from_the_original_at_its_offset(original: str) -> None:
    folded = fold(original)
    for position, character in enumerate(folded.text):
        first, last = folded.original_span(position, position + 1)
        source = unicodedata.normalize("NFKC", original[first:last]).lower()
        assert last == first + 1
        assert character in source or character == " " or "\u4e00" <= character <= "\u9fff"


def test_near_duplicates_share_a_group_and_others_do_not() -> None:
    letter = "尊敬的市长您好,我们小区门口的路灯坏了三个月,晚上漆黑一片,老人孩子出门很不安全,请尽快派人修好"
    groups = near_duplicate_groups([letter, letter + "谢谢", "请问公积金怎么提取,需要什么材料,多久到账", "", ""])
    assert groups[0] == groups[1]
    assert groups[2] not in groups[[0, 1, 3, 4]]


def test_folds_keep_groups_whole_and_spread_labels() -> None:
    labels = ["a"] * 20 + ["b"] * 10
    groups = near_duplicate_groups([f"第{chr(0x4E00 + 97 * i)}{chr(0x5000 + 31 * i)}号信" for i in range(30)])
    groups[1] = groups[0]
    fold_of = deal_into_folds(labels, groups, 5, seed=3)
    assert fold_of[0] == fold_of[1]
    assert all(1 <= sum(fold_of[20:] == number) <= 3 for number in range(5))
    assert (fold_of == deal_into_folds(labels, groups, 5, seed=3)).all()


def test_a_letter_that_was_cut_and_retold_is_a_near_duplicate() -> None:
    letter = "尊敬的市长:我们锦绣花园三期业主发现开发商把规划的幼儿园改成餐馆,油烟从早到晚,孩子无处上学,请查处"
    retold = "锦绣花园三期业主规划幼儿园改成餐馆油烟从早到晚孩子无处上学"
    others = [f"请问公积金怎么提取第{chr(0x4E00 + 97 * i)}{chr(0x5000 + 31 * i)}次问" for i in range(20)]
    groups = near_duplicate_groups([letter, retold, *others])
    assert groups[0] == groups[1]
    assert groups[0] not in groups[2:]
