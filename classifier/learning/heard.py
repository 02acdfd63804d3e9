"""Lessons that are heard (听课): which ones the lines go through, and which still wait for it.

An encoder takes some thirty milliseconds for a text, and after a restart all lessons come at once. So a lesson waits
until it is listened to, and of each office only so many are heard: more of them tell the lines next to nothing. Which
ones depends on their names alone, so that the same lessons in any order come to the same.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.lines import Lines
from minxin.core.errors import UnavailableError

MOST_AN_OFFICE = 200
AT_ONCE = 16  # lessons; half a second of listening

Row = NDArray[np.float64]
Read = Callable[[str], Row]


class HeardLessons:
    """The lines through the lessons that were listened to; ``read`` says what a text is about.

    While it raises ``UnavailableError``, lessons wait until they are heard, and those that go until they are taken out.
    """

    def __init__(self, offices: int, read: Read) -> None:
        self._read = read
        self._lines = Lines(offices)
        self._lessons: dict[str, tuple[Lesson, int]] = {}
        self._order: list[list[tuple[bytes, str]]] = [[] for _ in range(offices)]
        self._waiting: dict[str, None] = {}
        self._leaving: list[tuple[Lesson, int]] = []

    def keep(self, lesson: Lesson, column: int) -> None:
        """Take in a lesson on a letter of the office in this column."""
        self._lessons[lesson.id] = (lesson, column)
        order, place = self._order[column], _place(lesson.id)
        insort(order, place)
        if order.index(place) < MOST_AN_OFFICE:
            self._waiting[lesson.id] = None
            if len(order) > MOST_AN_OFFICE:
                self._put_away(order[MOST_AN_OFFICE][1])

    def drop(self, lesson_id: str) -> None:
        """Forget a lesson that was taken in; another may be heard in its place."""
        order, place = self._order[self._lessons[lesson_id][1]], _place(lesson_id)
        number = bisect_left(order, place)
        if number < MOST_AN_OFFICE:
            self._put_away(lesson_id)
            if len(order) > MOST_AN_OFFICE:
                self._waiting[order[MOST_AN_OFFICE][1]] = None
        del order[number]
        del self._lessons[lesson_id]

    def listen(self) -> bool:
        """Hear some lessons that wait, and take out those that go; False when there were none, or it can't be done."""
        taken = list(islice(self._waiting, AT_ONCE))
        leaving = self._leaving[:AT_ONCE]
        try:
            self._count([self._lessons[lesson_id] for lesson_id in taken], 1)
            for lesson_id in taken:
                del self._waiting[lesson_id]
            self._count(leaving, -1)
            del self._leaving[: len(leaving)]
        except UnavailableError:
            return False
        return bool(taken or leaving)

    def scores(self, row: Row) -> Row:
        """Return what the lessons that were heard say of a text that is read as ``row``."""
        return self._lines.scores(row)

    def without(self, row: Row, lesson_id: str) -> Row:
        """Return what :meth:`scores` would say of a lesson's text without that lesson."""
        if not self._is_heard(lesson_id):
            return self._lines.scores(row)
        lesson, column = self._lessons[lesson_id]
        return self._lines.without(row, column, lesson.weight)

    def _is_heard(self, lesson_id: str) -> bool:
        if lesson_id not in self._lessons or lesson_id in self._waiting:
            return False
        order = self._order[self._lessons[lesson_id][1]]
        return bisect_left(order, _place(lesson_id)) < MOST_AN_OFFICE

    def _put_away(self, lesson_id: str) -> None:
        if lesson_id in self._waiting:
            del self._waiting[lesson_id]
            return
        leaving = [self._lessons[lesson_id]]
        try:
            self._count(leaving, -1)
        except UnavailableError:
            self._leaving += leaving

    def _count(self, lessons: list[tuple[Lesson, int]], sign: int) -> None:
        if not lessons:
            return
        rows = np.stack([self._read(lesson.text) for lesson, _ in lessons])
        columns = np.array([column for _, column in lessons], dtype=np.int64)
        weights = np.array([sign * lesson.weight for lesson, _ in lessons], dtype=np.float64)
        self._lines.count(rows, columns, weights)


def _place(lesson_id: str) -> tuple[bytes, str]:
    return hashlib.sha256(lesson_id.encode("utf-8", "surrogatepass")).digest()[:8], lesson_id
