"""What is searched by: pairs, words, plates, folded; and the marks that show where they stand."""

from __future__ import annotations

import pytest

from minxin.consult.search.marking import excerpt, marked
from minxin.consult.search.words import Wanted, holds, plain, terms, units, wanted_of, wholes
from minxin.core.errors import InvalidInputError


def _found(asked: str, text: str) -> bool | None:
    return holds(wanted_of(asked), plain(text), wholes(text))


def test_chinese_is_cut_into_pairs_and_latin_words_and_numbers_stay_whole() -> None:
    assert terms(plain("居住证材料，12345热线 ABC-Test")) == [
        *("居住", "住证", "证材", "材料", "12345", "热线", "abc", "test")
    ]


@pytest.mark.parametrize("asked", ["居住证", "居住證", "居住"])
def test_traditional_and_two_character_words_find_the_letter(asked: str) -> None:
    assert _found(asked, "請問居住证怎么办") is True


def test_full_width_letters_and_figures_are_the_same_words() -> None:
    assert _found("ＡＢＣ", "abc公司") is True
    assert _found("abc", "ＡＢＣ公司") is True


@pytest.mark.parametrize("asked", ["京A12345", "京Ａ·12345", "京a 12345", "A12345"])
def test_plate_is_found_however_it_is_written(asked: str) -> None:
    assert _found(asked, "车牌为京A·12345的渣土车") is True
    assert _found(asked, "车牌为京A·54321的渣土车") is None


def test_letters_number_is_compared_as_one() -> None:
    assert wanted_of("2026-000123").whole == ("2026-000123",)
    assert _found("2026-000123", "2026-000123 噪音") is True
    assert _found("2026-000123", "2026年有000123个") is None


def test_words_joined_in_one_question_find_a_letter_that_has_them_apart_after_those_that_have_them_together() -> None:
    assert _found("居住证材料", "居住证要什么材料") is False
    assert _found("居住证材料", "居住证材料有哪些") is True
    assert _found("居住证材料", "材料不全") is None


def test_name_is_not_found_by_one_half_of_it() -> None:
    assert _found("王小明", "王小军") is None


def test_single_character_and_endless_words_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="search.too_short"):
        wanted_of("水")
    with pytest.raises(InvalidInputError, match="search.too_long"):
        wanted_of("水" * 101)
    assert wanted_of(" 　") == Wanted()


def test_units_know_their_place_in_the_text_as_it_was_written() -> None:
    text = "㈱請問：Ａ１證件"
    assert [text[unit.start : unit.end] for unit in units(text) if unit.term in ("a1", "证件")] == ["Ａ１", "證件"]


def test_marks_stand_where_the_words_are() -> None:
    pieces = marked("楼下居住證與材料", wanted_of("居住证 材料"))
    assert [(piece.text, piece.marked) for piece in pieces] == [
        ("楼下", False),
        ("居住證", True),
        ("與", False),
        ("材料", True),
    ]


def test_excerpt_shows_the_first_mark_of_a_long_text() -> None:
    pieces = excerpt("前言" * 200 + "噪音扰民" + "后话" * 200, wanted_of("噪音"))
    assert [piece.text for piece in pieces if piece.marked] == ["噪音"]
    assert pieces[0].text == pieces[-1].text == "…"
    assert sum(len(piece.text) for piece in pieces) < 150
