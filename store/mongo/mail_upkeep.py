"""What is looked after in boxes night by night (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pymongo import DeleteOne

from minxin.core.changes import Changes, Record
from minxin.core.paging import Page, PageRequest, page_size
from minxin.mailbox.mail.filling import LEVELS
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.ports import Drift, FilledBox
from minxin.mailbox.mail.records import BoxKind, BoxState, OldMessage
from minxin.mailbox.records import Account, AccountState
from minxin.store.mongo.applying import set_fields
from minxin.store.mongo.client import Document
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.paging import Order, all_records, cut, sifted, up_to
from minxin.store.mongo.plan import plan_of
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.mongo.recounting import recount
from minxin.store.mongo.tables import LOOSE_CONTENTS, USAGES
from minxin.store.mongo.transaction import Transaction
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import (
    ACCOUNTS,
    BOXES,
    MAIL_CONTENTS,
    MAIL_ITEMS,
    MAIL_TEXTS,
    OLD_MESSAGES,
    OUTGOING_MAIL,
)

_AT_A_TIME: Final = 1_000
_BY_LOGIN: Final = Order(("login",), (str,))
_OLDEST: Final = Order(("created_at", "_id"), (int, str))


class MongoMailUpkeep:
    """Counts again, tells what is full, and ends what nobody holds."""

    reader: ReaderPool
    writer: Writer

    async def filled_boxes(self, kind: BoxKind, quota: int) -> list[FilledBox]:
        filled: list[FilledBox] = []
        after, fields = "", ("warned", "mail_quota", "body")
        while batch := await self._open_boxes(kind, after, fields):
            used = await last_of(self.reader, USAGES, [mail_usage(one["_id"]) for one in batch])
            for one in batch:
                most = one.get("mail_quota")
                most = quota if most is None else most
                held = used.get(mail_usage(one["_id"]))
                if held is not None and _is_due(one["warned"], held, most):
                    filled.append(FilledBox(BOXES.record(one["body"]), held, most))
            after = batch[-1]["_id"]
        return filled

    async def old_messages(self, after: str, limit: int) -> list[OldMessage]:
        return await all_records(self.reader, OLD_MESSAGES, {"_id": {"$gt": after}}, by=("_id",), most=limit)

    async def without_box(self, page: PageRequest, *, staff: bool) -> Page[Account]:
        where: Filter = {"staff": 1} if staff else {"citizen": 1, "state": AccountState.ACTIVE.value}
        order, size = _BY_LOGIN if staff else _OLDEST, page_size(page)

        async def boxless(view: Reader) -> Page[Account]:
            after = order.after(page)
            found = await sifted(view, ACCOUNTS.name, where, order, after, size + 1, ("body",), partial(_boxless, view))
            return cut(found, size, order, lambda one: ACCOUNTS.record(one["body"]))

        return await self.reader.at_one_moment(boxless)

    async def recount_mail(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        counted = ((MAIL_ITEMS.name, "box_id", "size_bytes"),)
        return await self.writer.write(
            lambda transaction: recount(transaction, BOXES.name, counted, mail_usage, after, limit)
        )

    async def sweep_mail_contents(self, now: datetime, kept: timedelta, limit: int) -> int:
        return await self.writer.write(lambda transaction: _sweep(transaction, now, kept, limit))

    async def _open_boxes(self, kind: BoxKind, after: str, fields: tuple[str, ...]) -> list[Document]:
        where = {"kind": kind.value, "state": BoxState.OPEN.value, "_id": {"$gt": after}}
        return await self.reader.find(BOXES.name, where, by=("_id",), most=_AT_A_TIME, fields=fields)


async def _boxless(reader: Reader, accounts: list[Document]) -> list[Document]:
    """Return those of the accounts that have no box: the box of an account has the account's id."""
    where = {"_id": {"$in": [one["_id"] for one in accounts]}}
    boxes = {one["_id"] for one in await reader.find(BOXES.name, where, fields=("_id",))}
    return [one for one in accounts if one["_id"] not in boxes]


def _is_due(warned: int, used: int, most: int) -> bool:
    """Say whether the owner is to be told that a level was reached, or may be told of it again."""
    return any(used * 100 >= level * most if warned < level else used * 100 < under * most for level, under in LEVELS)


async def _sweep(transaction: Transaction, now: datetime, kept: timedelta, limit: int) -> int:
    """Note what is newly loose, and delete what was for long enough; return how many were looked at."""
    reader = transaction.reader
    fresh = await reader.find(LOOSE_CONTENTS, {"since": None}, most=limit, fields=("_id",))
    where = {"since": up_to(micros(now - kept))}
    due = [one["_id"] for one in await reader.find(LOOSE_CONTENTS, where, by=("since",), most=limit)]
    held: set[str] = set()
    for table in (MAIL_ITEMS, OUTGOING_MAIL):
        found = await reader.find(table.name, {"content_id": {"$in": due}}, fields=("content_id",))
        held.update(one["content_id"] for one in found)
    loose = {"_id": {"$in": sorted(set(due) - held)}}
    ended: list[Record] = [
        *await all_records(reader, MAIL_CONTENTS, loose),
        *await all_records(reader, MAIL_TEXTS, loose),
    ]
    plan = plan_of(Changes(deletes=ended))
    await transaction.read([plan])
    transaction.apply(plan)
    transaction.do(LOOSE_CONTENTS, *(set_fields(one["_id"], {"since": micros(now)}) for one in fresh))
    transaction.do(LOOSE_CONTENTS, *(DeleteOne({"_id": one}) for one in due))
    return len(fresh) + len(due)
