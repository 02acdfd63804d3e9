"""Like letters and hot issues (``consult.alike_ports.AlikeReads``)."""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from minxin.consult.alike_records import HotIssue
from minxin.consult.records import Letter, PublicCopy
from minxin.core.paging import Page, PageRequest
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, record_page
from minxin.store.sqlite.readers import Reader, one_view
from minxin.store.sqlite.tables import HOT_ISSUES, LETTERS, PUBLIC_COPIES

OF_A_MARK: Final = 200  # letters; what more of them have tells little, and the newest matter most
# Before a letter has a work order nobody has judged whether it must be sealed.
_JUDGED: Final = "sealed = 0 AND EXISTS (SELECT 1 FROM work_orders WHERE letter_id = letters.id)"
_NEWEST_LETTER: Final = Order(("received_at", "id"), (int, str), descending=True)


class SqliteAlike:
    """Answers the named queries about like letters and hot issues."""

    reader: Reader

    async def letters_to_mark(self, limit: int) -> list[Letter]:
        where = f"marked = 0 AND {_JUDGED} ORDER BY received_at DESC LIMIT ?"
        # Left to itself the planner takes the index of all letters, and reads each that has its marks.
        return await self.reader.read(lambda db: all_records(db, LETTERS, where, limit, index="letters_to_mark"))

    async def letters_marked(self, marks: Sequence[int], limit: int) -> list[str]:
        return await self.reader.read(lambda db: _marked(db, marks, limit))

    async def letters_within(self, start: datetime, end: datetime, page: PageRequest) -> Page[Letter]:
        where, values = f"{_JUDGED} AND received_at >= ? AND received_at < ?", (micros(start), micros(end))
        return await self.reader.read(lambda db: record_page(db, LETTERS, where, values, _NEWEST_LETTER, page))

    async def published_among(self, letter_ids: Sequence[str]) -> list[PublicCopy]:
        where = f"state = 'published' AND id IN ({', '.join('?' * len(letter_ids))})"
        return await self.reader.read(lambda db: all_records(db, PUBLIC_COPIES, where, *letter_ids))

    async def hot_issues(self) -> list[HotIssue]:
        return await self.reader.read(lambda db: all_records(db, HOT_ISSUES, "current = 1 ORDER BY heat DESC, id"))


def _marked(connection: sqlite3.Connection, marks: Sequence[int], limit: int) -> list[str]:
    with one_view(connection):
        weights: defaultdict[int, float] = defaultdict(float)
        for mark in marks:
            found = connection.execute(
                "SELECT row FROM mark_index WHERE mark = ? ORDER BY row DESC LIMIT ?", (mark, OF_A_MARK)
            ).fetchall()
            weight = math.log(1 + OF_A_MARK / max(1, len(found)))
            for (row,) in found:
                weights[row] += weight
        best = [row for row, _ in sorted(weights.items(), key=lambda one: (-one[1], -one[0]))[:limit]]
        places = ", ".join("?" * len(best))
        rows = connection.execute(f"SELECT row, id FROM letter_marks WHERE row IN ({places})", best)  # noqa: S608
        ids = dict(rows.fetchall())
    return [ids[row] for row in best]
