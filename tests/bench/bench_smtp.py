"""Mail through the SMTP door: messages in a second with kept connections, beside a door that does nothing.

``python tests/bench/bench_smtp.py [--messages 3000] [--connections 20] [--bytes 10240]`` prints a line for each server:
aiosmtpd as it comes with a handler that drops the message, our protocol with the same, and the whole way into the
store. The client is a process of its own; both share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from aiosmtpd.smtp import SMTP  # noqa: E402
from smtp_load import Load, measure  # noqa: E402
from support.post import CITIZEN, MAYOR, open_post  # noqa: E402

from minxin.mailbox.smtp.limits import SmtpLimits  # noqa: E402

LIMITS = SmtpLimits(loopback_connections=200, messages=1_000_000)


class Drop:
    """A handler that takes everything and keeps nothing."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
        return "250 OK"


def load_of(args: argparse.Namespace) -> Load:
    return Load(sender=CITIZEN, recipient=MAYOR, messages=args.messages, connections=args.connections, size=args.bytes)


async def bare(args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Drop(), loop=loop), "127.0.0.1", 0)
    await measure("aiosmtpd, drops everything", server.sockets[0].getsockname()[1], load_of(args))
    server.close()


async def whole(args: argparse.Namespace, *, drop: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_post(Path(folder), LIMITS) as post:
            if drop:
                post.door._handler.handle_DATA = Drop().handle_DATA  # type: ignore[method-assign]
            await measure(
                "our door, drops everything" if drop else "our door, durable letters", post.door.port, load_of(args)
            )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=10 * 1024)
    args = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    await bare(args)
    await whole(args, drop=True)
    await whole(args, drop=False)


if __name__ == "__main__":
    asyncio.run(main())
