"""GB 32100-2015: the unified social credit code, and GB 11714 inside of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.core.errors import InvalidInputError
from minxin.mailbox.companies.creditcode import check_character, own_check_character, parse_credit_code

GOOD = "91350100M000100Y43"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
codes = st.builds(
    lambda kind, region, own: _checked(f"9{kind}{region:06d}{own}"),
    st.sampled_from("123"),
    st.integers(110000, 659999),
    st.text(SIGNS, min_size=8, max_size=8),
)


def _checked(first_16: str) -> str:
    own = first_16 + own_check_character(first_16[8:])
    return own + check_character(own)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (GOOD, GOOD),
        ("91350100m000100y43", GOOD),
        (" 9135 0100 M000 100Y 43 ", GOOD),
        ("91350100-M000100Y-43", GOOD),
        ("９１３５０１００Ｍ０００１００Ｙ４３", GOOD),
        ("91110000802100433B", "91110000802100433B"),
        ("914403001922038216", "914403001922038216"),
        ("91330100799655058B", "91330100799655058B"),
    ],
)
def test_every_way_to_write_a_code_gives_its_one_form(typed: str, code: str) -> None:
    assert parse_credit_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        (" - ", "missing"),
        (GOOD[:-1], "length"),
        (GOOD + "3", "length"),
        ("91350100O000100Y43", "characters"),
        ("9135010IM000100Y43", "characters"),
        ("91350100M000100中43", "characters"),
        ("91350100M000100Y44", "checksum"),
        ("91350100M000010Y43", "checksum"),
    ],
)
def test_a_bad_code_is_refused_with_what_is_wrong(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_credit_code(typed)
    assert (caught.value.reason, caught.value.field) == (f"company.code.{reason}", "code")


def test_a_code_whose_own_part_does_not_fit_is_refused_though_its_last_place_does() -> None:
    wrong = GOOD[:15] + "2" + GOOD[16]
    with pytest.raises(InvalidInputError):
        parse_credit_code(wrong + check_character(wrong))


@given(codes)
def test_a_code_made_by_the_rules_is_taken(code: str) -> None:
    assert parse_credit_code(code) == code


@given(codes, st.integers(8, 16), st.sampled_from(SIGNS))
def test_one_wrong_place_is_seen(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    if wrong == code:
        return
    with pytest.raises(InvalidInputError):
        parse_credit_code(wrong)


@given(codes, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_seen(code: str, place: int) -> None:
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong == code:
        return
    with pytest.raises(InvalidInputError):
        parse_credit_code(wrong)
