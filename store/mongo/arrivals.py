"""What a delivery asks before a mail comes (``mailbox.mail.arrivals.ArrivalReads``), in one look."""

from __future__ import annotations

from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.mailbox.mail.keys import mail_usage
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.paging import one_record
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import USAGES
from minxin.store.sqlite.tables import ACCOUNTS, BOX_ADDRESSES, BOX_SETTINGS, BOXES


class MongoArrivals:
    """Answers the named query of deliveries."""

    reader: ReaderPool

    async def box_at(self, address: str) -> AddressedBox | None:
        return await self.reader.at_one_moment(lambda view: _box_at(view, address))


async def _box_at(reader: Reader, address: str) -> AddressedBox | None:
    named = await one_record(reader, BOX_ADDRESSES, {"_id": address})
    box = await one_record(reader, BOXES, {"_id": named.box_id}) if named else None
    if box is None:
        return None
    key = mail_usage(box.id)
    return AddressedBox(
        box,
        (await last_of(reader, USAGES, [key])).get(key, 0),
        await one_record(reader, BOX_SETTINGS, {"_id": box.id}),
        await one_record(reader, ACCOUNTS, {"_id": box.owner_id}),
    )
