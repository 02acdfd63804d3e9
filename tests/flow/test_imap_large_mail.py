"""A large mail at the IMAP door: it comes whole and in pieces."""

from __future__ import annotations

import asyncio
import base64
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.imap import WANG, MailHall, Wire, open_hall, open_wire

from minxin.mailbox.imap import wholes
from minxin.mailbox.imap.structure import find_parts

FILE = random.Random(5).randbytes(1_500_000)
MAIL = (
    b"From: li@example.cn\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Type: application/pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(FILE).replace(b"\n", b"\r\n") + b"--x--\r\n"
)
PIECE = 400_000


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[MailHall]:
    async with open_hall(tmp_path) as opened:
        await opened.mailboxes.append(WANG, "box-wang.inbox", MAIL)
        yield opened


async def fetched(wire: Wire, what: str) -> bytes:
    """Return the literal that a FETCH of the one mail answers with."""
    wire.send(f"f FETCH 1 ({what})\r\n".encode())
    line = await wire.reader.readline()
    size = re.search(rb"\{(\d+)\}\r\n$", line)
    assert size, line
    data = await wire.reader.readexactly(int(size[1]))
    await wire.until("f OK")
    return data


async def test_it_comes_whole_and_in_pieces(hall: MailHall) -> None:
    text = base64.encodebytes(FILE).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    async with open_wire(hall) as wire:
        assert await fetched(wire, "BODY.PEEK[]") == MAIL
        pieces = [await fetched(wire, f"BODY.PEEK[]<{at}.{PIECE}>") for at in range(0, len(MAIL), PIECE)]
        assert b"".join(pieces) == MAIL
        pieces = [await fetched(wire, f"BODY.PEEK[2]<{at}.{PIECE}>") for at in range(0, len(text), PIECE)]
        assert b"".join(pieces) == text


async def test_it_is_put_together_once_for_all_its_pieces(hall: MailHall, monkeypatch: pytest.MonkeyPatch) -> None:
    contents, asked = hall.mailboxes.contents, 0
    raw = contents.raw

    async def counted(content_id: str) -> bytes:
        nonlocal asked
        asked += 1
        return await raw(content_id)

    monkeypatch.setattr(contents, "raw", counted)
    async with open_wire(hall) as wire:
        for at in range(5):
            await fetched(wire, f"BODY.PEEK[2]<{at * 1000}.1000>")
    assert asked == 1


async def test_it_is_kept_for_a_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholes, "KEPT_S", 0.01)
    kept, root = wholes.Wholes(), find_parts(MAIL)
    kept.keep("one", MAIL, root)
    kept.keep("two", MAIL, root)
    assert (kept.raw("one"), kept.raw("two"), kept.root("two")) == (None, MAIL, root)
    while kept.root("two") is not None:  # noqa: ASYNC110 - a timer of the loop ends it
        await asyncio.sleep(0.001)
    assert kept.raw("two") is None
