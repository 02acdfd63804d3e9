"""A file of places is read as a whole, and every wrong line is told with its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from minxin.classifier.places.gazetteer import Entry
from minxin.core.errors import ConfigError
from minxin.core.places import PlaceKind
from minxin.deploy.place_files import load_places, read_places

HEADER = "name,type,within,aliases\n"
AREAS = "北区,district,,\n鼓楼街道,街道,北区,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "places.csv"


def test_types_may_stand_in_the_trade_s_words_and_aliases_beside(file: Path) -> None:
    file.write_text(HEADER + AREAS + "文庙小区,小区,北区/鼓楼街道,文庙苑|文庙里\n", encoding="utf-8-sig")
    read = read_places(file)
    assert read.errors == ()
    assert read.entries[2] == Entry("文庙小区", PlaceKind.ESTATE, ("北区", "鼓楼街道"), ("文庙苑", "文庙里"))


def test_file_in_the_old_encoding_is_read(file: Path) -> None:
    file.write_text(HEADER + AREAS, encoding="gb18030")
    assert [entry.name for entry in read_places(file).entries] == ["北区", "鼓楼街道"]


def test_areas_may_be_known_before(file: Path) -> None:
    file.write_text(HEADER + "文庙街,road,北区/鼓楼街道,\n", encoding="utf-8")
    assert read_places(file).errors[0][0] == 2
    known = [Entry("鼓楼街道", PlaceKind.STREET, ("北区",))]
    assert read_places(file, known).errors == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("文庙街,lane,北区/鼓楼街道,", "type 'lane'"),
        ("街,road,北区/鼓楼街道,", "name '街'"),
        ("——,road,北区/鼓楼街道,", "name '——'"),
        ("文庙街,road,北区/鼓楼街道,文", "name '文'"),
        (f"{'长' * 31},road,北区/鼓楼街道,", "2 至 30"),
        ("文庙街,road,,", "未填所属区域"),
        ("文庙街,road,西区,", "there is no area '西区'"),
        ("南门街道,street,北区/鼓楼街道,", "a street lies in a chain of 1"),
        ("南区,district,北区,", "a district lies in a chain of 0"),
        ("鼓楼街道,street,北区,", "twice"),
        ("文庙街,road,北区/鼓楼街道," + "|".join(f"别名{n}" for n in range(11)), "aliases"),
    ],
)
def test_wrong_line_is_named_with_its_reason(file: Path, line: str, told: str) -> None:
    file.write_text(HEADER + AREAS + line + "\n", encoding="utf-8")
    ((number, reason),) = read_places(file).errors
    assert number == 4
    assert told in reason
    with pytest.raises(ConfigError, match=r"places\.csv:4: "):
        load_places(file)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"name,type\n", "column within is missing"),
        (b"", "column name, type, within is missing"),
        (b"\xff\xff\xff", "neither UTF-8 nor GB 18030"),
    ],
)
def test_file_that_can_t_be_used_is_refused_as_a_whole(file: Path, data: bytes, told: str) -> None:
    file.write_bytes(data)
    with pytest.raises(ConfigError, match=told):
        read_places(file)


def test_field_that_never_ends_is_refused(file: Path) -> None:
    file.write_text(HEADER + AREAS + '"' + "长" * 2_000, encoding="utf-8")
    limit = csv.field_size_limit(1_000)
    try:
        with pytest.raises(ConfigError, match=r"places\.csv:4: not valid CSV"):
            read_places(file)
    finally:
        csv.field_size_limit(limit)


def test_missing_file_is_told_and_a_city_may_be_without_one(file: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        read_places(file)
    assert load_places(file) == ()
