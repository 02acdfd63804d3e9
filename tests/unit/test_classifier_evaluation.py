from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from minxin.classifier.calibration import best_temperature
from minxin.classifier.evaluation import Outcome, calibration_error, coverage_at, cross_validate, evaluate, report
from minxin.classifier.training import Example, train
from minxin.core.errors import InvalidInputError
from minxin.deploy.commands import evaluate as command

KEYS = {"macro_f1", "accuracy", "ece", "coverage_at_95", "coverage_at_98", "n"}
WORDS = {"bus": "公交车站线路", "gas": "燃气暖气供热", "id": "户口身份证件"}


def some_examples(count: int = 45) -> list[Example]:
    random = np.random.default_rng(5)
    return [
        Example(
            "\n" + "".join(random.choice(list(WORDS[label] + "的了是在我们和有不人"), 12)),
            label,
        )
        for label in list(WORDS) * (count // 3)
    ]


def csv_of(examples: list[Example]) -> str:
    rows = [f'{number},"{item.text.strip()}",{item.label},标题' for number, item in enumerate(examples)]
    return "\n".join(["id,body,label,subject", *rows, ""])


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(arguments)


def test_macro_f1_is_the_mean_over_labels_and_not_over_letters() -> None:
    outcomes = [Outcome("a", "a", 0.9)] * 8 + [Outcome("b", "a", 0.9)] * 2
    figures = report(outcomes)
    assert figures.accuracy == pytest.approx(0.8)
    assert figures.macro_f1 == pytest.approx((16 / 18 + 0.0) / 2)
    assert [(item.truth, item.judged, item.letters) for item in figures.confusion] == [("a", "a", 8), ("b", "a", 2)]


def test_calibration_error_is_the_gap_between_said_and_true() -> None:
    right = np.array([True] * 6 + [False] * 4)
    assert calibration_error(np.full(10, 0.6), right) == pytest.approx(0.0)
    assert calibration_error(np.full(10, 0.9), right) == pytest.approx(0.3)
    assert calibration_error(np.ones(10), np.ones(10, dtype=bool)) == pytest.approx(0.0)


def test_coverage_is_the_largest_share_that_keeps_the_precision() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    assert coverage_at(0.95, confidence, np.array([True, True, False, True])) == 0.5
    assert coverage_at(0.75, confidence, np.array([True, True, False, True])) == 1.0
    assert coverage_at(0.95, confidence, np.array([False, True, True, True])) == 0.0
    assert coverage_at(0.95, np.full(4, 0.5), np.array([True, True, True, False])) == 0.0


def test_temperature_cools_scores_that_are_too_sure() -> None:
    scores = np.tile([4.0, 0.0], (100, 1))
    truth = np.array([0] * 70 + [1] * 30)
    assert best_temperature(scores, truth) == pytest.approx(4.0 / np.log(7 / 3), rel=0.05)


def test_no_letters_have_no_figures() -> None:
    with pytest.raises(InvalidInputError):
        report([])


def test_cross_validation_scores_every_letter_once() -> None:
    figures = cross_validate(some_examples(), folds=3)
    assert figures.n == 45
    assert figures.macro_f1 > 0.6
    assert sum(item.letters for item in figures.per_class) == 45
    assert figures.risk_coverage[-1].coverage == 1.0
    assert figures.risk_coverage[-1].precision == pytest.approx(figures.accuracy)


def test_copies_of_a_letter_do_not_help_cross_validation() -> None:
    letters = [Example(f"\n{chr(0x4E00 + 7 * i)}{chr(0x6000 + 11 * i)}甲乙{i}", "ab"[i % 2]) for i in range(20)]
    assert cross_validate(letters * 3, folds=5).accuracy < 0.8


def test_labels_that_the_model_never_learnt_count_as_errors() -> None:
    model = train(some_examples(), {})
    figures = evaluate(model, [Example("\n公交车站", "bus"), Example("\n公交车站", "other")])
    assert figures.accuracy == 0.5
    assert figures.n == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_command_prints_one_json_object_last(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "信件.csv"
    path.write_text(csv_of(some_examples()), encoding=encoding)
    assert command.run(parsed(str(path), "--json", "--folds", "3")) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures.keys() >= KEYS
    assert figures["n"] == 45


def test_command_learns_from_the_train_file_and_scores_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_file, test_file = tmp_path / "train.csv", tmp_path / "test.csv"
    train_file.write_text(csv_of(some_examples()), encoding="utf-8")
    test_file.write_text("subject,body,label\n公交,公交车站线路,bus\n,,\n燃气,燃气暖气供热,gas\n", encoding="utf-8")
    assert command.run(parsed(str(test_file), "--train", str(train_file), "--json")) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["n"] == 2
    assert figures["accuracy"] == 1.0


def test_command_prints_a_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "letters.csv"
    path.write_text(csv_of(some_examples()), encoding="utf-8")
    assert command.run(parsed(str(path), "--folds", "3")) == 0
    assert "macro F1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (None, (), "no such file"),
        (b"subject,body\na,b\n", (), "lacks the column(s) label"),
        (b"", (), "lacks the column(s) subject, body, label"),
        (b"\xff\xfe\xff\xff\x00", (), "neither UTF-8 nor GB18030"),
        (b"subject,body,label\n", (), "no labelled letter"),
        (b"subject,body,label\na,b,c\n", (), "too few letters"),
        (b"subject,body,label\na,b,c\n", ("--folds", "1"), "--folds must be"),
    ],
)
def test_command_refuses_unusable_input_in_two_languages(
    content: bytes | None,
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "letters.csv"
    if content is not None:
        path.write_bytes(content)
    assert command.run(parsed(str(path), *arguments)) == 2
    chinese, english = capsys.readouterr().err.splitlines()[-2:]
    assert said in english
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_command_refuses_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(parsed(str(tmp_path))) == 2
    assert "can't read" in capsys.readouterr().err
