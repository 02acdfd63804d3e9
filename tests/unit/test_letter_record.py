"""A letter's record: the judgement is kept unread."""

from __future__ import annotations

import pytest
from msgspec import Raw, json
from msgspec.structs import replace
from support.office import Case, judgement

from minxin.consult.kept_judgement import as_kept
from minxin.consult.records import Letter
from minxin.core.errors import DamagedError


def test_a_judgement_comes_back_as_it_was_kept() -> None:
    letter = replace(Case().letter, judged=as_kept(judgement()))
    again = json.decode(json.encode(letter), type=Letter)
    assert again.judgement == letter.judgement == judgement()
    assert again == letter


def test_a_letter_that_was_not_judged_has_no_judgement() -> None:
    letter = Case().letter
    assert letter.judgement is None
    assert json.decode(json.encode(letter), type=Letter).judgement is None
    assert b'"judgement":null' in json.encode(letter)


@pytest.mark.parametrize("kept", [b'{"kind":"help"}', b"[]", b'{"kind":"\xff\xfe"}'], ids=["part", "list", "no text"])
def test_a_judgement_that_nobody_wrote_is_damage(kept: bytes) -> None:
    letter = replace(Case().letter, judged=Raw(kept))
    with pytest.raises(DamagedError):
        _ = letter.judgement
