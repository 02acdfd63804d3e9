"""Kill -9 while mail programs work: what was deleted stays deleted, what came stays, and no UID is given twice."""

from __future__ import annotations

import asyncio
import imaplib
import os
import random
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from support.imap import MAIL, ok
from support.live import HOST, LiveCity

from minxin.deploy.populate import PASSWORD

ROUNDS = int(os.environ.get("MINXIN_IMAP_KILL_ROUNDS", "5"))
pytestmark = pytest.mark.fault


@dataclass
class Told:
    """What the door said is done: UIDs that came, were moved, and went for good; ``asked`` were about to go.

    ``named`` are the Message-IDs of the mails by the UIDs under which they came.
    """

    came: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    went: set[int] = field(default_factory=set)
    to_move: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    named: dict[int, int] = field(default_factory=dict)


async def test_what_was_said_to_be_done_is_done_after_a_kill(live_city: LiveCity) -> None:
    await live_city.start()
    secret = await _app_password(live_city)
    told, validity = Told(), ""
    try:
        for _ in range(ROUNDS):
            work = asyncio.create_task(asyncio.to_thread(_work, live_city.imap_port, secret, told))
            came = len(told.came)
            while len(told.came) < came + 8:  # noqa: ASYNC110 - a thread writes it
                await asyncio.sleep(0.02)
            await asyncio.sleep(random.random() / 4)  # noqa: S311 - any moment will do
            await live_city.kill()
            assert isinstance((await asyncio.gather(work, return_exceptions=True))[0], OSError | imaplib.IMAP4.error)
            await live_city.start()
            uids, found_validity, next_uid = await asyncio.to_thread(_look, live_city.imap_port, secret)
            await asyncio.to_thread(_count, live_city.imap_port, secret, told)
            assert validity in ("", found_validity)
            validity = found_validity
            assert told.came - told.asked - told.to_move <= uids, "a mail that was put in is gone"
            assert not (told.went | told.moved) & uids, "a mail that was deleted or moved is back"
            assert next_uid > max(told.came | uids, default=0), "a UID would be given twice"
        assert told.went, "nothing was deleted: the rounds are too short"
    finally:
        await live_city.kill()


async def _app_password(city: LiveCity) -> str:
    async with city.browser("citizen1") as browser:
        await browser.get("/account/app-passwords")
        await browser.submit("/account/app-passwords", name="kill", imap="1", password=PASSWORD)
        return browser.text.split('<code id="new-password">')[1].split("<")[0]


@contextmanager
def _client(port: int, secret: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4(HOST, port, timeout=20)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # it sends a mail and its last line apart
    try:
        ok(client.login("citizen1", secret))
        ok(client.select("Archive"))
        yield client
    finally:
        client.shutdown()


def _work(port: int, secret: str, told: Told) -> None:
    """Put mails in, delete every other one, move one, and write down what was answered, until the door is gone."""
    with _client(port, secret) as client:
        while True:
            new = []
            for _ in range(4):
                name = len(told.named) + random.randrange(10**6) * 10**6  # noqa: S311 - one that no other mail has
                (said,) = ok(client.append("Archive", "", "", MAIL.replace(b"<1@x>", b"<%d@x>" % name)))
                found = re.search(rb"APPENDUID \d+ (\d+)", said)
                assert found
                new.append(int(found[1]))
                told.named[new[-1]] = name
                told.came.add(new[-1])
            ok(client.noop())
            told.asked |= set(new[::2])
            chosen = ",".join(map(str, new[::2]))
            ok(client.uid("STORE", chosen, "+FLAGS.SILENT", r"(\Deleted)"))
            ok(client.uid("EXPUNGE", chosen))
            told.went |= set(new[::2])
            told.to_move.add(new[1])
            ok(client.uid("MOVE", str(new[1]), "Junk"))
            told.moved.add(new[1])


def _look(port: int, secret: str) -> tuple[set[int], str, int]:
    with _client(port, secret) as client:
        (said,) = ok(client.status("Archive", "(UIDVALIDITY UIDNEXT)"))
        found = re.search(rb"UIDVALIDITY (\d+) UIDNEXT (\d+)", said)
        assert found
        (uids,) = ok(client.uid("SEARCH", "ALL"))
        return {int(uid) for uid in uids.split()}, found[1].decode(), int(found[2])


def _count(port: int, secret: str, told: Told) -> None:
    """Look whether each mail is in one of the folders, and in one only."""
    with _client(port, secret) as client:
        found = {}
        for folder in ("Archive", "Junk"):
            ok(client.select(folder))
            answer = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
            found[folder] = [int(name) for name in re.findall(rb"<(\d+)@x>", b"".join(_bytes(ok(answer))))]
    everywhere = [*found["Archive"], *found["Junk"]]
    assert len(everywhere) == len(set(everywhere)), "a mail is there twice"
    kept = {told.named[uid] for uid in told.came - told.asked}
    assert kept <= set(everywhere), "a mail is in neither folder"
    assert {told.named[uid] for uid in told.moved} <= set(found["Junk"]), "a mail that was moved is not where it went"


def _bytes(answer: list[tuple[bytes, bytes] | bytes | None]) -> Iterator[bytes]:
    for piece in answer:
        if piece is not None:
            yield b"".join(piece) if isinstance(piece, tuple) else piece
