"""A box to take along (导出): as mbox or as a ZIP of EML files, mail by mail, never the whole in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from minxin.core.actor import Actor
from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.access import access_box
from minxin.mailbox.mail.contents import raw_of
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.mime.filename import safe_filename
from minxin.mailbox.ports import MailStore

# RFC 4155 and what every program makes of it ("mboxrd"): a line that looks like a separator gets one more mark.
_QUOTED: Final = re.compile(rb"^(>*From )", re.MULTILINE)
_NOBODY: Final = "MAILER-DAEMON"


async def export_mbox(store: MailStore, actor: Actor, box_id: str) -> AsyncIterator[bytes]:
    """Yield the box as one mbox (mboxrd, LF line ends); raises ``NotFoundError``."""
    box = await access_box(store, actor, box_id)
    async for folder, item in store.all_mail(box.id):
        raw = (await raw_of(store, item.content_id)).replace(b"\r\n", b"\n")
        marks = f"X-Minxin-Folder: {folder.id.rpartition('.')[2]}\nStatus: {'RO' if item.seen else 'O'}\n"
        yield _separator(item) + marks.encode() + _QUOTED.sub(rb">\1", raw).rstrip(b"\n") + b"\n\n"


async def export_zip(store: MailStore, actor: Actor, box_id: str) -> AsyncIterator[bytes]:
    """Yield the box as a ZIP with a folder for each folder and the mails as they came; raises ``NotFoundError``."""
    box = await access_box(store, actor, box_id)
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        async for folder, item in store.all_mail(box.id):
            folders = "/".join(safe_filename(level, "folder") for level in folder.name.split("/"))
            entry = zipfile.ZipInfo(f"{folders}/{_name(item)}", _local(item.received_at))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, await raw_of(store, item.content_id))
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """What a ZIP writes into, without going back in it, and what is taken out meanwhile."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._chunks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._chunks = b"".join(self._chunks), []
        return taken


def _separator(item: MailItem) -> bytes:
    sender = item.sender.address if item.sender.address.isascii() and item.sender.address else _NOBODY
    return f"From {sender} {item.received_at:%a %b %d %H:%M:%S %Y}\n".encode()


def _name(item: MailItem) -> str:
    subject = item.subject[:60].replace("/", "_").replace("\\", "_")
    return safe_filename(f"{item.seq:06d} {subject}.eml", f"{item.seq:06d}.eml")


def _local(at: datetime) -> tuple[int, int, int, int, int, int]:
    local = at.astimezone(SHANGHAI)
    return (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second)
