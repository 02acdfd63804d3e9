"""The mail sender that needs no relay: one ``.eml`` file for each mail, for a demonstration and for towns whose relay
collects files."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from minxin.core.errors import UnavailableError


class MailFolder:
    """Sends by writing a file (``mailbox.ports.MailSender``).

    The envelope stands in the file's first two lines as ``X-Sender`` and ``X-Recipient``; a null sender is ``<>``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, sender: str, recipient: str, message: bytes, key: str) -> None:
        """Write the mail, synced, unless one with this key is there; raises ``UnavailableError``."""
        envelope = f"X-Sender: <{sender}>\r\nX-Recipient: <{recipient}>\r\n"
        try:
            await asyncio.to_thread(self._write, envelope.encode() + message, key)
        except OSError as error:
            raise UnavailableError("mail.folder") from error

    def _write(self, content: bytes, key: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.eml"
        if path.exists():
            return
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
