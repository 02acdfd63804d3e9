"""The part of an address that leads to a door (门牌): house, building, unit, floor, room.

Streets and estates stay: without them nobody knows what the letter is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minxin.core.personal import Certainty, Personal, PersonalSpan

_HAN: Final = "一二三四五六七八九十百零〇"
_N: Final = rf"(?:[0-9]{{1,5}}|[{_HAN}]{{1,5}}|[甲乙丙丁])"
_AN: Final = rf"(?:[A-Z]{{0,2}}-?[0-9]{{1,5}}|[{_HAN}]{{1,5}}|[A-Z]|[甲乙丙丁])"
_FIRST: Final = rf"(?<![A-Z0-9{_HAN}第年月日点])"
_BUILDING: Final = (
    rf"(?:{_AN} ?(?:(?:栋|幢)(?![高大旧老新]?(?:楼(?![下上顶道里])|房|别墅|建筑|住房))|号楼|#楼|# ?(?=[0-9])|号院)"
    r"|[A-Z0-9]{1,3} ?座(?![车公桥山楼城房位大小新]|以))"
)
_UNIT: Final = rf"{_N} ?(?:单元|门(?=[0-9]|{_N}(?:室|楼)))"
_DOOR: Final = (
    rf"{_N} ?(?:楼|层)(?:{_N} ?(?:室|号|户)|[东西南北中左右]户)?"
    rf"|{_AN}(?:-[0-9]{{1,5}})? ?(?:室|号房|房|户)|{_N} ?号(?![线楼])"
    r"|顶楼|底楼|车库|[0-9]{3,4}(?![0-9]|年|元|平|米|人|户|[.])"
)
_AFTER_STREET: Final = (
    r"(?<=[坪塘坡岭冲口湾屯庄寨到至路段街巷弄道里村坊苑园区组墩胡同港社桥站])"
    rf"(?:{_AN} ?弄 ?)?{_N}(?:-[0-9]{{1,4}})? ?号(?![线文令楼召码称])"
    rf"(?:院)?(?:附{_N}号)?"
)
_RULES: Final = tuple(
    (certainty, rule, re.compile(pattern))
    for certainty, rule, pattern in (
        (
            Certainty.CERTAIN,
            "address.door",
            rf"(?:{_AFTER_STREET} ?)?{_FIRST}(?:{_BUILDING} ?(?:{_UNIT} ?)?|{_UNIT} ?)(?:{_DOOR})",
        ),
        (
            Certainty.LIKELY,
            "address.building",
            rf"(?:{_AFTER_STREET} ?)?{_FIRST}(?:{_BUILDING} ?(?:{_UNIT})?|{_UNIT})(?![车台部辆])",
        ),
        (
            Certainty.LIKELY,
            "address.house",
            rf"{_AFTER_STREET}(?: ?{_AN}舍)?(?: ?[一-鿿]{{0,4}}[0-9]{{3,4}}(?![0-9]))?",
        ),
        (
            Certainty.LIKELY,
            "address.dashed",
            r"(?<![A-Za-z0-9.\-])[A-Z]?[0-9]{1,2}(?:-[0-9]{1,2}){1,2}-[0-9]{2,4}(?![0-9\-])(?!年|月|日)",
        ),
        (Certainty.SUSPECTED, "address.dashed", r"(?<![A-Za-z0-9.\-])[1-9][0-9]?-[0-9]{3,4}(?= ?[一-鿿]{2,4}(?:\n|$))"),
        (Certainty.LIKELY, "address.floor", rf"{_FIRST}{_N}楼 ?[0-9]{{3,4}}(?![0-9元])|[甲乙丙丁][0-9]{{1,4}}号"),
        (Certainty.LIKELY, "address.room", r"(?<![A-Z0-9.])(?:[A-Z][0-9]?-)?[0-9]{3,4}(?:室|号房)"),
        (
            Certainty.SUSPECTED,
            "address.room",
            r"(?<![A-Z0-9.])[1-9][0-9]{0,1}(?!00)[0-9]{2}(?=户主|业主|住户|租户|房东|的?邻居|出租)",
        ),
        (Certainty.SUSPECTED, "address.room", r"(?<=楼上)[0-9]{3,4}(?![0-9元年个])|(?<=楼下)[0-9]{3,4}(?![0-9元年个])"),
        (
            Certainty.LIKELY,
            "address.english",
            r"(?i:\b(?:room|flat|apt\.?|unit) [A-Z]?[0-9]{1,5}(?:, ?building [0-9A-Z]{1,4})?|\bbuilding [0-9]{1,4}\b)",
        ),
    )
)
_COUNT: Final = re.compile(r"(?:[0-9]{1,3}|[一二三四五六七八九十两]{1,2}) ?[栋幢座]")
_COUNTED: Final = re.compile("[这共有建了盖拆塌各]|[村镇](?=[0-9]{1,3} ?座)")
_COUNTED_AFTER: Final = re.compile("[，,]?(?:共|占地|楼(?![上下道顶里])|建筑)|安全")
_PLACES_NOT_HOMES: Final = re.compile(
    r"窗口|车|组|又[0-9]|一直|为止|上午|下午|晚上|早上|左右|号线|路公交|站台|高速|国道|省道|航站|出口|令第|文件"
)


def find_addresses(view: str) -> Iterator[PersonalSpan]:
    """Yield the parts of addresses that lead to a door."""
    for certainty, rule, pattern in _RULES:
        for found in pattern.finditer(view):
            if not _PLACES_NOT_HOMES.match(view, found.end()) and not _is_count(view, found):
                yield PersonalSpan(found.start(), found.end(), Personal.ADDRESS, certainty, rule)


def _is_count(view: str, found: re.Match[str]) -> bool:
    """Say whether it tells how many houses there are, and not which: 建了三栋, 一栋家属楼."""
    if _COUNT.fullmatch(found[0]) is None:
        return False
    counted = found.start() > 0 and _COUNTED.match(view, found.start() - 1) is not None
    return counted or found[0][0] == "一" or _COUNTED_AFTER.match(view, found.end()) is not None
