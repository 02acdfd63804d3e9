from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.core.errors import InvalidInputError
from minxin.mailbox.names import parse_name
from minxin.mailbox.phone import parse_phone


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "+8613812345678",
        "+86 138 1234 5678",
        "0086-138-1234-5678",
        "8613812345678",
        "(+86)13812345678",
        "１３８１２３４５６７８",
        "＋８６ １３８ １２３４ ５６７８",
        " 138\u30001234\u00a05678 ",
    ],
)
def test_every_way_to_write_a_phone_gives_its_eleven_digits(typed: str) -> None:
    assert parse_phone(typed) == "13812345678"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("12812345678", "format"),
        ("1381234567", "format"),
        ("138123456789", "format"),
        ("+1 555 123 4567", "format"),
        ("010-62345678", "format"),
        ("1381234567a", "format"),
    ],
)
def test_bad_phone_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_phone(typed)
    assert caught.value.reason == f"realname.phone.{reason}"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("王小明", "王小明"),
        (" 王 小明 ", "王小明"),
        ("王　㐂", "王㐂"),
        ("𠮷田", "𠮷田"),
        ("䶮喆", "䶮喆"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("Mary-Ann  O'Neill", "Mary-Ann O'Neill"),
    ],
)
def test_name_is_kept_in_one_form(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "missing"), ("王", "length"), ("王" * 51, "length"), ("王2", "characters"), ("<b>王</b>", "characters")],
)
def test_bad_name_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_name(typed)
    assert caught.value.reason == f"realname.name.{reason}"


@given(st.text())
def test_a_parsed_name_parses_to_itself(text: str) -> None:
    try:
        name = parse_name(text)
    except InvalidInputError:
        return
    assert parse_name(name) == name
