"""Kill -9 at any moment under load: no letter that was acknowledged is lost, torn or doubled.

``MINXIN_KILL_ROUNDS`` sets the number of rounds (30 in CI; ``make kill`` runs 200).
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import smtplib
import sqlite3
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from aiohttp import ClientError
from support.live import HOST, LiveCity, audit_verify
from support.web import Browser

ROUNDS = int(os.environ.get("MINXIN_KILL_ROUNDS", "30"))
NUMBER = re.compile(r"20\d\d-\d{6,}")
MAYOR = "mayor@binhai.example"
PATIENCE_S = 60.0
pytestmark = pytest.mark.fault


@dataclass
class Acknowledged:
    """What the clients were promised: letter numbers by the words of forms, and the words of mails, which get none.

    ``last`` is the last mail that each citizen sent, answered or not: he sends it again.
    """

    numbers: dict[str, str] = field(default_factory=dict)
    mails: set[str] = field(default_factory=set)
    last: dict[int, EmailMessage] = field(default_factory=dict)

    def keep(self, words: str, number: str) -> None:
        assert self.numbers.setdefault(words, number) == number

    def missing(self, stored: dict[str, bytes]) -> set[str]:
        """Return the words that were acknowledged and are in no letter, or not in the one with their number."""
        mails = {_body(raw) for raw in stored.values()}
        forms = {words for words, number in self.numbers.items() if words.encode() not in stored.get(number, b"")}
        return forms | (self.mails - mails)


async def _write_by_web(city: LiveCity, citizen: int, acknowledged: Acknowledged, begun: asyncio.Event) -> None:
    async with city.browser(f"citizen{citizen}") as browser:
        for count in range(10_000):
            words = f"网页来信 {citizen} {count} {random.random()}"  # noqa: S311
            number = await _send_form(browser, words)
            if number:
                acknowledged.keep(words, number)
                begun.set()


async def _send_form(browser: Browser, words: str) -> str | None:
    await browser.get("/write")
    await browser.submit("/write", kind="complaint", subject="路灯不亮", text=words, place="文庙街")
    found = NUMBER.search(browser.text) if browser.status == 200 and browser.path.endswith("/receipt") else None
    return found.group() if found else None


def _write_by_mail(port: int, citizen: int, acknowledged: Acknowledged) -> None:
    with smtplib.SMTP(HOST, port, timeout=20) as client:
        client.ehlo("home.example")
        if citizen in acknowledged.last:
            _send_mail(client, acknowledged.last[citizen], acknowledged)
        for count in range(10_000):
            acknowledged.last[citizen] = _mail(citizen, f"mail {citizen} {count} {random.random()}")  # noqa: S311
            _send_mail(client, acknowledged.last[citizen], acknowledged)


def _mail(citizen: int, words: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"citizen{citizen}@home.example", MAYOR, "路灯不亮"
    mail["Message-ID"] = f"<{words.replace(' ', '.')}@home.example>"
    mail.set_content(words)
    return mail


def _send_mail(client: smtplib.SMTP, mail: EmailMessage, acknowledged: Acknowledged) -> None:
    client.mail(mail["From"])
    client.rcpt(MAYOR)
    status, _ = client.data(mail.as_bytes())
    if status == 250:
        acknowledged.mails.add(mail.get_content().strip())


def _body(raw: bytes) -> str:
    return raw.rpartition(b"\r\n\r\n")[2].strip().decode()


async def _load_until_killed(city: LiveCity, seconds: float, acknowledged: Acknowledged) -> None:
    begun = asyncio.Event()
    writers = [asyncio.create_task(_write_by_web(city, citizen, acknowledged, begun)) for citizen in (1, 2, 3)]
    mailers = [
        asyncio.create_task(asyncio.to_thread(_write_by_mail, city.smtp_port, citizen, acknowledged))
        for citizen in (4, 5)
    ]
    # Logging in takes longer the busier the machine is.
    async with asyncio.timeout(PATIENCE_S):
        await begun.wait()
    await asyncio.sleep(seconds)
    await city.kill()
    for result in await asyncio.gather(*writers, *mailers, return_exceptions=True):
        assert isinstance(result, ClientError | OSError | smtplib.SMTPException | AssertionError), result


def _stored(data: Path) -> dict[str, bytes]:
    """Return the raw bytes of every letter by its number; reading recovers the write-ahead log."""
    with sqlite3.connect(data / "minxin.db") as database:
        rows = database.execute(
            "SELECT json_extract(letters.body, '$.number'), blobs.data FROM letters"
            " LEFT JOIN blobs ON blobs.id = json_extract(letters.body, '$.raw_blob')"
        ).fetchall()
    numbers = [number for number, _ in rows]
    assert len(numbers) == len(set(numbers)), "a number was given twice"
    assert all(raw for _, raw in rows), "a letter names raw bytes that are not there"
    return dict(rows)


async def test_no_acknowledged_letter_is_lost_when_the_service_is_killed(live_city: LiveCity) -> None:
    chance = random.Random(20260302)  # noqa: S311
    city, acknowledged = live_city, Acknowledged()
    for number in range(ROUNDS):
        await city.start()
        await _load_until_killed(city, chance.uniform(0.0, 0.8), acknowledged)
        stored = _stored(city.data)
        missing = acknowledged.missing(stored)
        assert not missing, f"round {number}: {len(missing)} acknowledged are gone or have other words: {missing}"
    by_mail, by_web = len(acknowledged.mails), len(acknowledged.numbers)
    assert min(by_mail, by_web) > ROUNDS // 3, "too few letters for the test to mean anything"
    bodies = [_body(raw) for raw in stored.values()]
    assert len(bodies) == len(set(bodies)), "what was sent again became a second letter"
    status, output = await audit_verify(city.data)
    assert status == 0, output
