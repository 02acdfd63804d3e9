"""The table for inspections: every place and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (8\.1\.\d\S* [^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, str, str]]:
    found = _ROW.findall((ROOT / "docs" / "hardening.md").read_text(encoding="utf-8"))
    return [(clause.strip(), place, test) for clause, _, place, test in found]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_places_and_tests_of_a_requirement_exist(row: tuple[str, str, str]) -> None:
    _, place, test = row
    places, tests = _NAME.findall(place), _NAME.findall(test)
    assert places
    assert tests
    assert [name for name in places if not (ROOT / name).exists()] == []
    for name in tests:
        path, _, function = name.partition("::")
        assert path.startswith("tests/")
        assert re.search(rf"\bdef {function or 'test_'}", (ROOT / path).read_text(encoding="utf-8")), name


def test_the_table_covers_the_computing_environment() -> None:
    """8.1.4 is the chapter of the software itself; 8.1.4.6 is measured boot, which is the machine's."""
    covered = {clause.split()[0] for clause, _, _ in rows()}
    assert {f"8.1.4.{number}" for number in range(1, 12)} - covered == {"8.1.4.6"}
