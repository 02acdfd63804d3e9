from __future__ import annotations

from time import process_time

import pytest
from support.points import marked_letters, score

from minxin.classifier.points.finding import MOST_POINTS, find_points
from minxin.classifier.points.titles import TITLE_MAX
from minxin.core.judgement import PointKind, judged_text


def titles(body: str, subject: str = "") -> list[str]:
    return [point.title for point in find_points(subject, body)]


def kinds(body: str) -> list[PointKind]:
    return [point.kind for point in find_points("", body)]


def test_labelled_letters_that_were_never_tuned_on_are_found_as_promised() -> None:
    held = score(find_points, marked_letters("held"))
    assert held.letters >= 100
    assert held.f1 >= 0.85


def test_half_of_the_labelled_letters_may_be_tuned_on_and_no_letter_is_in_both() -> None:
    dev, held = marked_letters("dev"), marked_letters("held")
    assert len(dev) + len(held) >= 200
    assert not {letter.body for letter in dev} & {letter.body for letter in held}
    assert score(find_points, dev).f1 >= 0.9


@pytest.mark.parametrize(
    "body",
    [
        "现反映三个问题：一、路灯坏了。二、垃圾没人清运。三、下水道堵塞。",
        "1、路灯坏了；2、垃圾没人清运；3、下水道堵塞。",
        "①路灯坏了；②垃圾没人清运；③下水道堵塞。",
        "（1）路灯坏了。（2）垃圾没人清运。（3）下水道堵塞。",
        "首先，路灯坏了。其次，垃圾没人清运。最后，下水道堵塞，请疏通。另外，电梯也停了。",
        "一是路灯坏了，二是垃圾没人清运，三是下水道堵塞。",
        "路灯坏了。另外，垃圾没人清运。此外，下水道堵塞。",
        "路灯壞了；垃圾沒人清運；下水道堵塞。",
    ],
)
def test_each_matter_of_a_letter_is_a_point(body: str) -> None:
    assert len(find_points("", body)) in (3, 4)


def test_a_matter_told_in_several_sentences_is_one_point() -> None:
    (point,) = find_points("", "楼下烧烤店每天油烟直排。窗户不敢开，孩子一直咳嗽。昨天又到凌晨两点。请城管部门取缔。")
    assert point.kind is PointKind.COMPLAINT


def test_greeting_background_history_thanks_and_signature_are_no_points() -> None:
    body = (
        "尊敬的市长：您好！我是文庙街的居民，今年七十岁。我曾多次向社区反映，社区说已上报。文庙街的路灯坏了一个月。"
        "请有关部门尽快处理。谢谢！\n联系人：王先生 13800001111"
    )
    (point,) = find_points("路灯", body)
    assert point.title == "文庙街的路灯坏了一个月"


def test_the_request_repeated_at_the_end_is_no_second_point() -> None:
    body = "路灯坏了，请修好文庙街的路灯。\n垃圾没人清运。\n最后再说一遍，请修好文庙街的路灯。"
    assert len(find_points("", body)) == 2


def test_a_list_of_papers_is_no_list_of_matters() -> None:
    assert len(find_points("", "工地欠我工资三万元，请帮忙要回来。附件：1、借条；2、身份证；3、考勤表。")) == 1


def test_what_the_writer_does_with_a_point_is_told() -> None:
    body = "1、路灯坏了。2、建议在路口增设斑马线。3、请问居住证在哪里办？"
    assert kinds(body) == [PointKind.COMPLAINT, PointKind.REQUEST, PointKind.QUESTION]


def test_titles_are_the_writers_own_words_and_short() -> None:
    assert titles("您好，我想咨询一下：请问外地老人能不能办免费乘车卡？") == ["外地老人能不能办免费乘车卡"]
    (title,) = titles("关于滨海市鼓楼街道文庙社区居民委员会门前道路两侧的路灯长期损坏无人维修的问题")
    assert len(title) == TITLE_MAX and title.endswith("…")


def test_offsets_point_into_the_judged_text_as_it_was_written() -> None:
    subject, body = "两件事", "①Ａ 栋電梯壞了，②垃圾沒人清運。"
    text = judged_text(subject, body)
    assert [text[point.start : point.end] for point in find_points(subject, body)][-1] == "垃圾沒人清運。"


def test_a_letter_whose_body_says_nothing_is_about_its_subject() -> None:
    (point,) = find_points("文庙街路灯坏了", "详见标题")
    assert (point.start, point.title) == (0, "文庙街路灯坏了")
    assert find_points("表扬信", "感谢公交车司机师傅拾金不昧，好人一生平安！") == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a",
        "？",
        "😀" * 500,
        "\ud83d",
        "<p>路灯坏了</p>",
        "The lamp is broken. Please mend it.",
        "1、2、",
    ],
)
def test_any_text_has_an_answer(text: str) -> None:
    for subject, body in ((text, ""), ("", text), (text, text)):
        whole = judged_text(subject, body)
        for point in find_points(subject, body):
            assert 0 <= point.start < point.end <= len(whole)
            assert point.title


@pytest.mark.parametrize("piece", ["漏", "1、", ",另外", "请部门", "路灯", "我是", "\n一、路灯坏", "去年反映", "①"])
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    start = process_time()
    found = find_points("", piece * (100_000 // len(piece)))
    assert process_time() - start < 2
    assert len(found) <= MOST_POINTS
