"""What the office asks of whoever reads mail and files that came from outside (文件端口)."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class MailText(Struct, frozen=True):
    """What the office takes from a mail: its words, and its files as the parser found them."""

    subject: str
    text: str
    files: tuple[tuple[str, bytes], ...]  # name and content
    problems: tuple[str, ...] = ()


class MailParser(Protocol):
    """Reads a mail in a process that can be killed."""

    async def parse(self, raw: bytes) -> MailText:
        """Return its text and files; raises ``DamagedError`` when the mail can't be read."""
        ...


class FileKeeper(Protocol):
    """Checks and cleans files that people attach."""

    async def clean(self, name: str, data: bytes) -> tuple[str, str, bytes]:
        """Return a safe name, the content type found in the bytes, and the bytes to keep (pictures without metadata).

        Raises ``InvalidInputError`` when the file is of a kind or size that is not taken.
        """
        ...
