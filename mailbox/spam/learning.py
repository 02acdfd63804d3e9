"""A box learns from its reader what is junk, and what is none (垃圾邮件标记).

Whatever moves a mail into the junk folder or out of it teaches, be it a button or a mail program. What an office wrote
is never learned as junk: it may set a limit for its reader.
"""

from __future__ import annotations

from collections.abc import Iterable

from minxin.core.changes import Changes
from minxin.mailbox.authenticity.proof import VERIFIED_OFFICE
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import Box, Folder, FolderRole, MailItem
from minxin.mailbox.mail.settings import BoxSettings, settings_or_default
from minxin.mailbox.ports import MailStore
from minxin.mailbox.spam.lessons import taught


async def learned(store: MailStore, box: Box, items: Iterable[MailItem], folder: Folder) -> Changes:
    """Return what the box learns from these items being put into the folder; nothing for most moves."""
    junk = folder.role is FolderRole.JUNK
    own_junk = role_folder(box.id, FolderRole.JUNK)
    if not junk and folder.role is FolderRole.TRASH:
        return Changes()
    senders = [
        item.sender.address.lower()
        for item in items
        if item.box_id == box.id
        and (item.folder_id == own_junk) != junk
        and not (item.official or item.proof == VERIFIED_OFFICE)
    ]
    if not senders:
        return Changes()
    known = settings_or_default(box.id, await store.get(BoxSettings, box.id))
    changed = taught(known, senders, junk=junk)
    if changed == known:
        return Changes()
    return Changes(puts=[changed]) if known.version else Changes(inserts=[changed])
