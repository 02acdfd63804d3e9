"""The end of a box (邮箱关闭): closed at once for everybody, its mail deleted for good when its time is over.

What a box holds may be much, so it goes in small batches, each a commit of its own that leaves the box as closed as it
was: whoever is cut off goes on. The bytes go with the last name that they lose (``upkeep.py``, ``store.sweep_blobs``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import Changes, Usage
from minxin.core.errors import ConflictError
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.opening import first_folders
from minxin.mailbox.mail.records import Box, BoxState, MailItem
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.ports import MailStore

BATCH: Final = 200


def closed(box: Box, now: datetime, ends_at: datetime) -> Box:
    """Return the box closed: nobody opens it, it takes nothing, and from ``ends_at`` on its mail goes."""
    return replace(box, state=BoxState.CLOSED, heir_id=None, closed_at=now, ends_at=ends_at)


def reopened(box: Box, has_folders: bool) -> Changes:
    """Return what opens the box again under its old addresses; its folders are made anew when they are gone."""
    changes = Changes(puts=[replace(box, state=BoxState.OPEN, closed_at=None, ends_at=None)])
    return changes if has_folders else changes + first_folders(box.id)


async def end_closed(store: MailStore, now: datetime, limit: int = BATCH) -> int:
    """Delete up to ``limit`` things of a closed box whose time is over; return how many, 0 when nothing is left."""
    for box in await store.ending_boxes(now, 1):
        changes, many = await _batch(store, box, limit)
        try:
            await store.commit(changes)
        except ConflictError:
            return 1  # a notice came, or somebody opened it again: the next call sees it
        return many
    return 0


async def _batch(store: MailStore, box: Box, limit: int) -> tuple[Changes, int]:
    """Return what goes next, the box's record with it so that nobody opens it meanwhile."""
    found = await store.mail_changes(box.id, None, 0, limit)
    if found.items or found.gone:
        freed = _freed(box.id, found.items)
        return Changes(puts=[box], deletes=[*found.items, *found.gone], usages=freed), len(found.items) + 1
    folders = await store.folders_of(box.id)
    contacts, answers = await store.contacts_of(box.id), await store.vacation_answers_of(box.id)
    settings = await store.get(BoxSettings, box.id)
    rest = [*folders, *contacts, *answers, *([settings] if settings is not None else [])]
    return Changes(puts=[replace(box, ends_at=None)], deletes=[*rest]), len(rest) + 1


def _freed(box_id: str, items: list[MailItem]) -> list[Usage]:
    size = sum(item.size_bytes for item in items)
    return [Usage(mail_usage(box_id), -size)] if size else []
