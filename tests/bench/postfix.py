"""Debian's Postfix as a yardstick: one of our own beside the machine's, with its own settings, queue and port.

It needs root, as Postfix does. What the machine has in ``/etc/postfix`` is not read and not changed.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
USER: Final = "nobody"  # owns the Maildirs; Postfix delivers to nobody below the user 100
PATIENCE_S: Final = 60.0

# What is not named here is as Postfix 3.7 has it: 100 processes of a kind at most, the queue file synced before 250.
MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = mail.binhai.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = texthash:{folder}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
alias_maps =
biff = no
"""
MASTER: Final = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def is_there() -> bool:
    """Say whether a Postfix is installed and we may run one."""
    return shutil.which("postfix", path=PATH) is not None and os.geteuid() == 0


@asynccontextmanager
async def open_postfix(folder: Path, port: int, domain: str, count: int) -> AsyncIterator[Path]:
    """Run a Postfix that delivers ``box<number>`` of the domain to a Maildir each; yield the folder of those."""
    await asyncio.to_thread(_prepare, folder, port, domain, count)
    await asyncio.to_thread(_postfix, folder, "start")
    try:
        yield folder / "boxes"
    finally:
        await asyncio.to_thread(_postfix, folder, "stop")


async def all_delivered(boxes: Path, count: int) -> float:
    """Wait until so many mails lie in the Maildirs, and return how many seconds that took."""
    begun = time.perf_counter()
    while await asyncio.to_thread(_lie_in, boxes) < count:
        if time.perf_counter() - begun > PATIENCE_S:
            raise SystemExit("Postfix has not delivered everything; look at its log")
        await asyncio.sleep(0.05)
    return time.perf_counter() - begun


def _lie_in(boxes: Path) -> int:
    return sum(1 for _ in boxes.glob("*/new/*"))


def _prepare(folder: Path, port: int, domain: str, count: int) -> None:
    owner = pwd.getpwnam(USER)
    for name in ("etc", "queue", "data", "log", "boxes"):
        (folder / name).mkdir(parents=True)
    os.chown(folder / "boxes", owner.pw_uid, owner.pw_gid)
    shutil.chown(folder / "data", "postfix")
    folder.chmod(0o755)
    main = MAIN.format(folder=folder, domain=domain, uid=owner.pw_uid, gid=owner.pw_gid)
    (folder / "etc" / "main.cf").write_text(main, encoding="utf-8")
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port), encoding="utf-8")
    boxes = "".join(f"box{number}@{domain} box{number}/\n" for number in range(count))
    (folder / "etc" / "boxes").write_text(boxes, encoding="utf-8")


def _postfix(folder: Path, act: str) -> None:
    command = ["postfix", "-c", str(folder / "etc"), act]
    done = subprocess.run(command, env={"PATH": PATH}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"postfix {act}: {done.stderr or done.stdout}")
