"""Places from a CSV file (地名库导入): a city's districts, streets, communities, estates, roads and landmarks.

Columns: ``name``, ``type``, ``within`` (the chain of areas that it lies in, such as ``海晏区/鼓楼街道``) and, where
there are any, ``aliases`` (``别名甲|别名乙``). A file is taken as a whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from minxin.classifier.places.gazetteer import LEAST_NAME, MOST_NAME, Entry, folded_name
from minxin.core.errors import ConfigError
from minxin.core.places import Area, PlaceKind
from minxin.deploy.csv_text import csv_text

COLUMNS: Final = ("name", "type", "within")
MOST_ALIASES: Final = 10
# A type in our words or in the trade's.
TYPES: Final = {
    "区": PlaceKind.DISTRICT,
    "县": PlaceKind.DISTRICT,
    "街道": PlaceKind.STREET,
    "镇": PlaceKind.STREET,
    "乡": PlaceKind.STREET,
    "社区": PlaceKind.COMMUNITY,
    "村": PlaceKind.VILLAGE,
    "小区": PlaceKind.ESTATE,
    "道路": PlaceKind.ROAD,
    "地标": PlaceKind.LANDMARK,
    "学校": PlaceKind.SCHOOL,
    "医院": PlaceKind.HOSPITAL,
    "市场": PlaceKind.MARKET,
    "车站": PlaceKind.STATION,
    "河流": PlaceKind.RIVER,
    "公司": PlaceKind.COMPANY,
} | {kind.value: kind for kind in PlaceKind}
_DEPTH: Final = {PlaceKind.DISTRICT: 0, PlaceKind.STREET: 1}


class PlaceRows(Struct, frozen=True):
    """What a file holds; ``errors`` are line numbers (the header is 1) with a sentence in both languages."""

    entries: tuple[Entry, ...]
    errors: tuple[tuple[int, str], ...]


def read_places(path: Path, known: Iterable[Entry] = ()) -> PlaceRows:
    """Read a file of places; areas are those of ``known`` and of the file itself.

    Raises ``ConfigError`` for a file that can't be read or lacks a column.
    """
    reader = csv.DictReader(io.StringIO(csv_text(path), newline=""))
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ConfigError(f"{path}: column {', '.join(missing)} is missing / 缺少列")
        rows = [
            (reader.line_num, {name: (row.get(name) or "").strip() for name in (*COLUMNS, "aliases")}) for row in reader
        ]
    except csv.Error as error:
        raise ConfigError(f"{path}:{reader.line_num + 1}: not valid CSV / 不是有效的 CSV") from error
    return _checked(rows, known)


def load_places(path: Path) -> tuple[Entry, ...]:
    """Return the places that come with a city; raises ``ConfigError`` that names the first wrong line."""
    if not path.exists():
        return ()
    read = read_places(path)
    for line, what in read.errors:
        raise ConfigError(f"{path}:{line}: {what}")
    return read.entries


def _checked(rows: list[tuple[int, dict[str, str]]], known: Iterable[Entry]) -> PlaceRows:
    areas = {entry.area for entry in known if entry.kind in (*_DEPTH, PlaceKind.COMMUNITY, PlaceKind.VILLAGE)}
    areas |= {_entry(row).area for _, row in rows if TYPES.get(row["type"]) in (*_DEPTH, PlaceKind.COMMUNITY)}
    entries: dict[tuple[str, Area], Entry] = {}
    errors = []
    for line, row in rows:
        fault = _fault(row, areas)
        if not fault and (row["name"], _area(row["within"])) in entries:
            fault = f"{row['name']} stands twice in this area / 同一区域内重复"
        if fault:
            errors.append((line, fault))
        else:
            entry = _entry(row)
            entries[entry.name, entry.within] = entry
    return PlaceRows(tuple(entries.values()), tuple(errors))


def _fault(row: dict[str, str], areas: set[Area]) -> str:
    """Return what is wrong with a row, or nothing."""
    kind = TYPES.get(row["type"])
    if kind is None:
        return f"type {row['type']!r} is none of {', '.join(PlaceKind)} / 类别不在其中"
    aliases = _aliases(row["aliases"])
    for name in (row["name"], *aliases):
        if not LEAST_NAME <= len(folded_name(name)) <= MOST_NAME or not any(one.isalnum() for one in name):
            return f"name {name!r} must have {LEAST_NAME} to {MOST_NAME} characters / 名称须为 2 至 30 个字"
    if len(aliases) > MOST_ALIASES:
        return f"more than {MOST_ALIASES} aliases / 别名超过 {MOST_ALIASES} 个"
    return _area_fault(kind, _area(row["within"]), areas)


def _area_fault(kind: PlaceKind, within: Area, areas: set[Area]) -> str:
    wanted = _DEPTH.get(kind)
    if wanted is not None and len(within) != wanted:
        return f"a {kind.value} lies in a chain of {wanted}, not {'/'.join(within)!r} / 所属区域层级不对"
    if wanted is None and not within:
        return "within is empty: where does it lie? / 未填所属区域"
    if within and within not in areas:
        return f"there is no area {'/'.join(within)!r} / 没有这个区域"
    return ""


def _entry(row: dict[str, str]) -> Entry:
    return Entry(row["name"], TYPES[row["type"]], _area(row["within"]), _aliases(row["aliases"]))


def _area(text: str) -> Area:
    return tuple(part.strip() for part in text.split("/") if part.strip())


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
