"""What the tests of boxes share: boxes, folders and items with everything filled in that a test does not care about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from minxin.core.changes import Changes, Usage, blob_of
from minxin.mailbox.mail.keys import mail_usage, role_folder, stamp_sequence, uid_sequence, validity_sequence
from minxin.mailbox.mail.records import (
    Box,
    BoxAddress,
    BoxKind,
    Folder,
    FolderRole,
    MailContent,
    MailItem,
    MailText,
    Person,
)

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)
ROLES = {FolderRole.INBOX: "INBOX", FolderRole.SENT: "Sent", FolderRole.TRASH: "Trash"}


def opened(box_id: str = "box", **fields: Any) -> Changes:
    """Return what opens a box with an inbox, a folder of what was sent, and a trash."""
    address = fields.pop("address", f"{box_id}@citizen.binhai.example")
    given = {"kind": BoxKind.CITIZEN, "owner_id": f"owner of {box_id}", "created_at": NOON}
    box = Box(id=box_id, address=address, **(given | fields))
    folders = [
        Folder(id=role_folder(box_id, role), box_id=box_id, name=name, role=role) for role, name in ROLES.items()
    ]
    return Changes(
        inserts=[box, BoxAddress(id=address, box_id=box_id), *folders],
        sequences={one.id: validity_sequence(box_id) for one in folders},
        stamps={one.id: stamp_sequence(box_id) for one in folders},
    )


def put_in(item_id: str, box_id: str = "box", *, most: int | None = None, words: str = "", **fields: Any) -> Changes:
    """Return what puts a mail into the box's inbox, with the content and the text that it has."""
    raw = fields.pop("raw", f"Subject: {item_id}\r\n\r\nbody".encode())
    content = hashlib.sha256(raw).hexdigest()
    given = {
        "folder_id": role_folder(box_id, FolderRole.INBOX),
        "content_id": content,
        "received_at": NOON,
        "size_bytes": len(raw),
        "thread_id": f"thread of {item_id}",
        "subject": item_id,
    }
    item = MailItem(id=item_id, box_id=box_id, **(given | fields))
    return Changes(
        inserts=[item],
        ensures=[
            MailContent(id=content, skeleton=blob_of(raw).id, size_bytes=len(raw)),
            MailText(id=content, sender=Person("", ""), subject=item.subject, words=words or item.subject),
        ],
        blobs=[blob_of(raw)],
        sequences={item_id: uid_sequence(item.folder_id)},
        stamps={item_id: stamp_sequence(box_id)},
        usages=[Usage(mail_usage(box_id), item.size_bytes, most)],
    )
