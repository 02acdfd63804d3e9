"""Boxes as those see them who look after them (``mailbox.boxoffice.ports.BoxOfficeReads``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest, page_size
from minxin.mailbox.boxoffice.ports import BoxUse, BoxWish
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.paging import Order, all_records, page_of
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import BOXES

_BY_ADDRESS: Final = Order(("address", "id"), (str, str))
_USED: Final = "coalesce((SELECT used FROM usages WHERE key = '{}' || boxes.id), 0)"
_MAIL: Final = _USED.format(mail_usage(""))
_DISK: Final = _USED.format(usage_key(""))
_MOST: Final = f"coalesce(mail_quota, CASE kind {' '.join(f'WHEN {one.value!r} THEN ?' for one in BoxKind)} END)"
_NAMED: Final = "id IN (SELECT box_id FROM box_addresses WHERE instr(box_addresses.id, ?) > 0)"


class SqliteBoxOffice:
    """Answers the named queries about boxes without looking into them."""

    reader: Reader

    async def find_boxes(self, wish: BoxWish, quotas: Mapping[BoxKind, int], page: PageRequest) -> Page[BoxUse]:
        return await self.reader.read(lambda db: _find(db, wish, quotas, page))

    async def ending_boxes(self, now: datetime, limit: int) -> list[Box]:
        where = "ends_at <= ? ORDER BY ends_at, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, BOXES, where, micros(now), limit))


def _find(
    connection: sqlite3.Connection, wish: BoxWish, quotas: Mapping[BoxKind, int], page: PageRequest
) -> Page[BoxUse]:
    after, place = _BY_ADDRESS.after(page)
    size = page_size(page)
    where, values = _conditions(wish, quotas)
    query = f"""SELECT address, id, {_MAIL}, {_DISK}, body FROM boxes
        WHERE {" AND ".join([*where, after])} ORDER BY {_BY_ADDRESS.by()} LIMIT ?"""  # noqa: S608
    rows = connection.execute(query, (*values, *place, size + 1)).fetchall()
    return page_of(rows, size, _BY_ADDRESS, lambda row: BoxUse(BOXES.record(row[4]), row[2], row[3]))


def _conditions(wish: BoxWish, quotas: Mapping[BoxKind, int]) -> tuple[list[str], list[SqlValue]]:
    where: list[str] = []
    values: list[SqlValue] = []
    if wish.words:
        where.append(_NAMED)
        values.append(wish.words.lower())
    for column, wanted in (("kind", wish.kind), ("state", wish.state)):
        if wanted is not None:
            where.append(f"{column} = ?")
            values.append(wanted.value)
    if wish.percent:
        where.append(f"{_MAIL} * 100 >= ? * {_MOST}")
        values += [wish.percent, *(quotas[one] for one in BoxKind)]
    return where, values
