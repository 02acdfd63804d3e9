"""The SMS gateway that needs no provider: one file for each message in a folder that only the service can read.

For a demonstration, for tests, and for a town whose provider collects files. The files hold phones and codes in plain
text, as any gateway must see them: mode 0600, in a folder of 0700.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.core.clock import Clock
from minxin.core.errors import UnavailableError
from minxin.core.privacy import mask_phone
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.ports import DeliveryReport

_DIGITS = re.compile(r"\d{4,}")


class SentSms(Struct, frozen=True):
    """A message as it was sent."""

    at: datetime
    phone: str
    text: str

    def __repr__(self) -> str:
        return "SentSms(…)"


_sent = msgspec.json.Decoder(SentSms)


class SmsFolder:
    """Sends by writing a file (``texting.ports.SmsGateway``)."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._seen: tuple[int, list[SentSms]] = (0, [])

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        """Write the message, synced, unless one with this key is there; raises ``UnavailableError``."""
        sent = SentSms(self._clock.now(), phone, message.text)
        try:
            await asyncio.to_thread(self._write, sent, key)
        except OSError as error:
            raise UnavailableError("sms.folder") from error
        return ""

    async def reports(self) -> Sequence[DeliveryReport]:
        """Return nothing: nobody says what became of a file."""
        return ()

    async def last(self, count: int) -> list[SentSms]:
        """Return the last messages in full, newest first: for the demonstration's page and for tests only."""
        return await asyncio.to_thread(self._read, count)

    async def last_masked(self, count: int) -> list[SentSms]:
        """Return the last messages, newest first, as the administrator may see them: no full phone, no code."""
        return [
            replace(sms, phone=mask_phone(sms.phone), text=_DIGITS.sub("******", sms.text))
            for sms in await self.last(count)
        ]

    def _write(self, message: SentSms, key: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
        if path.exists():
            return
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(message))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)

    def _read(self, count: int) -> list[SentSms]:
        """Return the newest messages; the folder keeps all that were ever sent and is gone through when it changed."""
        changed = self._folder.stat().st_mtime_ns if self._folder.exists() else 0
        at, messages = self._seen
        if changed != at or count > len(messages):
            newest = heapq.nlargest(count, self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
            messages = sorted(
                (_sent.decode(path.read_bytes()) for path in newest), key=lambda message: message.at, reverse=True
            )
            self._seen = changed, messages
        return messages[:count]
