"""Reliability check B12; GB 11643."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minxin.core.errors import InvalidInputError
from minxin.mailbox.idnumber import check_character, parse_id_number

TODAY = date(2026, 3, 2)
GOOD = "11010519491231002X"

births = st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 3, 1))
numbers = st.builds(
    lambda region, born, sequence: (lambda body: body + check_character(body))(f"{region}{born:%Y%m%d}{sequence:03d}"),
    st.integers(110000, 659999),
    births,
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (GOOD, GOOD),
        ("11010519491231002x", GOOD),
        ("１１０１０５１９４９１２３１００２Ｘ", GOOD),
        ("１１０１０５１９４９１２３１００２ｘ", GOOD),
        (" 110105 19491231 002X ", GOOD),
        ("110105\u300019491231\u00a0002X", GOOD),
        ("\u200b110105-19491231-002X\ufeff", GOOD),
        ("440524188001010014", "440524188001010014"),
        ("110105491231002", GOOD),
        ("１１０１０５４９１２３１００２", GOOD),
        ("110105200002290013", "110105200002290013"),
    ],
)
def test_every_way_to_write_a_number_gives_its_one_form(typed: str, number: str) -> None:
    assert parse_id_number(typed, TODAY) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("1101051949123100", "length"),
        ("11010519491231002XX", "length"),
        ("11010519491231002Y", "characters"),
        ("1101051949123X002X", "characters"),
        ("01010519491231002X", "characters"),
        ("11010549123100X", "characters"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢٣", "characters"),
        ("110105194902300021", "birth_date"),
        ("110105190002290010", "birth_date"),
        ("110105194913310021", "birth_date"),
        ("110105194900310021", "birth_date"),
        ("110105000012310021", "birth_date"),
        ("110105202603020010", "birth_date"),
        ("110105203012310010", "birth_date"),
        ("110105490229002", "birth_date"),
        ("110105194912310021", "checksum"),
    ],
)
def test_bad_number_is_refused_with_what_is_wrong(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_id_number(typed, TODAY)
    assert caught.value.reason == f"realname.id_number.{reason}"
    assert caught.value.field == "id_number"


def test_who_was_born_yesterday_has_a_number() -> None:
    body = "11010520260301001"
    assert parse_id_number(body + check_character(body), TODAY) == body + check_character(body)


def _is_refused(number: str) -> bool:
    try:
        parse_id_number(number, TODAY)
    except InvalidInputError:
        return True
    return False


@settings(max_examples=40, deadline=None)
@given(numbers)
def test_every_wrong_digit_is_found(number: str) -> None:
    assert not _is_refused(number)
    for place, right in enumerate(number):
        wrong_digits = [digit for digit in "0123456789" + ("X" if place == 17 else "") if digit != right]
        assert all(_is_refused(number[:place] + digit + number[place + 1 :]) for digit in wrong_digits)


@settings(max_examples=200, deadline=None)
@given(numbers)
def test_every_swap_of_neighbours_is_found(number: str) -> None:
    for place in range(17):
        first, second = number[place], number[place + 1]
        if first != second:
            assert _is_refused(number[:place] + second + first + number[place + 2 :])


@given(numbers)
def test_normal_form_stays_as_it_is(number: str) -> None:
    assert parse_id_number(parse_id_number(number, TODAY), TODAY) == number


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        assert len(parse_id_number(text, TODAY)) == 18
    except InvalidInputError as error:
        assert error.reason.startswith("realname.id_number.")
