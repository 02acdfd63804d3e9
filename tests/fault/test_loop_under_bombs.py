"""Mail and forms that are dear to read hold up nobody: the loop of the whole service never works long in one turn.

Counted is the loop's own processor time between two of its turns, which is the same on a busy machine.
"""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.bombs import BOMBS
from support.live import HOST, free_port
from support.web import Browser, open_browser

from minxin.core.store import Queue
from minxin.deploy.house import House, open_house
from minxin.deploy.populate import PASSWORD
from minxin.deploy.server import running
from minxin.deploy.settings import Settings, load_settings

pytestmark = pytest.mark.fault
LONGEST_TURN_S = 0.25
MAYOR = "mayor@binhai.example"
_EMPTY_S = 60


async def longest_turn(work: Awaitable[object]) -> float:
    """Return the most processor time in seconds that the loop's thread used at once while ``work`` went on."""
    task = asyncio.ensure_future(work)
    worst, before = 0.0, time.thread_time()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.thread_time()
        worst, before = max(worst, now - before), now
    await task
    return worst


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    shutil.copytree(prepared, tmp_path / "city")
    loaded = load_settings(None, {}, data=tmp_path / "city", demo=True, staff_second_factor=False)
    return replace(loaded, port=free_port(), smtp_port=free_port(), imap_port=0, submission_port=0)


def _send(port: int, number: int, name: str, bomb: bytes) -> int:
    sender = f"citizen{number}@home.example"
    head = f"From: {sender}\r\nMessage-ID: <{name}@home.example>\r\n".encode()
    with smtplib.SMTP(HOST, port, timeout=60) as client:
        client.ehlo("home.example")
        client.mail(sender)
        client.rcpt(MAYOR)
        return client.data(head + bomb.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0]


async def _by_mail(house: House) -> dict[str, int]:
    """Send every bomb as a citizen's mail; return the answers once all were read or given up."""
    answers = {}
    for number, (name, bomb) in enumerate(BOMBS.items(), start=1):
        answers[name] = await asyncio.to_thread(_send, house.settings.smtp_port, number, name, bomb)
    async with asyncio.timeout(_EMPTY_S):
        while await house.store.waiting(Queue.JOBS):  # noqa: ASYNC110 - the queue rings its worker only
            await asyncio.sleep(0.1)
    return answers


async def _by_form(browser: Browser) -> None:
    await browser.log_in("citizen20", PASSWORD)
    for text in ("<div>" * 20_000, "&#9;" * 25_000, "=HYPERLINK(" * 10_000, "\u202e" * 20_000):
        for path in ("/write", "/write/check", "/ask"):
            await browser.get("/write")
            await browser.submit(path, kind="complaint", subject=text[:300], text=text, q=text, place=text)
            assert 200 <= browser.status < 500


async def test_bombs_by_mail_and_form_never_hold_the_loop(settings: Settings) -> None:
    async with open_house(settings) as house, running(house), open_browser(settings.address) as browser:
        await browser.get("/")
        found: dict[str, int] = {}

        async def send() -> None:
            found.update(await _by_mail(house))

        assert await longest_turn(send()) < LONGEST_TURN_S
        assert set(found.values()) <= {250, 500, 552, 554}
        assert await longest_turn(_by_form(browser)) < LONGEST_TURN_S


async def test_the_count_sees_a_turn_that_is_too_long() -> None:
    async def hold() -> None:
        until = time.thread_time() + LONGEST_TURN_S
        while time.thread_time() < until:
            pass

    assert await longest_turn(hold()) >= LONGEST_TURN_S
