"""A page of a box in one look (``mailbox.mail.ports.MailReads``)."""

from __future__ import annotations

from collections.abc import Collection

from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.ports import BoxGlance
from minxin.mailbox.mail.records import FolderRole
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.mail import NEWEST, folder_counts
from minxin.store.mongo.paging import all_records, record_page
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import USAGES
from minxin.store.sqlite.tables import FOLDERS, MAIL_ITEMS


class MongoMailGlance:
    """Answers all that the page of a folder shows, of one moment."""

    reader: ReaderPool

    async def box_glance(self, box_id: str, folder_id: str, page: PageRequest) -> BoxGlance:
        return await self.reader.at_one_moment(lambda view: _glance(view, box_id, folder_id, page))

    async def conversation_sizes(self, box_id: str, thread_ids: Collection[str]) -> dict[str, int]:
        return await _sizes(self.reader, box_id, thread_ids)


async def _glance(reader: Reader, box_id: str, folder_id: str, page: PageRequest) -> BoxGlance:
    folders = await all_records(reader, FOLDERS, {"box_id": box_id}, by=("name",))
    counts = await folder_counts(reader, [folder.id for folder in folders])
    items = await record_page(reader, MAIL_ITEMS, {"folder_id": folder_id}, NEWEST, page)
    used = await last_of(reader, USAGES, [mail_usage(box_id)])
    talks = await _sizes(reader, box_id, {item.thread_id for item in items.items})
    return BoxGlance(folders, counts, items, used.get(mail_usage(box_id), 0), talks)


async def _sizes(reader: Reader, box_id: str, thread_ids: Collection[str]) -> dict[str, int]:
    """Count the conversations; what lies in the trash is no part of one any more."""
    trash = role_folder(box_id, FolderRole.TRASH)
    where = {"thread_id": {"$in": sorted(thread_ids)}, "box_id": box_id, "folder_id": {"$ne": trash}}
    counted = {"_id": "$thread_id", "count": {"$sum": 1}}
    found = await reader.aggregate(MAIL_ITEMS.name, [{"$match": where}, {"$group": counted}])
    return {one["_id"]: one["count"] for one in found}
