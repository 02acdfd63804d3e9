"""Boxes come into being (开设邮箱): with the folders that every mail program looks for, under an address never used."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.changes import Changes, Job
from minxin.mailbox.mail.keys import role_folder, stamp_sequence, validity_sequence
from minxin.mailbox.mail.records import INBOX, Box, BoxAddress, BoxKind, Folder, FolderRole

OPEN_JOB: Final = "mail.open_box"
FOLDERS: Final = {
    FolderRole.INBOX: INBOX,
    FolderRole.SENT: "Sent",
    FolderRole.DRAFTS: "Drafts",
    FolderRole.JUNK: "Junk",
    FolderRole.TRASH: "Trash",
    FolderRole.ARCHIVE: "Archive",
}


def wanted(account_id: str) -> Job:
    """Return the job that opens the account's box, to be committed with whatever makes the account active."""
    return Job(OPEN_JOB, account_id, {"account_id": account_id})


def open_box(box_id: str, kind: BoxKind, owner_id: str, address: str, now: datetime) -> tuple[Box, Changes]:
    """Open a box; committing it raises ``DuplicateError`` when the address is taken or the owner has one."""
    box = Box(id=box_id, kind=kind, owner_id=owner_id, address=address.lower(), created_at=now)
    return box, Changes(inserts=[box, BoxAddress(id=box.address, box_id=box_id)]) + first_folders(box_id)


def first_folders(box_id: str) -> Changes:
    """Return the folders that every box begins with."""
    folders = [
        Folder(id=role_folder(box_id, role), box_id=box_id, name=name, role=role) for role, name in FOLDERS.items()
    ]
    return Changes(
        inserts=[*folders],
        sequences={one.id: validity_sequence(box_id) for one in folders},
        stamps={one.id: stamp_sequence(box_id) for one in folders},
    )
