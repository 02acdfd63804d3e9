"""The points of a letter (诉求点): each matter that its writer wants something done about, or wants to know.

Background, greetings, thanks, signatures and what happened before are no points; one matter told in several sentences
is one, and so is one that is asked for again at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from minxin.classifier.points.pieces import After, Mark, Unit, names_new_topic, topics_in, units_of
from minxin.classifier.points.roles import BESIDE, MATTERS, Role, role_of
from minxin.classifier.points.titles import LOOSE, title_of
from minxin.classifier.points.wording import wording
from minxin.classifier.text import Folded, fold
from minxin.core.judgement import Point, PointKind, judged_text

MOST_POINTS: Final = 20
_SAME: Final = 0.6  # share of a group's pairs of characters that stood in an earlier one: the same matter told again
_SAME_ITEM: Final = 0.8  # items of a list share words with each other
_WHOLE: Final = 11  # characters; a shorter question follows up the one before
_TELLS: Final = 6  # characters; less tells of nothing
_ASKS: Final = re.compile(" ?(?:请|要求|希望|恳请|建议|望|求)")
_KINDS: Final = {Role.REQUEST: PointKind.REQUEST, Role.QUESTION: PointKind.QUESTION}


@dataclass
class _Group:
    units: list[Unit]
    kind: Role
    item: bool
    topics: frozenset[str] = frozenset()
    pairs: set[str] = field(default_factory=set)

    def take(self, unit: Unit) -> None:
        self.units.append(unit)
        self.topics |= topics_in(unit.text)
        self.pairs |= _pairs(unit.text)


def find_points(subject: str, body: str) -> tuple[Point, ...]:
    """Return the points of a letter in the order of the text; any text has an answer, and linear time.

    Offsets point into ``core.judgement.judged_text``. Only the beginning of a text that is too long to be a letter is
    read (``classifier.text.MAX_JUDGED_CHARS``).
    """
    original = judged_text(subject, body)
    return points_of(original, fold(original))


def points_of(original: str, folded: Folded) -> tuple[Point, ...]:
    """Return the points of a judged text that is folded already."""
    subject_end = folded.text.find("\n") if "\n" in folded.text else len(folded.text)
    units = units_of(original, folded)
    inside = [unit for unit in units if unit.start > subject_end]
    groups = _grouped(inside) or _fallback(inside, [unit for unit in units if unit.start <= subject_end])
    return tuple(_point(original, folded, group) for group in groups[:MOST_POINTS])


def _grouped(units: list[Unit]) -> list[_Group]:
    groups: list[_Group] = []
    waiting: list[Unit] = []  # what no word marks as a matter, and may be the beginning of one
    roles = [role_of(unit) for unit in units]
    listed = _is_list(units, roles)
    for unit, found in zip(units, roles, strict=True):
        item = listed and unit.mark is Mark.ITEM
        if item and not any(group.item for group in groups):
            groups, waiting = [], []  # what stands before a list announces it
        opens = found is Role.HISTORY and not groups and wording().problem.search(unit.text)
        role = Role.PROBLEM if opens else found
        if role in BESIDE and not (item and role is not Role.NOISE):
            continue
        if groups and not _begins(groups[-1], unit, role):
            groups[-1].take(unit)
        elif role in MATTERS or item:
            groups.append(_group((*waiting, unit), Role.PROBLEM if waiting else role, item))
            waiting = []
        elif not groups:
            waiting.append(unit)
    return _without_repeats(groups)


def _is_list(units: list[Unit], roles: list[Role]) -> bool:
    """Say whether the letter's list is one of matters, and not of papers or of what happened when."""
    items = [role in MATTERS for unit, role in zip(units, roles, strict=True) if unit.mark is Mark.ITEM]
    return len(items) > 1 and sum(items) * 2 >= len(items)


def _group(units: Iterable[Unit], kind: Role, item: bool = False) -> _Group:
    group = _Group([], kind, item)
    for unit in units:
        group.take(unit)
    return group


def _begins(group: _Group, unit: Unit, role: Role) -> bool:
    """Say whether a unit begins a new matter after the group."""
    if unit.mark is not Mark.NONE:
        return True
    if role not in MATTERS:
        return False
    if group.item and unit.after is not After.LINE:
        return False
    if group.kind is Role.QUESTION:
        return _begins_after_question(group, unit, role)
    if role is Role.REQUEST and group.kind is Role.PROBLEM and _ASKS.match(unit.text):
        return False
    return bool(group.topics) and names_new_topic(unit.text, group.topics)


def _begins_after_question(group: _Group, unit: Unit, role: Role) -> bool:
    if role is Role.REQUEST:
        return True
    text = "".join(filter(str.isalnum, unit.text))
    if wording().consequence.search(unit.text) or len(text) < _WHOLE:
        return False
    return role is Role.PROBLEM or not group.pairs & _pairs(unit.text)


def _fallback(body: list[Unit], subject: list[Unit]) -> list[_Group]:
    """Return the one matter of a letter without any word for it: its plain sentences, or else its subject."""
    if any(wording().praise.search(unit.text) for unit in body):
        return []
    told = [unit for unit in body if role_of(unit) in (Role.OTHER, Role.HISTORY)]
    if sum(sum(map(str.isalnum, unit.text)) for unit in told) >= _TELLS:
        return [_group(told, Role.PROBLEM)]
    named = [unit for unit in subject if role_of(unit) in MATTERS]
    return [_group(named[:1], role_of(named[0]))] if named else []


def _without_repeats(groups: list[_Group]) -> list[_Group]:
    kept: list[_Group] = []
    for group in groups:
        same = (_SAME_ITEM if group.item else _SAME) * len(group.pairs)
        if not any(len(group.pairs & one.pairs) >= same for one in kept):
            kept.append(group)
    return kept


def _pairs(text: str) -> set[str]:
    plain = "".join(filter(str.isalnum, text))
    return {first + second for first, second in zip(plain, plain[1:], strict=False)}


def _point(original: str, folded: Folded, group: _Group) -> Point:
    first, last = group.units[0].start, group.units[-1].end
    start, end = folded.original_span(first, last)
    text = original[start:end]
    start, end = end - len(text.lstrip(LOOSE)), start + len(text.rstrip(LOOSE))
    title = title_of(original, folded, first, last)
    return Point(start, end, title, _KINDS.get(group.kind, PointKind.COMPLAINT))
