"""``minxin train --abuse``: a finder of abuse is learnt from posts, kept with its card, and can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minxin.classifier.abuse.finding import AbuseFinder
from minxin.classifier.abuse.version import load_version
from minxin.classifier.shelf import ABUSE, Shelf
from minxin.core.abuse import Abuse
from minxin.core.errors import DamagedError
from minxin.deploy.cli import main

POSTS = [(f"你们这些{word}{number}号真恶心", "1") for number in range(8) for word in ("猪", "狗", "蛀虫")]
POSTS += [(f"今天{word}很好{number}", "0") for number in range(8) for word in ("天气", "心情", "饭菜")]


def train(*arguments: object) -> int:
    return main(["train", "--abuse", *map(str, arguments)])


def write(path: Path, rows: list[tuple[str, str]], header: str = "TEXT,label") -> Path:
    path.write_text(header + "\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8")
    return path


def shelf_of(data: Path) -> Shelf:
    return Shelf(data / "model" / ABUSE)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one version."""
    folder = tmp_path_factory.mktemp("abuse")
    assert train(write(folder / "posts.csv", POSTS), "--data", folder / "data") == 0
    return folder / "data"


def test_version_is_kept_with_what_it_learnt_from_and_how_it_did(
    learnt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (name,) = shelf_of(learnt).names()
    assert shelf_of(learnt).pointer.current == name
    card = json.loads((shelf_of(learnt).folder / name / "card.json").read_text("utf-8"))
    assert (card["data"]["posts"], card["data"]["offending"]) == (48, 24)
    assert card["data"]["letters"] > 1_000
    assert card["proof"]["macro_f1"] > 0.9
    assert card["proof"]["flagged"] < 0.02
    assert train("--list", "--data", learnt) == 0
    assert f"* {name}  48 条帖文 posts" in capsys.readouterr().out


def test_learnt_model_speaks_beside_the_phrases(learnt: Path) -> None:
    (name,) = shelf_of(learnt).names()
    finder = AbuseFinder(load_version(shelf_of(learnt).folder / name))
    assert AbuseFinder().find("这些蛀虫真恶心") == ()
    assert {span.kind for span in finder.find("这些蛀虫真恶心")} == {Abuse.OFFENSIVE}
    text = "你们这些蛀虫7号真恶心，你们这些猪真恶心，我弄死你"
    spans = finder.find(text)
    assert {span.kind for span in spans} == {Abuse.OFFENSIVE, Abuse.THREAT}
    assert all(before.end <= after.start for before, after in zip(spans, spans[1:], strict=False))
    assert all(text[span.start : span.end] == span.text for span in spans)


def test_strong_words_that_the_model_holds_for_ordinary_are_left_alone_but_no_threat_is(learnt: Path) -> None:
    (name,) = shelf_of(learnt).names()
    finder = AbuseFinder(load_version(shelf_of(learnt).folder / name))
    anger = "今天天气很好，饭菜很好，滚蛋"
    assert {span.kind for span in AbuseFinder().find(anger)} == {Abuse.INSULT}
    assert finder.find(anger) == ()
    assert {span.kind for span in finder.find("今天天气很好，饭菜很好，弄死你")} == {Abuse.THREAT}


def test_one_goes_back_to_the_phrases_alone(learnt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (name,) = shelf_of(learnt).names()
    assert train("--back", "--data", learnt) == 0
    assert "none serves any more" in capsys.readouterr().out
    assert shelf_of(learnt).pointer.current is None
    assert train("--use", name, "--data", learnt) == 0
    assert shelf_of(learnt).pointer.current == name
    assert train("--use", "20260101-abuse-00000000", "--data", learnt) == 2


@pytest.mark.parametrize("file", ["card.json", "model/model.json", "model/model.npz"])
def test_damaged_version_is_refused(learnt: Path, tmp_path: Path, file: str) -> None:
    (name,) = shelf_of(learnt).names()
    folder = shelf_of(learnt).folder / name
    content = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    copy = tmp_path / name
    for path, data in content.items():
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    load_version(copy)
    middle = len((copy / file).read_bytes()) // 2
    harmed = bytearray((copy / file).read_bytes())
    harmed[middle] ^= 1
    (copy / file).write_bytes(bytes(harmed))
    with pytest.raises(DamagedError):
        load_version(copy)


@pytest.mark.parametrize(
    ("rows", "header", "sentence"),
    [
        (POSTS, "words,label", "lacks the column(s) text; text, label are needed"),
        ([*POSTS, ("好", "2")], "text,label", "line 50: the label 2 is neither 1 (offensive) nor 0 (ordinary)"),
        (POSTS[:30], "text,label", "at least ten offensive and ten ordinary ones are needed"),
        ([("好", "")], "text,label", "no labelled letter"),
    ],
)
def test_posts_that_cannot_be_learnt_are_told_in_two_languages(
    rows: list[tuple[str, str]], header: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(write(tmp_path / "posts.csv", rows, header), "--data", tmp_path / "data") == 2
    said = capsys.readouterr().err.splitlines()
    assert sentence in said[-1]
    assert shelf_of(tmp_path / "data").names() == []


def test_file_of_posts_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data", tmp_path) == 2
    assert "name the file of posts" in capsys.readouterr().err
