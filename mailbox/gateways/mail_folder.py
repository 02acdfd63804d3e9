"""The carrier of mail that needs no relay: one ``.eml`` file for each recipient.

It is for a demonstration, and for towns whose relay collects files.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from minxin.mailbox.outgoing.ports import Envelope, Handed


class MailFolder:
    """Carries mail by writing a file (``mailbox.outgoing.ports.Carrier``).

    The envelope stands in the file's first two lines as ``X-Sender`` and ``X-Recipient``; a null sender is ``<>``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        """Write the mail, synced, unless it is there already; what fails is tried again."""
        return {one: await self._to(one, mail) for one in mail.recipients}

    async def _to(self, recipient: str, mail: Envelope) -> Handed:
        envelope = f"X-Sender: <{mail.sender}>\r\nX-Recipient: <{recipient}>\r\n"
        try:
            await asyncio.to_thread(self._write, envelope.encode() + mail.message, f"{mail.key}\0{recipient}")
        except OSError:
            return Handed(taken=False, final=False, status="4.3.0")
        return Handed(taken=True, final=True, status="2.0.0")

    def _write(self, content: bytes, name: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.eml"
        if path.exists():
            return
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
