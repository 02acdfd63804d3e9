"""Marks and likeness: which letters an index finds, and which of them are like one, with the reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.classifier.alike.likeness import NOTHING_KNOWN, alike, background_of
from minxin.classifier.alike.marks import MOST_MARKS, marks_of, shared_marks
from minxin.core.alike import AlikeText, Likeness

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MIXER = "小区北门外新建了一座混凝土搅拌站，昼夜生产，噪音和粉尘让一千多户居民无法开窗，请环保部门尽快查处。"
OTHERS = (
    ("咨询落户需要什么材料", "本人大学毕业两年，想把户口迁到本市，请问需要准备哪些证件，到哪个窗口办理？"),
    ("公交车等不到", "早高峰十二路公交车经常四十分钟没有一班，上班天天迟到，希望增加班次。"),
    ("拖欠工资", "我们八个人在工地干了三个月，包工头一直拖着不发工钱，请劳动监察帮忙。"),
    ("学校门口堵车", "放学时间家长的车把整条路堵死，孩子过马路非常危险，请交警来疏导。"),
    ("水压太低", "六楼晚上七点以后几乎没有水，洗澡都成问题，自来水公司说管道老化。"),
)
BACKGROUND = background_of(
    [(f"{subject}{number}", f"{body}{number}") for number in range(12) for subject, body in OTHERS]
)


def text(letter_id: str, subject: str, body: str, *places: str, days: int = 0) -> AlikeText:
    return AlikeText(letter_id, NOW - timedelta(days=days), subject, body, places)


ASKED = text("asked", "搅拌站噪音粉尘扰民", MIXER, "翠湖小区")


def test_a_copied_letter_is_a_repeated_one_wherever_and_whenever_it_was_written() -> None:
    copy = text("copy", "再次投诉", MIXER + "上次没有人回复。", "别的小区", days=300)
    (found,) = alike(ASKED, [copy], BACKGROUND)
    assert found.kind is Likeness.REPEATED
    assert found.copied > 0.8
    assert found.days == 300


def test_the_same_matter_in_other_words_is_found_with_place_and_words() -> None:
    retold = text(
        "retold", "搅拌站太吵", "翠湖小区旁边的混凝土搅拌站整夜施工，粉尘很大，老人睡不着。", "翠湖小区", days=3
    )
    (found,) = alike(ASKED, [retold], BACKGROUND)
    assert found.kind is Likeness.SAME_MATTER
    assert found.places == ("翠湖小区",)
    assert any("搅拌站" in word for word in found.words)


def test_another_matter_is_like_nothing() -> None:
    others = [text(str(number), *one) for number, one in enumerate(OTHERS)]
    assert alike(ASKED, others, BACKGROUND) == []


def test_place_and_time_tell_equal_words_apart() -> None:
    words = ("搅拌站太吵", "混凝土搅拌站整夜施工，粉尘很大，老人睡不着，噪音难以忍受。")
    here = text("here", *words, "翠湖小区")
    long_ago = text("long ago", *words, "翠湖小区", days=150)
    elsewhere = text("elsewhere", *words, "海晏花园")
    found = alike(ASKED, [elsewhere, long_ago, here], BACKGROUND)
    assert [one.id for one in found][:2] == ["here", "long ago"]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_letter_is_not_like_itself() -> None:
    assert alike(ASKED, [ASKED], BACKGROUND) == []


@pytest.mark.parametrize("body", ["", "好", "😀" * 40, "<b>x</b>" * 500, "翠" * 20_000])
def test_any_text_is_marked_and_compared(body: str) -> None:
    assert len(marks_of("", body, ())) <= MOST_MARKS
    assert (
        alike(text("a", "", body), [text("b", "", "别的内容，完全不同的一封信，说的是别的事情。")], NOTHING_KNOWN) == []
    )


@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.text(max_size=8), max_size=9))
def test_marks_are_few_ordered_whole_numbers_of_32_bits(subject: str, body: str, places: list[str]) -> None:
    marks = marks_of(subject, body, places)
    assert len(marks) <= MOST_MARKS
    assert list(marks) == sorted(set(marks))
    assert all(0 <= mark < 2**32 for mark in marks)
    assert marks == marks_of(subject, body, places)


def test_like_letters_share_marks_and_unlike_ones_hardly_any() -> None:
    asked = marks_of(ASKED.subject, ASKED.body, ASKED.places)
    copy = marks_of("再次投诉", MIXER + "上次没有人回复。", ())
    retold = marks_of("搅拌站太吵", "翠湖小区旁边的混凝土搅拌站整夜施工。", ("翠湖小区",))
    other = marks_of(*OTHERS[0], ())
    assert shared_marks(asked, copy) >= 8
    assert shared_marks(asked, retold) >= 2
    assert shared_marks(asked, other) == 0


def test_traditional_and_full_width_characters_leave_the_same_marks() -> None:
    assert marks_of("環保問題", "２０２６年", ()) == marks_of("环保问题", "2026年", ())
