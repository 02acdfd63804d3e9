"""``minxin train``: trains from a file, keeps versions with cards, goes back, says clearly what it can't do."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.trained import made_letters, write_letters

from minxin.classifier.training import Example
from minxin.deploy.cli import main

OFFICES = {"buses": "滨海市交通运输局", "water": "shuiwu"}


def train(*arguments: object) -> int:
    return main(["train", *map(str, arguments)])


def shelf_of(data: Path) -> Path:
    return data / "model" / "trained"


def kept_in(data: Path) -> list[Path]:
    return sorted(shelf_of(data).glob("20*"))


@pytest.fixture
def office_file(tmp_path: Path) -> Path:
    """Letters whose labels are offices of Binhai, by name and by id."""
    letters = [Example(letter.text, OFFICES[letter.label]) for letter in made_letters(90)]
    return write_letters(tmp_path / "offices.csv", letters)


def test_version_is_kept_with_its_card_and_pictures(
    tmp_path: Path, office_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert train(office_file, "--linear", "--data", data, "--folds", 3, "--precision", 0.8) == 0
    said = capsys.readouterr()
    (version,) = kept_in(data)
    assert str(version / "card.html") in said.out
    assert "3/3" in said.err
    assert "linear model, folds" in said.err
    card = json.loads((version / "card.json").read_text("utf-8"))
    assert card["data"]["letters"] == 90
    assert card["data"]["source"] == str(office_file)
    assert card["routable"] is True
    page = (version / "card.html").read_text("utf-8")
    for word in ("模型卡", "Model card", "90", card["data"]["sha256"], "水务局", "calibration.svg", "coverage.svg"):
        assert word in page
    assert page.index("模型卡") < page.index("Model card")
    for name in ("calibration.svg", "coverage.svg"):
        picture = ElementTree.fromstring((version / name).read_bytes())  # noqa: S314
        assert picture.tag.endswith("svg")
        assert [child.tag.rpartition("}")[2] for child in picture][:2] == ["title", "desc"]


def test_names_of_offices_become_their_ids(tmp_path: Path, office_file: Path) -> None:
    assert train(office_file, "--linear", "--data", tmp_path / "data", "--folds", 2) == 0
    (version,) = kept_in(tmp_path / "data")
    card = json.loads((version / "card.json").read_text("utf-8"))
    assert set(card["data"]["of_label"]) == {"jiaotong", "shuiwu"}
    assert {"jiaotong", "shuiwu"} < set(card["labels"])  # the other offices are known by their duties
    assert json.loads((shelf_of(tmp_path / "data") / "current.json").read_text())["current"] == version.name


def test_labels_that_are_no_offices_are_kept_but_never_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, data = write_letters(tmp_path / "letters.csv", made_letters(60)), tmp_path / "data"
    assert train(file, "--linear", "--data", data, "--folds", 2) == 0
    assert "does not route" in capsys.readouterr().out
    (version,) = kept_in(data)
    assert not (shelf_of(data) / "current.json").exists()
    assert train("--data", data, "--use", version.name) == 2
    assert "不是本市的承办单位" in capsys.readouterr().err


def test_versions_are_listed_and_one_goes_back(
    tmp_path: Path, office_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert train("--list", "--data", data) == 0
    assert capsys.readouterr().out == ""
    for folds in (2, 3):
        assert train(office_file, "--linear", "--data", data, "--folds", folds) == 0
    second = json.loads((shelf_of(data) / "current.json").read_text())["current"]
    (first,) = (path.name for path in kept_in(data) if path.name != second)
    capsys.readouterr()
    assert train("--list", "--data", data) == 0
    said = capsys.readouterr().out
    assert f"* {second}  90 封 letters, macro F1 " in said
    assert f"  {first}  90 封 letters" in said
    assert train("--back", "--data", data) == 0
    assert f"* {first}" in capsys.readouterr().out
    assert train("--use", second, "--data", data) == 0
    assert f"* {second}" in capsys.readouterr().out
    assert (train("--back", "--data", data), train("--back", "--data", data)) == (0, 0)
    assert "none serves any more" in capsys.readouterr().out
    assert train("--back", "--data", data) == 2
    assert train("--use", "20260101-linear-00000000", "--data", data) == 2
    assert "没有这个版本：20260101-linear-00000000" in capsys.readouterr().err


def test_without_a_file_the_city_teaches_what_it_has(tmp_path: Path) -> None:
    assert train("--linear", "--data", tmp_path, "--folds", 2) == 0
    (version,) = kept_in(tmp_path)
    card = json.loads((version / "card.json").read_text("utf-8"))
    assert card["data"]["letters"] > 100
    assert card["data"]["duties"] > 100
    assert card["precision"] == 0.95


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("missing.csv", "--linear"), "no such file"),
        (("--folds", 1), "--folds must be from 2 to 20"),
        (("--folds", 5, "--judged-folds", 6), "--judged-folds must be from 1 to 5"),
        (("--epochs", 0), "--epochs must be from 1 to 50"),
        (("--precision", 1.5), "between 0 and 1"),
    ],
)
def test_what_cannot_be_used_is_told_in_two_languages(
    tmp_path: Path, arguments: tuple[object, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(*arguments, "--data", tmp_path) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert sentence in said[1]


def test_too_few_letters_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_letters(tmp_path / "letters.csv", made_letters(12))
    assert train(file, "--linear", "--data", tmp_path) == 2
    assert "12 封、2 类" in capsys.readouterr().err


def test_two_trainings_at_once_are_refused(
    tmp_path: Path, office_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf_of(tmp_path).mkdir(parents=True)
    with (shelf_of(tmp_path) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert train(office_file, "--linear", "--data", tmp_path) == 2
    assert "another training is running" in capsys.readouterr().err


def test_work_that_was_given_up_is_cleared_away(tmp_path: Path, office_file: Path) -> None:
    (shelf_of(tmp_path) / "work" / "0123456789abcdef").mkdir(parents=True)
    assert train(office_file, "--linear", "--data", tmp_path, "--folds", 2) == 0
    assert list((shelf_of(tmp_path) / "work").iterdir()) == []
