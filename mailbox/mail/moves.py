"""What is done to one item of a box (邮件操作): pure, each returns the changes that make it so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from minxin.core.changes import Changes, Usage
from minxin.mailbox.mail.keys import mail_usage, stamp_sequence, uid_sequence
from minxin.mailbox.mail.records import SEEN, Expunged, Folder, FolderRole, MailItem, Taken


def with_flags(item: MailItem, flags: Iterable[str], now: datetime) -> Changes:
    """Give the item these flags and no others; nothing when it has them."""
    wanted = tuple(sorted(set(flags)))
    if wanted == item.flags:
        return Changes()
    opened_at = now if item.opened_at is None and SEEN in wanted else item.opened_at
    return put(item, flags=wanted, opened_at=opened_at)


def move(item: MailItem, folder: Folder, now: datetime) -> Changes:
    """Move the item into another folder of its box, where it gets a new UID; nothing when it is there."""
    if item.folder_id == folder.id:
        return Changes()
    moved = put(item, folder_id=folder.id, trashed_at=now if folder.role is FolderRole.TRASH else None)
    return moved + Changes(sequences={item.id: uid_sequence(folder.id)}) + _left(item, now)


def copy(item: MailItem, folder: Folder, new_id: str, now: datetime, most: int | None) -> Changes:
    """Put a copy of the item into a folder of the same box; it counts on the quota like any other."""
    trashed_at = now if folder.role is FolderRole.TRASH else None
    copied = replace(item, id=new_id, version=0, folder_id=folder.id, trashed_at=trashed_at, taken=None)
    return Changes(
        inserts=[copied],
        sequences={new_id: uid_sequence(folder.id)},
        stamps={new_id: stamp_sequence(item.box_id)},
        usages=[Usage(mail_usage(item.box_id), item.size_bytes, most)],
    )


def expunge(item: MailItem, now: datetime) -> Changes:
    """Delete the item for good; its content goes when nobody else holds it."""
    freed = Usage(mail_usage(item.box_id), -item.size_bytes)
    return Changes(deletes=[item], usages=[freed]) + _left(item, now)


def take(item: MailItem, by: str, now: datetime) -> Changes:
    """Note who of an office takes the item upon himself."""
    return put(item, taken=Taken(by, now))


def put(item: MailItem, **fields: object) -> Changes:
    """Return the item with these fields changed, under a new stamp."""
    return Changes(puts=[replace(item, **fields)], stamps={item.id: stamp_sequence(item.box_id)})


def _left(item: MailItem, now: datetime) -> Changes:
    """Note that the folder lost the UID, for who asks what changed there."""
    gone = Expunged(
        id=f"{item.folder_id}/{item.seq}", box_id=item.box_id, folder_id=item.folder_id, uid=item.seq, at=now
    )
    return Changes(inserts=[gone], stamps={gone.id: stamp_sequence(item.box_id)})
