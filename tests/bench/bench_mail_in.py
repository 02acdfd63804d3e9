"""Mail into boxes: messages in a second with kept connections, beside what the machine can do.

``python tests/bench/bench_mail_in.py [--messages 3000] [--connections 20] [--bytes 10240] [--boxes 200]`` prints a line
for each server: aiosmtpd that drops the message, aiosmtpd with one bare SQLite commit (``synchronous=FULL``) for each,
and our door into boxes with the checks of senders off. Where Debian's Postfix is installed, and for root, it is
measured too: at 250 a mail lies in its queue, and the line below says when all lay in the Maildirs. The client is a
process of its own; all share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from aiosmtpd.smtp import SMTP  # noqa: E402
from postfix import all_delivered, is_there, open_postfix  # noqa: E402
from smtp_load import Load, measure  # noqa: E402
from support.live import free_port  # noqa: E402
from support.post import NOON, open_post  # noqa: E402

from minxin.mailbox.mail.keys import role_folder  # noqa: E402
from minxin.mailbox.mail.opening import open_box  # noqa: E402
from minxin.mailbox.mail.records import BoxKind, FolderRole  # noqa: E402
from minxin.mailbox.mail.rules import MailRules  # noqa: E402
from minxin.mailbox.smtp.limits import SmtpLimits  # noqa: E402

LIMITS = SmtpLimits(loopback_connections=200, messages=1_000_000)
ROOM = MailRules(citizen_bytes=10**9)


class Drop:
    """A handler that takes everything and keeps nothing."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
        return "250 OK"


class Bare:
    """A handler that writes each message in a commit of its own, in a thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE mail (raw BLOB)")
        self._turn = asyncio.Lock()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        async with self._turn:
            await asyncio.to_thread(self._db.execute, "INSERT INTO mail VALUES (?)", (envelope.content,))
        return "250 OK"


def load_of(args: argparse.Namespace) -> Load:
    return Load(
        sender="friend@home.example",
        recipient="box{}@citizen.binhai.example",
        recipients=args.boxes,
        messages=args.messages,
        connections=args.connections,
        size=args.bytes,
    )


async def plain(name: str, handler: Any, args: argparse.Namespace) -> float:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    try:
        return await measure(name, server.sockets[0].getsockname()[1], load_of(args))
    finally:
        server.close()


async def into_boxes(args: argparse.Namespace, folder: Path) -> float:
    async with open_post(folder, LIMITS, rules=ROOM) as post:
        for number in range(args.boxes):
            name = f"box{number}"
            made = open_box(name, BoxKind.CITIZEN, name, f"{name}@citizen.binhai.example", NOON)
            await post.store.commit(made[1])
        rate = await measure("our door, into boxes", post.door.port, load_of(args))
        held = 0
        for number in range(args.boxes):
            states = await post.store.folder_states(f"box{number}")
            held += states[role_folder(f"box{number}", FolderRole.INBOX)].total
            held += states[role_folder(f"box{number}", FolderRole.JUNK)].total
        print(f"{'':40} {held} of {args.messages // args.connections * args.connections} lie in boxes")
        return rate


async def beside(args: argparse.Namespace, folder: Path) -> float:
    port, load = free_port(), load_of(args)
    async with open_postfix(folder, port, "citizen.binhai.example", args.boxes) as boxes:
        rate = await measure("Postfix, into Maildir", port, load, inside=False)
        count = load.messages // load.connections * load.connections
        last = await all_delivered(boxes, count)
        whole = count / (count / rate + last)
        print(f"{'':40} all lie in Maildirs {last:.1f} s later: {whole:.0f} msg/s from first to last")
        return rate


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=10 * 1024)
    parser.add_argument("--boxes", type=int, default=200)
    args = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        await plain("aiosmtpd, drops everything", Drop(), args)
        bare = await plain("aiosmtpd, one bare SQLite commit each", Bare(Path(folder) / "bare.db"), args)
        ours = await into_boxes(args, Path(folder))
        print(f"our door has {ours / bare:.0%} of aiosmtpd with one bare commit")
    if is_there():
        with tempfile.TemporaryDirectory() as folder:
            postfix = await beside(args, Path(folder))
        print(f"our door has {ours / postfix:.0%} of Postfix")


if __name__ == "__main__":
    asyncio.run(main())
