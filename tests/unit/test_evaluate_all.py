"""``minxin evaluate --all``: what data is there is measured, what is not is said, and the table is whole."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.core.errors import InvalidInputError
from minxin.deploy.commands import evaluate as command
from minxin.deploy.evaluation import abuse, bureaus, cold, issues, meaning, routing
from minxin.deploy.evaluation.measure import Data, Figure, Measure, Remembering
from minxin.deploy.evaluation.registry import MEASURES
from minxin.deploy.evaluation.table import as_json, markdown, run_all

MATTERS = {
    "公交集团公司": "301路公交车到站不停，等车时间太长",
    "市医保局": "异地就医的住院费用怎么报销，医保报销比例多少",
    "北京住房公积金管理中心": "住房公积金租房提取需要什么材料",
}


SPLITS = ("train", "test")


def write_letters(path: Path, column: str, rows: Sequence[tuple[str, str]], **more: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["subject", "body", column, *more])
        writer.writeheader()
        writer.writerows({"subject": text[:8], "body": text, column: label, **more} for label, text in rows)


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [(office, f"{text}，{place}") for office, text in MATTERS.items() for place in "甲乙丙丁戊己"]
    write_letters(tmp_path / cold.BEIJING, "dept", rows)
    return tmp_path


def test_letters_are_routed_by_duty_texts_alone(folder: Path) -> None:
    figures = {figure.name: figure for figure in cold.beijing(Data(folder))}
    assert figures["top-1"].value == figures["macro F1"].value == 1.0
    assert figures["top-1"].n == 18
    assert figures["top-1"].reached


def test_command_measures_what_is_there_and_says_what_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(parsed("--all", str(folder), "--without-vectors", "--only", "beijing", "--only", "replies")) == 0
    printed = capsys.readouterr().out
    assert "| yes |" in printed
    assert f"not there: {cold.REPLIES}" in printed


def test_command_prints_json_with_every_figure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--all", str(folder), "--without-vectors", "--only", "beijing", "--only", "replies", "--json")
    assert command.run(parsed(*arguments)) == 0
    measured, left_out = json.loads(capsys.readouterr().out)
    assert [figure["name"] for figure in measured["figures"]] == ["top-1", "top-3", "macro F1"]
    assert measured["figures"][0]["reached"]
    assert (left_out["figures"], cold.REPLIES in left_out["left_out"]) == ([], True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one CSV file"),
        (("letters.csv", "--all", "."), "name one CSV file"),
        (("--all", "nowhere"), "not a folder"),
        (("--all", ".", "--only", "luck"), "no measure luck"),
    ],
)
def test_command_refuses_what_it_cannot_use(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(parsed(*arguments)) == 2
    chinese, english = capsys.readouterr().err.splitlines()
    assert said in english
    assert chinese


def _figures(data: Data) -> list[Figure]:
    return [
        Figure(name="right | left", value=0.9, n=1_234, goal=0.8, baseline=0.5),
        Figure(name="wait", value=3.0, n=5, goal=2.0, at_most=True, unit="ms", note="slow"),
        Figure(name="only told", value=0.1, n=1),
    ]


def _refuses(data: Data) -> list[Figure]:
    raise InvalidInputError("evaluate.too_few")


def _knows_no_column(data: Data) -> list[Figure]:
    raise KeyError("dept")


def test_table_says_whether_each_goal_is_reached() -> None:
    results = run_all([Measure("made", "Made", (), _figures)], Data(Path()))
    rows = markdown(results).splitlines()[2:]
    cells = [[cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")] for row in rows]
    assert [row[:6] for row in cells] == [
        ["Made: right / left", "0.800", "0.500", "0.900", "yes", "1,234"],
        ["Made: wait (slow)", "≤ 2 ms", "–", "3 ms", "**no**", "5"],
        ["Made: only told", "–", "–", "0.100", "–", "1"],
    ]


def test_measure_that_fails_costs_no_other_its_figures() -> None:
    measures = [Measure("bad", "Bad", (), _refuses), Measure("worse", "Worse", (), _knows_no_column)]
    results = run_all([*measures, Measure("made", "Made", (), _figures)], Data(Path()))
    assert [bool(result.figures) for result in results] == [False, False, True]
    assert [bool(one["left_out"]) for one in as_json(results)] == [True, True, False]


def test_names_of_measures_are_given_once() -> None:
    names = [measure.name for measure in MEASURES]
    assert len(names) == len(set(names))


def test_linear_judge_is_measured_on_the_test_split_beside_the_plain_one(tmp_path: Path) -> None:
    rows = [(office, f"{text}，{place}") for office, text in MATTERS.items() for place in "甲乙丙丁戊己庚辛"]
    path = tmp_path / routing.LETTERS
    write_letters(path, "label", rows, split="train")
    content = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*content, *(line.replace(",train", ",test") for line in content[1::4])]), "utf-8")
    figures = routing.letters(Data(tmp_path))
    assert {figure.n for figure in figures} == {6}
    assert figures[0].value == figures[0].baseline == 1.0


def test_questions_are_those_of_the_largest_bureaus(tmp_path: Path) -> None:
    path = tmp_path / bureaus.QUESTIONS
    path.parent.mkdir()
    asked = [(f"379{bureau:02d}0000C", "问题") for bureau in range(bureaus.BUREAUS) for _ in range(2)]
    lines = [json.dumps({"q": text, "agency": agency}) for agency, text in [*asked, ("999990000C", "一个")]]
    path.write_text("\n".join(lines), "utf-8")
    assert len(bureaus.questions(Data(tmp_path))) == 2 * bureaus.BUREAUS


@pytest.mark.parametrize("name", ["capital", "functional"])
def test_every_office_has_duties_and_none_twice(name: str) -> None:
    duties = json.loads((files(cold.__package__) / "duties" / f"{name}.json").read_text("utf-8"))
    for clauses in duties.values():
        assert len(set(clauses)) == len(clauses) >= 5
        assert all(clause.strip() == clause for clause in clauses)


def test_encoder_reads_each_text_once() -> None:
    read: list[str] = []

    def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
        read.extend(texts)
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    remembering = Remembering(encoder)
    assert remembering(["a", "bb", "a"])[:, 0].tolist() == [1, 2, 1]
    assert remembering(["bb"]).tolist() == [[2]]
    assert read == ["a", "bb"]


def write_pairs(path: Path, pairs: Sequence[tuple[str, str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["a,b,same", *(",".join(pair) for pair in pairs)]), "utf-8")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / meaning.CHOSEN_ON, [("路灯坏了", "路灯坏了吗", "1"), ("路灯坏了", "户口迁移", "0")])
    alike, hidden, apart = ("公交太少", "公交太少了", "1"), ("房子", "住宅", "1"), ("医保", "公积金", "0")
    write_pairs(tmp_path / meaning.JUDGED_ON, [alike, hidden, apart])
    return tmp_path


def test_meaning_is_told_by_overlap_where_there_are_no_vectors(pairs: Path) -> None:
    (figure,) = meaning.same_meaning(Data(pairs))
    assert (figure.n, figure.value) == (3, pytest.approx(2 / 3))


def test_meaning_is_told_by_vectors_beside_the_overlap(pairs: Path) -> None:
    topics = (("路灯",), ("户口",), ("公交",), ("房", "宅"), ("医保",), ("公积金",))

    def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[float(any(word in text for word in topic)) for topic in topics] for text in texts])

    (figure,) = meaning.same_meaning(Data(pairs, encoder))
    assert (figure.value, figure.baseline) == (1.0, pytest.approx(2 / 3))


def write_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_offensive_posts_and_letters_held_are_measured_apart(tmp_path: Path) -> None:
    posts = [{"TEXT": f"{place}人都是蠢货骗子", "label": "1"} for place in "甲乙丙丁戊己庚辛壬癸子丑"]
    posts += [{"TEXT": f"{place}地风景很好，值得去看看", "label": "0"} for place in "甲乙丙丁戊己庚辛壬癸子丑"]
    for file in (abuse.TRAIN, abuse.DEV):
        write_rows(tmp_path / file, posts)
    letters = [(office, f"{text}，{place}") for office, text in MATTERS.items() for place in "甲乙丙丁戊己庚辛"]
    rows = [
        {"subject": "", "body": text, "label": label, "split": split} for label, text in letters for split in SPLITS
    ]
    write_rows(tmp_path / routing.LETTERS, rows)
    found, held = abuse.offensive(Data(tmp_path))
    assert (found.value, found.n) == (1.0, 24)
    assert (held.value, held.n, held.at_most) == (0.0, 24, True)


def test_listed_issues_are_looked_for_among_the_hottest(tmp_path: Path) -> None:
    matters = ("丽园小区楼下饭店油烟太大", "滨河路夜间施工噪音扰民", "新村自来水停水三天")
    letters = [
        {
            "no": f"{place}{number}",
            "time": f"2019/8/{number + 1} 9:05:00",
            "subject": matter,
            "body": f"{matter}，请处理" * 2,
        }
        for place, matter in enumerate(matters)
        for number in range(5)
    ]
    apart = [f"{chr(0x6000 + 97 * turn)}{chr(0x5A00 + 61 * turn)}{chr(0x7200 + 43 * turn)}" * 3 for turn in range(30)]
    letters += [
        {"no": f"9{number}", "time": "2019/7/1 8:00:00", "subject": text, "body": text}
        for number, text in enumerate(apart)
    ]
    write_rows(tmp_path / issues.TOPICS, [{**letter, "likes": "0"} for letter in letters])
    write_rows(
        tmp_path / issues.LISTED, [{"issue": one["no"][0], "no": one["no"]} for one in letters if one["no"][0] != "9"]
    )
    found, purity, least = issues.hottest(Data(tmp_path))
    assert (found.value, found.n) == (1.0, len(matters))
    assert (purity.value, least.value) == (1.0, 1.0)
