"""What a delivery asks before a mail comes (``mailbox.mail.arrivals.ArrivalReads``), in one look."""

from __future__ import annotations

from typing import Final

from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import ACCOUNTS, BOX_SETTINGS, BOXES

# The box of an account has the account's id (``mailbox/mail/records.py``); its counter is ``keys.mail_usage``.
_AT: Final = """SELECT boxes.body, usages.used, box_settings.body, accounts.body FROM box_addresses
    JOIN boxes ON boxes.id = box_addresses.box_id
    LEFT JOIN usages ON usages.key = 'mail:' || boxes.id
    LEFT JOIN box_settings ON box_settings.id = boxes.id
    LEFT JOIN accounts ON accounts.id = boxes.owner_id
    WHERE box_addresses.id = ?"""


class SqliteArrivals:
    """Answers the named query of deliveries."""

    reader: Reader

    async def box_at(self, address: str) -> AddressedBox | None:
        row = await self.reader.read(lambda db: db.execute(_AT, (address,)).fetchone())
        if row is None:
            return None
        box, used, settings, owner = row
        return AddressedBox(
            BOXES.record(box),
            used or 0,
            BOX_SETTINGS.record(settings) if settings is not None else None,
            ACCOUNTS.record(owner) if owner is not None else None,
        )
