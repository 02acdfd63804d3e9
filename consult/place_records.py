"""The records of places (地名) that people taught."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from minxin.core.changes import Record
from minxin.core.places import Area, PlaceKind


class PlaceSource(StrEnum):
    """Who said where a place lies."""

    LIST = "list"  # 导入的地名表
    CLERK = "clerk"  # 受理员


class KnownPlace(Record, frozen=True, kw_only=True):
    """A place with the area that it lies in (地名); its id is made of both, so that saying it twice is the same.

    ``by`` and ``at`` tell the last word on it; one that was ``taken_back`` is no place any more.
    """

    name: str
    kind: PlaceKind
    within: Area
    source: PlaceSource
    by: str
    at: datetime
    aliases: tuple[str, ...] = ()
    taken_back: bool = False
