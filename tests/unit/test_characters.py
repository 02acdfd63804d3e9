"""Characters made comparable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from minxin.core.characters import fold, fold_character


@given(st.text(st.one_of(st.characters(), st.sampled_from("ＡＢ１２臺灣門ß①ﬁ\u200b\u0301\n"))))
def test_a_text_is_folded_character_by_character(text: str) -> None:
    assert fold(text) == "".join(map(fold_character, text))


def test_width_case_and_old_forms_make_no_difference() -> None:
    assert fold("ＡＢＣ　１２３ 臺灣門\u200b\n") == "abc 123 台湾门\n"
