"""A door for people's mail in a process of its own, and clients that send it large mails."""

from __future__ import annotations

import asyncio
import os
import smtplib
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from support.mail_in import FRIEND, LI, POLICE, items, open_boxes
from support.post import open_post

from minxin.mailbox.mail.rules import MailRules

MIB = 1024 * 1024
LARGE = 24 * MIB


def large_mail(number: int) -> bytes:
    """Return a mail with a file of its own."""
    line = os.urandom(36).hex().encode() + b"\r\n"
    head = f"From: {FRIEND}\r\nMessage-ID: <{number}@home.example>\r\nSubject: large\r\n\r\n".encode()
    return head + line * (LARGE // len(line))


def send(port: int, number: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
        assert client.sendmail(FRIEND, [LI, POLICE], large_mail(number)) == {}


def serve(said: Connection) -> None:
    """Run the door in a process of its own: tell its port, and at the end its greatest size and what it keeps."""
    said.send(asyncio.run(_serve(said)))


async def _serve(said: Connection) -> tuple[int, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_post(Path(folder), rules=MailRules(staff_bytes=300 * MIB)) as post:
            await open_boxes(post)
            said.send(post.door.port)
            await asyncio.to_thread(said.recv)
            return greatest_mib(), len(await items(post, "li")), len(await items(post, "police"))


def greatest_mib() -> int:
    """Return the greatest size that this process ever had, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))
