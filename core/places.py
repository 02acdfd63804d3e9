"""Places (地点): the kinds of them, what was found in a letter, and the rule that chose the competent office by it.

An area (辖区) is a chain of names from the district down: ``("海晏区", "鼓楼街道", "文庙社区")``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

Area = tuple[str, ...]

STREET_DEPTH: Final = 2  # district, street: what is needed to know a street office
IN_PLACE_FIELD: Final = -1


class Level(StrEnum):
    """The levels that offices stand in (层级), from the top."""

    CITY = "city"  # 市
    DISTRICT = "district"  # 区、县
    STREET = "street"  # 街道、镇
    COMMUNITY = "community"  # 社区、村


class PlaceKind(StrEnum):
    """What a name stands for (地名类别)."""

    DISTRICT = "district"  # 区、县
    STREET = "street"  # 街道、镇
    COMMUNITY = "community"  # 社区
    VILLAGE = "village"  # 村
    ESTATE = "estate"  # 小区
    ROAD = "road"  # 道路
    LANDMARK = "landmark"  # 地标
    SCHOOL = "school"  # 学校
    HOSPITAL = "hospital"  # 医院
    MARKET = "market"  # 市场
    STATION = "station"  # 车站
    RIVER = "river"  # 河流
    COMPANY = "company"  # 公司、物业


class Place(Struct, frozen=True):
    """A place or organisation that a letter names.

    ``start`` and ``end`` are character offsets into ``judged_text``, both :data:`IN_PLACE_FIELD` when it stands in the
    letter's place field. ``area`` is what is certain of where it lies, ``choices`` are all the areas of a name that
    stands for several places. Not ``known`` means that only its ending told.
    """

    start: int
    end: int
    text: str
    name: str
    kind: PlaceKind
    area: Area
    choices: tuple[Area, ...] = ()
    known: bool = True


class Competence(Struct, frozen=True):
    """The rule that decided which office is competent (管辖规则), told in both languages.

    ``place`` is the name that told where, empty when none did. ``words`` are the letter's own that told the matter.
    """

    rule: str
    level: Level
    zh: str
    en: str
    place: str = ""
    area: Area = ()
    words: tuple[str, ...] = ()
