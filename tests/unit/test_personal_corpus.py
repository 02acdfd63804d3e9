"""The finder keeps its promises on letters that no rule was made for."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from minxin.classifier.personal.evaluation import Table, evaluate, parse_marked
from minxin.core.personal import Certainty, Personal, PersonalSpan

CORPUS = Path(__file__).parents[1] / "corpus" / "personal"


def marked(name: str) -> list[str]:
    decoder = msgspec.json.Decoder(dict[str, str])
    return [decoder.decode(line)["marked"] for line in (CORPUS / name).read_bytes().splitlines()]


def share(table: Table, kind: Personal, which: str) -> float:
    figures = next(one for one in table.kinds if one.kind == kind)
    value = figures.recall if which == "recall" else figures.precision
    assert value is not None
    return value


@pytest.fixture(scope="module", params=["held.jsonl", "held2.jsonl"])
def held(request: pytest.FixtureRequest) -> Table:
    return evaluate(marked(request.param))


@pytest.fixture(scope="module")
def usual() -> Table:
    return evaluate(marked("held.jsonl"))


@pytest.fixture(scope="module")
def rare() -> Table:
    return evaluate(marked("held2.jsonl"))


def test_there_are_enough_letters() -> None:
    assert len(marked("dev.jsonl")) + len(marked("held.jsonl")) >= 300


def test_phones_and_id_numbers_are_all_found(held: Table) -> None:
    assert share(held, Personal.PHONE, "recall") >= 0.995
    assert share(held, Personal.ID_NUMBER, "recall") >= 0.995


def test_names_are_found(usual: Table) -> None:
    assert share(usual, Personal.NAME, "recall") >= 0.9
    assert share(usual, Personal.NAME, "precision") >= 0.9


def test_most_rare_names_are_found(rare: Table) -> None:
    assert share(rare, Personal.NAME, "recall") >= 0.74
    assert share(rare, Personal.NAME, "precision") >= 0.9


def test_little_is_taken_out_that_is_no_personal_data(held: Table) -> None:
    assert held.removed.precision is not None and held.removed.precision >= 0.9


def test_marks_are_taken_out_and_their_places_kept() -> None:
    letter = parse_marked("我叫{name:张伟}，{phone:13800001234}")
    assert letter.text == "我叫张伟，13800001234"
    assert letter.spans == ((2, 4, Personal.NAME), (5, 16, Personal.PHONE))
    with pytest.raises(ValueError, match="rank"):
        parse_marked("{rank:9}")


def test_figures_count_right_wrong_and_missed() -> None:
    def finder(text: str) -> tuple[PersonalSpan, ...]:
        return (
            PersonalSpan(2, 4, Personal.NAME, Certainty.LIKELY, "test"),
            PersonalSpan(5, 9, Personal.PHONE, Certainty.LIKELY, "test"),
        )

    table = evaluate(["我叫{name:张伟}，{phone:13800001234}"], finder)
    names, phones = table.kinds
    assert (names.truths, names.found, names.right, names.covered) == (1, 1, 1, 1)
    assert (phones.truths, phones.found, phones.right, phones.covered) == (1, 1, 0, 0)
    assert (phones.precision, phones.recall) == (0.0, 0.0)
    assert (table.letters, table.removed.truths, table.removed.right) == (1, 2, 1)
    assert {(miss.kind, miss.found) for miss in table.misses} == {(Personal.PHONE, True), (Personal.PHONE, False)}
    assert evaluate(["没有"]).removed.precision is None
