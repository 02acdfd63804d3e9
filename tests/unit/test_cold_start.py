"""The cold start: clauses that lie near to any letter, what the encoder reads, and when letters teach nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.selftaught import self_taught
from minxin.classifier.learning.vectors import Background, learn_background

DUTIES = {
    "gas": ["供应燃气", "集中供暖", "燃气收费"],
    "police": ["户口迁移", "身份证办理", "居住证"],
    "service": ["服务态度和办事效率"],
}
LETTERS = [f"{place}\n{trouble}" for place in "甲乙丙丁戊己庚辛" for trouble in ("暖气不热", "户口迁移", "身份证丢了")]


@pytest.fixture(scope="module")
def background() -> Background:
    return learn_background(LETTERS)


def axes(texts: Sequence[str]) -> NDArray[np.float32]:
    """Read each text as a direction: gas, police, and what all letters have in common."""
    rows = []
    for text in texts:
        row = [float(any(word in text for word in words)) for words in (("气", "暖"), ("户口", "证"), ("服务",))]
        rows.append([*row[:2], 1.5 if "\n" in text else row[2] * 2.0])
    found = np.array(rows, dtype=np.float32) + 0.05
    unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def best(cold: ColdStart, text: str) -> str:
    return cold.offices[int(cold.scores(text, cold.background.vector(text)).argmax())]


def test_clause_that_is_near_to_every_letter_wins_none(background: Background) -> None:
    cold = ColdStart(DUTIES, background, LETTERS, axes)
    assert [best(cold, text) for text in ("丑\n暖气不热", "寅\n户口迁移")] == ["gas", "police"]


def test_encoder_reads_only_the_beginning(background: Background) -> None:
    read: list[int] = []

    def measuring(texts: Sequence[str]) -> NDArray[np.float32]:
        read.extend(map(len, texts))
        return axes(texts)

    cold = ColdStart(DUTIES, background, ["长\n" + "暖" * 5_000], measuring)
    cold.scores("长\n" + "暖" * 5_000, background.vector("暖"))
    assert max(read) <= 200


def test_subject_and_beginning_are_encoded_once_when_the_cold_start_is_built(background: Background) -> None:
    read: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        read.extend(texts)
        return axes(texts)

    ColdStart(DUTIES, background, LETTERS, counting)
    clauses = [(said[0], clause) for said in DUTIES.values() for clause in said]
    heard = [*LETTERS, *(letter.partition("\n")[0] for letter in LETTERS)]
    assert sorted(read) == sorted(
        [*heard, *(text for name, clause in clauses for text in (clause, f"{name} {clause}"))]
    )


def test_beginning_tells_what_the_subject_leaves_out(background: Background) -> None:
    cold = ColdStart(DUTIES, background, LETTERS, axes)
    assert [best(cold, f"求助\n{trouble}") for trouble in ("屋里没有暖", "补户口")] == ["gas", "police"]


def test_scores_do_not_need_any_letter(background: Background) -> None:
    assert best(ColdStart(DUTIES, background, []), "\n暖气") == "gas"
    with_encoder = ColdStart(DUTIES, background, [], axes)
    assert np.isfinite(with_encoder.scores("\n暖气", background.vector("\n暖气"))).all()


def test_scores_of_a_letter_have_mean_zero(background: Background) -> None:
    cold = ColdStart(DUTIES, background, LETTERS, axes)
    assert cold.scores("\n户口", background.vector("\n户口")).mean() == pytest.approx(0.0)


def test_letters_of_one_office_alone_teach_nothing(background: Background) -> None:
    letters = [f"{chr(0x6000 + 37 * turn)}路{chr(0x6800 + 53 * turn)}村\n暖气不热，供暖温度太低" for turn in range(200)]
    assert self_taught(ColdStart(DUTIES, background, letters), letters) is None
