"""Between the last byte of a letter and the word that it was accepted lies a successful sync of the disk.

The service runs under ``strace``, which writes down every sync and every answer in the order in which they happened.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.live import HOST, LiveCity
from support.web import Browser

pytestmark = pytest.mark.fault
MAYOR = "mayor@binhai.example"
MAILS, FORMS = 20, 5
ACCEPTED = "250 2.0.0 "
_SYNC = re.compile(r"(?:f(?:data)?sync\(\d+|<\.\.\. f(?:data)?sync resumed>)\) += 0")


@dataclass(frozen=True)
class Seen:
    """What the trace says of the letters: how many were accepted, and how many of those without a sync before."""

    accepted: int
    unsynced: int


def read_trace(lines: Iterable[str], taken: str, accepted: str) -> Seen:
    """Count acceptances, and those with no successful sync since the letter's last bytes came in.

    ``taken`` is a word of what the client sends last; ``accepted`` one of the answer.
    """
    count = unsynced = 0
    waiting = synced = False
    for line in lines:
        if taken in line and "recvfrom" in line:
            waiting, synced = True, False
        elif waiting and _SYNC.search(line):
            synced = True
        elif waiting and accepted in line and "send" in line:
            count += 1
            unsynced += not synced
            waiting = False
    return Seen(count, unsynced)


class Trace:
    """``strace`` on the running service, which needs no restart for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Trace:
        return self

    async def attach(self, pid: int) -> None:
        """Begin to write; returns when the trace is on."""
        strace = shutil.which("strace")
        assert strace, "strace is missing: install Debian's package 'strace' (make test does so when it is run by root)"
        calls = "trace=fdatasync,fsync,sendto,sendmsg,recvfrom"
        self._process = await asyncio.create_subprocess_exec(
            *(strace, "-f", "-s", "4096", "-e", calls, "-o", str(self.path), "-p", str(pid)),
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._process.stderr is not None
        said = (await self._process.stderr.readline()).decode()
        assert "attached" in said, f"strace could not attach: {said}"

    async def __aexit__(self, *_: object) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            await self._process.wait()

    def lines(self) -> list[str]:
        return self.path.read_text(errors="replace").splitlines()


def _send_mails(port: int) -> list[str]:
    """Send the mails and return the beginning of each answer."""
    replies = []
    with smtplib.SMTP(HOST, port, timeout=20) as client:
        client.ehlo()
        for count in range(MAILS):
            mail = (
                f"From: citizen{count + 1}@home.example\r\nTo: {MAYOR}\r\nSubject: {count}\r\n"
                f"Message-ID: <{count}@home.example>\r\n\r\nbody\r\nlast-bytes-of-the-mail\r\n"
            )
            client.mail(f"citizen{count + 1}@home.example")
            client.rcpt(MAYOR)
            status, reply = client.data(mail.encode())
            replies.append(f"{status} {reply.decode()}"[: len(ACCEPTED)])
    return replies


async def _send_form(browser: Browser) -> None:
    await browser.get("/write")
    await browser.submit(
        "/write", kind="complaint", subject="路灯不亮", text="灯坏了很久，请来修。", place="last-bytes-of-the-form"
    )
    assert browser.path.endswith("/receipt")


async def test_every_accepted_letter_was_synced_before_its_answer(live_city: LiveCity, tmp_path: Path) -> None:
    await live_city.start()
    try:
        async with live_city.browser("citizen7") as browser, Trace(tmp_path / "trace") as trace:
            assert live_city.process
            await trace.attach(live_city.process.pid)
            assert await asyncio.to_thread(_send_mails, live_city.smtp_port) == [ACCEPTED] * MAILS
            for _ in range(FORMS):
                await _send_form(browser)
    finally:
        await live_city.kill()
    lines = trace.lines()
    assert read_trace(lines, "last-bytes-of-the-mail", ACCEPTED) == Seen(MAILS, 0)
    assert read_trace(lines, "last-bytes-of-the-form", "303 See Other") == Seen(FORMS, 0)


GOOD = ['9 recvfrom(7, "x last", 9) = 6', "9 fdatasync(5) = 0", '9 sendto(7, "250 2.0.0", 9) = 9']


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (GOOD, Seen(1, 0)),
        ([GOOD[1], GOOD[0], GOOD[2]], Seen(1, 1)),
        ([GOOD[0], GOOD[2], GOOD[1]], Seen(1, 1)),
        ([GOOD[0], "9 fdatasync(5) = -1 EIO (Input/output error)", GOOD[2]], Seen(1, 1)),
        ([GOOD[0], "9 fdatasync(5 <unfinished ...>", "9 <... fdatasync resumed>) = 0", GOOD[2]], Seen(1, 0)),
        ([GOOD[0], "9 fdatasync(5 <unfinished ...>", GOOD[2]], Seen(1, 1)),
        (GOOD + GOOD[::2], Seen(2, 1)),
    ],
)
def test_a_sync_that_is_missing_failed_or_late_is_seen(lines: list[str], seen: Seen) -> None:
    assert read_trace(lines, "last", "250 2.0.0") == seen


async def test_without_strace_the_check_fails_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="install Debian's package 'strace'"):
        await Trace(tmp_path / "trace").attach(1)
