"""The formulas of the figures as people read them (统计口径): data with an id and a version, shown beside every figure.

What each formula counts is code in ``consult/figures.py``; a change there raises the version here.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct


class FormulaId(StrEnum):
    """The figures that the manager's page shows, in the order of its columns."""

    TIMELY_SIGNING = "timely_signing"  # 及时签收率
    CLOSING = "closing"  # 办结率
    TIMELY_CLOSING = "timely_closing"  # 按期办结率
    HANDLING_HOURS = "handling_hours"  # 平均办理时长
    SATISFACTION = "satisfaction"  # 满意率
    RATED = "rated"  # 参评率
    RETURNS = "returns"  # 回退率
    REDOS = "redos"  # 重办率


class Counted(StrEnum):
    """What a formula counts."""

    ORDERS = "orders"  # 工单
    TURNS = "turns"  # 派单


class Unit(StrEnum):
    """What a figure's value is."""

    RATE = "rate"  # 0 to 1
    HOURS = "hours"  # office hours, median


class Formula(Struct, frozen=True, forbid_unknown_fields=True):
    """One formula in words, in force from ``valid_from``."""

    id: FormulaId
    version: int
    of: Counted
    unit: Unit
    valid_from: date
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str

    def name(self, language: str) -> str:
        """Return its name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    def text(self, language: str) -> str:
        """Return what it counts, in ``zh`` or ``en``."""
        return self.text_zh if language == "zh" else self.text_en


_decoder = msgspec.json.Decoder(list[Formula])


_FILE: Final = Path(__file__).with_name("formulas.json")


@cache
def formulas() -> dict[FormulaId, Formula]:
    """Return the formulas by id, in the order of :class:`FormulaId`."""
    found = {formula.id: formula for formula in _decoder.decode(_FILE.read_bytes())}
    return {formula_id: found[formula_id] for formula_id in FormulaId}
