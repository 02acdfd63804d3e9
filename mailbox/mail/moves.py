"""What is done to one item of a box (邮件操作): pure, each returns the changes that make it so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from minxin.core.changes import Changes, Usage
from minxin.mailbox.mail.keys import mail_usage, stamp_sequence, uid_sequence
from minxin.mailbox.mail.records import SEEN, Expunged, Folder, FolderRole, MailItem, Taken
from minxin.mailbox.mail.tally import on_coming_back, on_leaving, on_opening


def with_flags(item: MailItem, flags: Iterable[str], now: datetime) -> Changes:
    """Give the item these flags and no others; nothing when it has them."""
    wanted = tuple(sorted(set(flags)))
    if wanted == item.flags:
        return Changes()
    if item.opened_at is not None or SEEN not in wanted:
        return put(item, flags=wanted)
    return put(item, flags=wanted, opened_at=now) + Changes(usages=on_opening(item, now))


def move(item: MailItem, folder: Folder, now: datetime) -> Changes:
    """Move the item into another folder of its box, where it gets a new UID; nothing when it is there."""
    if item.folder_id == folder.id:
        return Changes()
    into_trash = folder.role is FolderRole.TRASH
    counted = on_leaving(item, now) if into_trash else on_coming_back(item, now)
    moved = put(item, folder_id=folder.id, trashed_at=now if into_trash else None)
    return moved + Changes(sequences={item.id: uid_sequence(folder.id)}, usages=counted) + _left(item, now)


def move_over(item: MailItem, folder: Folder, now: datetime, most: int | None) -> Changes:
    """Move the item into a folder of another box, on whose quota it counts from now on.

    It keeps its id, so that a notice is never delivered again for having been moved, and its conversation, which goes
    on there. To whoever counts readers it is gone.
    """
    moved = replace(item, taken=None, counts_as=None, **_place(folder, now))
    return _left(item, now) + Changes(
        puts=[moved],
        sequences={item.id: uid_sequence(folder.id)},
        stamps={item.id: stamp_sequence(folder.box_id)},
        usages=[
            Usage(mail_usage(item.box_id), -item.size_bytes),
            Usage(mail_usage(folder.box_id), item.size_bytes, most),
            *on_leaving(item, now),
        ],
    )


def copy(item: MailItem, folder: Folder, new_id: str, now: datetime, most: int | None) -> Changes:
    """Put a copy of the item into a folder of this box or another; it counts on that box's quota like any other."""
    copied = replace(item, id=new_id, version=0, taken=None, counts_as=None, **_place(folder, now))
    return Changes(
        inserts=[copied],
        sequences={new_id: uid_sequence(folder.id)},
        stamps={new_id: stamp_sequence(folder.box_id)},
        usages=[Usage(mail_usage(folder.box_id), item.size_bytes, most)],
    )


def expunge(item: MailItem, now: datetime) -> Changes:
    """Delete the item for good; its content goes when nobody else holds it."""
    freed = Usage(mail_usage(item.box_id), -item.size_bytes)
    return Changes(deletes=[item], usages=[freed, *on_leaving(item, now)]) + _left(item, now)


def take(item: MailItem, by: str, now: datetime) -> Changes:
    """Note who of an office takes the item upon himself."""
    return put(item, taken=Taken(by, now))


def put(item: MailItem, **fields: object) -> Changes:
    """Return the item with these fields changed, under a new stamp."""
    return Changes(puts=[replace(item, **fields)], stamps={item.id: stamp_sequence(item.box_id)})


def _place(folder: Folder, now: datetime) -> dict[str, Any]:
    """Return the fields of an item that say where it is."""
    trashed_at = now if folder.role is FolderRole.TRASH else None
    return {"box_id": folder.box_id, "folder_id": folder.id, "trashed_at": trashed_at}


def _left(item: MailItem, now: datetime) -> Changes:
    """Note that the folder lost the UID, for who asks what changed there."""
    gone = Expunged(
        id=f"{item.folder_id}/{item.seq}", box_id=item.box_id, folder_id=item.folder_id, uid=item.seq, at=now
    )
    return Changes(inserts=[gone], stamps={gone.id: stamp_sequence(item.box_id)})
