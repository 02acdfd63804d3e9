"""A page of a box in one look (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Final

from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.ports import BoxGlance
from minxin.mailbox.mail.records import FolderRole
from minxin.store.sqlite.mail import NEWEST
from minxin.store.sqlite.paging import all_records, record_page
from minxin.store.sqlite.readers import Reader, one_view
from minxin.store.sqlite.tables import FOLDERS, MAIL_ITEMS

# What lies in the trash is no part of a conversation any more.
_TALKS: Final = """SELECT thread_id, COUNT(*) FROM mail_items
    WHERE thread_id IN (SELECT value FROM json_each(?)) AND +box_id = ? AND +folder_id <> ? GROUP BY thread_id"""
_COUNTS: Final = """SELECT id, (SELECT COUNT(*) FROM mail_items WHERE folder_id = folders.id),
    (SELECT COUNT(*) FROM mail_items WHERE folder_id = folders.id AND unseen = 1) FROM folders WHERE box_id = ?"""


class SqliteMailGlance:
    """Answers all that the page of a folder shows in one turn of one reader."""

    reader: Reader

    async def box_glance(self, box_id: str, folder_id: str, page: PageRequest) -> BoxGlance:
        return await self.reader.read(lambda db: _glance(db, box_id, folder_id, page))

    async def conversation_sizes(self, box_id: str, thread_ids: Collection[str]) -> dict[str, int]:
        return await self.reader.read(lambda db: _sizes(db, box_id, thread_ids))


def _glance(connection: sqlite3.Connection, box_id: str, folder_id: str, page: PageRequest) -> BoxGlance:
    with one_view(connection):
        folders = all_records(connection, FOLDERS, "box_id = ? ORDER BY name", box_id)
        counts = {row[0]: (row[1], row[2]) for row in connection.execute(_COUNTS, (box_id,))}
        items = record_page(connection, MAIL_ITEMS, "folder_id = ?", (folder_id,), NEWEST, page)
        used = connection.execute("SELECT used FROM usages WHERE key = ?", (mail_usage(box_id),)).fetchone()
        talks = _sizes(connection, box_id, {item.thread_id for item in items.items})
    return BoxGlance(folders, counts, items, used[0] if used else 0, talks)


def _sizes(connection: sqlite3.Connection, box_id: str, thread_ids: Collection[str]) -> dict[str, int]:
    values = (json.dumps(list(thread_ids)), box_id, role_folder(box_id, FolderRole.TRASH))
    return dict(connection.execute(_TALKS, values).fetchall())
