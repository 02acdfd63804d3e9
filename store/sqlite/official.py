"""Official mail: notices, whom they reach, and what was counted of them (``mailbox.official.ports.OfficialReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.core.places import STREET_DEPTH, Area
from minxin.mailbox.boxes import WITH_BOX
from minxin.mailbox.mail.tally import Tally, read_tally, tally_prefix
from minxin.mailbox.official.records import OfficialNotice
from minxin.mailbox.records import Account
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.paging import Order, all_records, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import ACCOUNTS, OFFICIAL_NOTICES

_NEWEST: Final = Order(("written_at", "id"), (int, str), descending=True)
_STATES: Final = ", ".join(f"'{state.value}'" for state in WITH_BOX)
# The signs before the columns keep the index by state away, which has not the order of the ids.
_WALKED: Final = f"+citizen = 1 AND +state IN ({_STATES}) AND +created_at <= ?"
_COUNTED: Final = f"citizen = 1 AND state IN ({_STATES}) AND created_at <= ?"


class SqliteOfficial:
    """Answers the named queries about official mail."""

    reader: Reader

    async def official_notices(self, office_id: str | None, page: PageRequest) -> Page[OfficialNotice]:
        where, values = ("office_id = ?", (office_id,)) if office_id is not None else ("1", ())
        return await self.reader.read(lambda db: record_page(db, OFFICIAL_NOTICES, where, values, _NEWEST, page))

    async def citizens_in(self, area: Area, before: datetime, after: str, limit: int) -> list[Account]:
        within, values = _within(area)
        where, values = f"{_WALKED}{within} AND id > ? ORDER BY id LIMIT ?", (micros(before), *values, after, limit)
        return await self.reader.read(lambda db: all_records(db, ACCOUNTS, where, *values))

    async def count_citizens_in(self, area: Area, before: datetime) -> int:
        within, values = _within(area)
        query = f"SELECT COUNT(*) FROM accounts WHERE {_WALKED if area else _COUNTED}{within}"  # noqa: S608
        row = await self.reader.read(lambda db: db.execute(query, (micros(before), *values)).fetchone())
        return int(row[0])

    async def tallies(self, notice_id: str) -> list[Tally]:
        prefix = tally_prefix(notice_id)
        # The sign after the colon ends the range.
        span = (prefix, f"{prefix[:-1]};")
        query = "SELECT key, used FROM usages WHERE key >= ? AND key < ? ORDER BY key"
        rows = await self.reader.read(lambda db: db.execute(query, span).fetchall())
        return [read_tally(key, used) for key, used in rows]


def _within(area: Area) -> tuple[str, tuple[SqlValue, ...]]:
    columns = ("district", "street")[: min(len(area), STREET_DEPTH)]
    return "".join(f" AND {column} = ?" for column in columns), tuple(area[:STREET_DEPTH])
