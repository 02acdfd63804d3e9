"""What became of a notice (阅读统计), by area and by day, never by person. Pure.

Whoever reads official mail must not be watched: nothing here can say who opened what, and a group so small that its
figure would say it is shown together with others, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from msgspec import Struct

from minxin.core.places import Area
from minxin.mailbox.mail.tally import Act, Tally

LEAST: Final = 10  # readers of a group whose figure is shown
OTHERS: Final = "\0"
_PARTS: Final = "/"


class Group(Struct, frozen=True):
    """What became of the items of one area; ``area`` is empty for who told none, None for several small ones."""

    area: str | None
    delivered: int
    opened: int
    deleted: int


class Day(Struct, frozen=True):
    """How many were delivered, opened for the first time, and deleted on a day (Asia/Shanghai)."""

    day: date
    delivered: int
    opened: int
    deleted: int


class Figures(Struct, frozen=True):
    """The figures of a notice: all of it, by area with the largest first, and by day."""

    delivered: int
    opened: int
    deleted: int
    groups: tuple[Group, ...]
    days: tuple[Day, ...]


def area_name(area: Area) -> str:
    """Return the name under which an area's readers are counted."""
    return _PARTS.join(area)


def figures(tallies: Iterable[Tally], within: Area) -> Figures | None:
    """Return what is shown of the counts; None while fewer than :data:`LEAST` boxes have the notice.

    A notice to one district is told by its streets, any other by districts.
    """
    counts = list(tallies)
    total = _sums(counts)
    if total[Act.DELIVERED] < LEAST:
        return None
    by_group: dict[str, Counter[Act]] = {}
    for one in counts:
        by_group.setdefault(_group(one.area, within), Counter())[one.act] += one.count
    shown = (_gathered(by_group)).items()
    groups = [Group(None if name == OTHERS else name, *_acts(found)) for name, found in shown]
    days = sorted({one.day for one in counts})
    return Figures(
        *_acts(total),
        tuple(sorted(groups, key=lambda one: (one.area is None, -one.delivered, one.area or ""))),
        tuple(Day(day, *_acts(_sums(one for one in counts if one.day == day))) for day in days),
    )


def _group(area: str, within: Area) -> str:
    names = area.split(_PARTS) if area else []
    return _PARTS.join(names[: len(within) + 1]) if names else ""


def _gathered(groups: dict[str, Counter[Act]]) -> dict[str, Counter[Act]]:
    """Put small groups together until none could be told apart by taking the others off the whole."""
    kept, others = dict(groups), Counter[Act]()
    while kept:
        name = min(kept, key=lambda one: (kept[one][Act.DELIVERED], one))
        hidden = 0 < others[Act.DELIVERED] < LEAST
        if kept[name][Act.DELIVERED] >= LEAST and not hidden:
            break
        others.update(kept.pop(name))
    return kept | {OTHERS: others} if others[Act.DELIVERED] else kept


def _sums(tallies: Iterable[Tally]) -> Counter[Act]:
    found = Counter[Act]()
    for one in tallies:
        found[one.act] += one.count
    return found


def _acts(counts: Counter[Act]) -> tuple[int, int, int]:
    return counts[Act.DELIVERED], counts[Act.OPENED], counts[Act.DELETED]
