"""What is looked after in boxes night by night (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from minxin.core.changes import Changes
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.filling import LEVELS
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.ports import Drift, FilledBox
from minxin.mailbox.mail.records import BoxKind, BoxState, OldMessage
from minxin.mailbox.records import Account, AccountState
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import ACCOUNTS, BOXES, MAIL_CONTENTS, MAIL_TEXTS, OLD_MESSAGES
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_DUE: Final = " OR ".join(
    f"(warned < {level} AND used * 100 >= {level} * most) OR (warned >= {level} AND used * 100 < {under} * most)"
    for level, under in LEVELS
)
_FILLED: Final = f"""SELECT body, used, most FROM (
    SELECT body, warned, used, coalesce(mail_quota, ?) AS most FROM boxes JOIN usages ON key = '{mail_usage("")}' || id
    WHERE kind = ? AND state = '{BoxState.OPEN}') WHERE {_DUE}"""  # noqa: S608
_SEEN: Final = """UPDATE loose_contents SET since = ?
    WHERE content_id IN (SELECT content_id FROM loose_contents WHERE since IS NULL LIMIT ?)"""
_TO_GO: Final = """SELECT content_id, EXISTS (SELECT 1 FROM mail_items WHERE mail_items.content_id = loose.content_id)
    OR EXISTS (SELECT 1 FROM outgoing_mail WHERE outgoing_mail.content_id = loose.content_id)
    FROM loose_contents AS loose WHERE since <= ? LIMIT ?"""
# The index of accounts holds all that is asked before a record is read.
_NO_BOX: Final = "NOT EXISTS (SELECT 1 FROM boxes WHERE boxes.id = accounts.id)"
_STAFF: Final = f"staff = 1 AND {_NO_BOX}"
_CITIZENS: Final = f"citizen = 1 AND state = '{AccountState.ACTIVE}' AND {_NO_BOX}"
_BY_LOGIN: Final = Order(("login",), (str,))
_OLDEST: Final = Order(("created_at", "id"), (int, str))


class SqliteMailUpkeep:
    """Counts again, tells what is full, and ends what nobody holds."""

    reader: Reader
    writer: Writer

    async def filled_boxes(self, kind: BoxKind, quota: int) -> list[FilledBox]:
        rows = await self.reader.read(lambda db: db.execute(_FILLED, (quota, kind.value)).fetchall())
        return [FilledBox(BOXES.record(body), used, most) for body, used, most in rows]

    async def old_messages(self, after: str, limit: int) -> list[OldMessage]:
        where = "id > ? ORDER BY id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, OLD_MESSAGES, where, after, limit))

    async def without_box(self, page: PageRequest, *, staff: bool) -> Page[Account]:
        where, order = (_STAFF, _BY_LOGIN) if staff else (_CITIZENS, _OLDEST)
        return await self.reader.read(lambda db: record_page(db, ACCOUNTS, where, (), order, page))

    async def recount_mail(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        return await self.writer.write(lambda transaction: _recount(transaction, after, limit))

    async def sweep_mail_contents(self, now: datetime, kept: timedelta, limit: int) -> int:
        return await self.writer.write(lambda transaction: _sweep(transaction, now, kept, limit))


def _recount(transaction: Transaction, after: str, limit: int) -> tuple[list[Drift], str | None]:
    read = transaction.connection.execute
    boxes = [row[0] for row in read("SELECT id FROM boxes WHERE id > ? ORDER BY id LIMIT ?", (after, limit))]
    drifts = []
    for box_id in boxes:
        key = mail_usage(box_id)
        (real,) = read("SELECT coalesce(sum(size_bytes), 0) FROM mail_items WHERE box_id = ?", (box_id,)).fetchone()
        counted = transaction.counters.used(key)
        if counted != real:
            drifts.append(Drift(key, counted, real))
            transaction.counters.usages[key] = real
    return drifts, boxes[-1] if len(boxes) == limit else None


def _sweep(transaction: Transaction, now: datetime, kept: timedelta, limit: int) -> int:
    """Note what is newly loose, and delete what was for long enough; return how many were looked at."""
    connection = transaction.connection
    seen = connection.execute(_SEEN, (micros(now), limit)).rowcount
    due = connection.execute(_TO_GO, (micros(now - kept), limit)).fetchall()
    for content_id, held in due:
        connection.execute("DELETE FROM loose_contents WHERE content_id = ?", (content_id,))
        if not held:
            content = one_record(connection, MAIL_CONTENTS, "id = ?", content_id)
            text = one_record(connection, MAIL_TEXTS, "id = ?", content_id)
            transaction.apply(Changes(deletes=[record for record in (content, text) if record is not None]))
    return seen + len(due)
