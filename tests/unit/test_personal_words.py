"""The word list of the finder: what of it is kept, what a word costs, and what happens without it."""

from __future__ import annotations

import importlib.machinery
import sys
from math import log
from pathlib import Path

import pytest

from minxin.classifier.personal import words
from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.personal.lexicon import load_lexicon
from minxin.classifier.personal.words import People, word_costs
from minxin.core.errors import ConfigError

PEOPLE = People(
    first_surnames=frozenset("王张"),
    frequent_surnames=frozenset("王张高"),
    surnames=frozenset("王张高文"),
    given=frozenset("建国兴明"),
    words=frozenset(("张家口",)),
)


def costs(tmp_path: Path, *lines: str) -> dict[str, float]:
    path = tmp_path / "dict.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return word_costs(path, PEOPLE)


def test_word_costs_its_share_to_the_half_nat(tmp_path: Path) -> None:
    found = costs(tmp_path, "的 900 uj", "马路 90 n", "T恤 9 n", "稀词 1 n")
    assert set(found) == {"的", "马路"}
    assert all(
        cost == pytest.approx(log(1000 / count), abs=0.25) and cost * 2 % 1 == 0
        for cost, count in ((found["的"], 900), (found["马路"], 90))
    )


@pytest.mark.parametrize("entry", ["王建国 300 nr", "高兴明 20 nr", "小王 3000 n", "高明 20 nr", "文某某 90 nrt"])
def test_people_are_left_out(tmp_path: Path, entry: str) -> None:
    assert set(costs(tmp_path, entry, "马路 90 n")) == {"马路"}


@pytest.mark.parametrize("entry", ["张家口 300 nr", "高兴 4000 a", "文明 6000 nr", "小路 300 n", "张口结舌 5 i"])
def test_words_that_look_like_people_stay(tmp_path: Path, entry: str) -> None:
    assert entry.split()[0] in costs(tmp_path, entry)


@pytest.mark.parametrize("line", ["高兴 many a", "高兴"])
def test_list_that_is_no_list_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"dict\.txt"):
        costs(tmp_path, line)


def test_finder_is_refused_at_once_when_the_list_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = importlib.machinery.ModuleSpec("jieba", None, is_package=True)
    empty.submodule_search_locations = [str(tmp_path)]
    for spec in (None, empty):
        monkeypatch.setattr(words, "find_spec", lambda _, spec=spec: spec)
        with pytest.raises(ConfigError, match="jieba"):
            PersonalFinder()


def test_list_is_read_without_the_code_of_its_package() -> None:
    PersonalFinder().warm_up()
    assert 90_000 < len(load_lexicon().words) < 125_000
    assert "jieba" not in sys.modules
