"""The knowledge base that ships with the city is fit to be shown, and a wrong entry says where it is wrong."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from minxin.classifier.personal.finder import PersonalFinder
from minxin.consult.knowledge.decisions import day_of
from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.service import personal_in
from minxin.consult.knowledge.words import faults, gaps, tidy, words_of
from minxin.core.errors import ConfigError
from minxin.core.passages import Facet
from minxin.deploy.city import load_city
from minxin.deploy.city_knowledge import FILE, load_knowledge
from minxin.deploy.settings import BUILTIN_CITY

# After the last check of the file and before the first entry ends.
AT = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
_LOCAL = re.compile(r"滨\w{0,8}〔20\d\d〕\d+号")


@pytest.fixture(scope="module")
def entries() -> tuple[KnowledgeEntry, ...]:
    return load_knowledge(load_city(BUILTIN_CITY), AT)


@pytest.fixture(scope="module")
def shown(entries: tuple[KnowledgeEntry, ...]) -> dict[str, EntryVersion]:
    return {entry.id: entry.current for entry in entries if entry.current is not None}


def test_city_has_published_entries_of_many_offices(entries: tuple[KnowledgeEntry, ...]) -> None:
    assert len(entries) >= 150
    assert len({entry.office_id for entry in entries}) >= 20
    assert {entry.state for entry in entries} == {EntryState.PUBLISHED}


def test_every_entry_is_fit_to_be_shown_as_it_stands(shown: dict[str, EntryVersion]) -> None:
    for entry_id, version in shown.items():
        words = words_of(version)
        assert tidy(words) == words, entry_id
        assert [*faults(words, day_of(AT)), *gaps(words, day_of(AT))] == [], entry_id


def test_every_answer_is_substantial_and_asked_in_several_ways(shown: dict[str, EntryVersion]) -> None:
    for entry_id, version in shown.items():
        assert 2 <= len(version.other_ways) <= 5, entry_id
        assert 80 <= len(version.answer) <= 400, entry_id
        assert "《" in version.basis, entry_id
        assert _LOCAL.fullmatch(version.document_number) or not version.document_number, entry_id
        assert version.checked_on.year == 2026, entry_id


def test_no_two_entries_ask_the_same(shown: dict[str, EntryVersion]) -> None:
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for entry_id, version in shown.items():
        for way in (version.question, *version.other_ways):
            asked[way].append(entry_id)
    assert {way: ids for way, ids in asked.items() if len(ids) > 1} == {}


def test_entries_hold_no_personal_data(shown: dict[str, EntryVersion]) -> None:
    finder = PersonalFinder()
    found = {entry_id: personal_in(version, finder) for entry_id, version in shown.items()}
    assert {entry_id: kinds for entry_id, kinds in found.items() if any(kinds.values())} == {}


def test_some_answers_differ_only_by_a_condition_that_can_be_asked_for(entries: tuple[KnowledgeEntry, ...]) -> None:
    families: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        conditions = entry.current.conditions if entry.current else ()
        cases = [one.value for one in conditions if one.facet is Facet.CASE]
        for one in conditions:
            if one.facet is not Facet.CASE and cases:
                families[entry.office_id, cases[0]].add(one.value)
    assert sum(len(values) > 1 for values in families.values()) >= 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN_CITY, tmp_path / "city"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows[0].update(office="nowhere"), "gongan-01.*nowhere"),
        (lambda rows: rows[1].update(id=rows[0]["id"]), "gongan-01.*twice"),
        (lambda rows: rows[0].update(basis=" "), "gongan-01.*basis"),
        (lambda rows: rows[0].update(colour="red"), "colour"),
        (lambda rows: rows[0].update(checked_on="soon"), "checked_on"),
    ],
)
def test_wrong_entry_is_named(folder: Path, change: Callable[[list[dict[str, Any]]], None], told: str) -> None:
    file = folder / FILE
    rows = json.loads(file.read_text(encoding="utf-8"))
    change(rows)
    file.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_knowledge(load_city(folder), AT)


def test_city_may_be_without_a_knowledge_base(folder: Path) -> None:
    (folder / FILE).unlink()
    assert load_knowledge(load_city(folder), AT) == ()
