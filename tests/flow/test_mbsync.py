"""mbsync, a mail program that mistrusts its server, keeps a Maildir and a box alike. Needs Debian's isync."""

from __future__ import annotations

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.imap import HOST, MAIL, WANG, MailHall, open_hall

from minxin.mailbox.mail.records import MailItem

INBOX = "box-wang.inbox"
SECONDS = 60
FILE_MAIL = (
    b"From: wang@citizen.example\r\nSubject: file\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 19 + b"\r\n"
)


@dataclass
class Program:
    """The program with its Maildir."""

    folder: Path
    hall: MailHall

    async def sync(self) -> None:
        """Make both sides alike."""
        process = await asyncio.create_subprocess_exec(
            "mbsync", "--config", str(self.folder / "rc"), "--all", stdout=PIPE, stderr=STDOUT
        )
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    def files(self, folder: str = "INBOX") -> list[Path]:
        """Return the mails of a folder of the Maildir."""
        found = [*(self.folder / "mail" / folder / "cur").iterdir(), *(self.folder / "mail" / folder / "new").iterdir()]
        return sorted(found, key=lambda path: int(path.name.partition("U=")[2].partition(":")[0]))

    def flag(self, path: Path, flags: str) -> None:
        """Give a mail of the Maildir its flags (S: seen, F: flagged, T: trashed)."""
        path.rename(path.parent.parent / "cur" / f"{path.name.partition(':')[0]}:2,{flags}")

    async def items(self, folder_id: str = INBOX) -> list[MailItem]:
        """Return the mails of a folder of the box."""
        return await self.hall.store.mail_by_uid(folder_id, 1, None, 200)


def kept(path: Path) -> bytes:
    """Return a mail of the Maildir as it was sent."""
    return plain(path.read_bytes().replace(b"\n", b"\r\n"))


def plain(raw: bytes) -> bytes:
    """Return a mail without the line by which the program knows again what it moved."""
    return re.sub(rb"X-TUID: [^\n]*\n", b"", raw)


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    assert shutil.which("mbsync"), "mbsync is missing: install Debian's package 'isync'"
    async with open_hall(tmp_path / "store") as hall:
        (tmp_path / "mail").mkdir()
        (tmp_path / "rc").write_text(
            f"""
IMAPAccount box
Host {HOST}
Port {hall.door.port}
User wang
Pass {hall.secrets["wang"]}
SSLType None
AuthMechs PLAIN

IMAPStore far
Account box

MaildirStore near
Path {tmp_path}/mail/
Inbox {tmp_path}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
""",
            encoding="ascii",
        )
        yield Program(tmp_path, hall)


async def test_both_sides_are_alike_after_changes_on_each(program: Program) -> None:
    hall = program.hall
    mails = [MAIL.replace(b"<1@x>", b"<%d@x>" % number) for number in range(6)]
    for mail in mails:
        await hall.mailboxes.append(WANG, INBOX, mail)
    await program.sync()
    assert [kept(path) for path in program.files()] == mails

    # On the program's side: one is read, one forwarded and flagged, one deleted, a new one written.
    seen, forwarded, deleted, *_ = program.files()
    program.flag(seen, "S")
    program.flag(forwarded, "FPS")
    program.flag(deleted, "T")
    new = program.folder / "mail" / "Drafts" / "cur" / "new.file:2,D"
    new.write_bytes(FILE_MAIL.replace(b"\r\n", b"\n"))
    # On the box's side: one is answered, one moved into the archive, one deleted.
    items = await program.items()
    await hall.mailboxes.mark(WANG, [items[3].id], add=[r"\Answered"])
    await hall.mailboxes.move(WANG, [items[4].id], "box-wang.archive")
    await hall.mailboxes.expunge(WANG, [items[5].id])
    await program.sync()

    assert [(item.uid, item.flags) for item in await program.items()] == [
        (1, (r"\Seen",)),
        (2, ("$Forwarded", r"\Flagged", r"\Seen")),
        (4, (r"\Answered",)),
    ]
    (draft,) = await program.items("box-wang.drafts")
    assert plain(await hall.mailboxes.raw(WANG, draft.id)) == FILE_MAIL
    assert draft.flags == (r"\Draft",)
    assert [path.name.partition(":2,")[2] for path in program.files()] == ["S", "FPS", "R"]
    assert [kept(path) for path in program.files("Archive")] == [mails[4]]

    # Nothing is left to do: a third time changes nothing on either side.
    before = [(path.name, path.stat().st_mtime_ns) for path in program.files()], await program.items()
    await program.sync()
    assert ([(path.name, path.stat().st_mtime_ns) for path in program.files()], await program.items()) == before


async def test_folders_of_either_side_come_to_be_on_the_other(program: Program) -> None:
    await program.hall.mailboxes.create_folder(WANG, "box-wang", "Projects/2026")
    await program.sync()
    assert (program.folder / "mail" / "Projects" / "2026" / "cur").is_dir()
    for part in ("cur", "new", "tmp"):
        (program.folder / "mail" / "Near" / part).mkdir(parents=True)
    await program.sync()
    names = [shown.folder.name for shown in await program.hall.mailboxes.folders(WANG, "box-wang")]
    assert {"Near", "Projects/2026"} <= set(names)
