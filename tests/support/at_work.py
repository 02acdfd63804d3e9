"""People at work while the service is killed: each comes again with the same until he is answered, as people do.

Letters are written by form, by mail and by a program; mail leaves; staff move work orders on. What was acknowledged is
kept in :class:`Promised`.
"""

from __future__ import annotations

import asyncio
import random
import re
import smtplib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from typing import Any, Final

from aiohttp import ClientError
from support.caller import Caller
from support.live import HOST
from support.service import Service
from support.web import Browser, open_browser

from minxin.core.ids import new_id
from minxin.deploy.populate import PASSWORD

NUMBER: Final = re.compile(r"20\d\d-\d{6,}")
MAYOR: Final = "mayor@binhai.example"
OFFICE: Final = "chengguan"
LETTER: Final = {"kind": "complaint", "subject": "路灯不亮", "place": "文庙街"}
REPLY: Final = {
    "finding": "经现场检查，反映情况属实。",
    "basis": "《滨海市城市照明管理办法》第十二条",
    "result": "已更换灯具，恢复照明。",
    "contact": "王工 0399-5550000",
    "remedy": "对答复不满意的，可以申请复查。",
}
# Who does what with a work order in a state, and the event that it leaves.
MOVES: Final = {
    "to_dispatch": ("zhongxin.clerk1", "dispatch", {"office_id": OFFICE, "reason": "职责对应"}, "routed"),
    "to_sign": (f"{OFFICE}.handler1", "sign_for", {}, "signed_for"),
    "in_progress": (f"{OFFICE}.handler1", "submit", REPLY, "submitted"),
    "in_review": (f"{OFFICE}.reviewer1", "approve", {}, "approved"),
    "to_sign_off": (f"{OFFICE}.signer1", "sign_off", {}, "answered"),
}
OK: Final = 200
DONE: Final = range(200, 300)
REFUSED: Final = range(400, 500)
PAUSE_S: Final = 0.1
MAILS: Final = 20  # of one connection
SMTP_S: Final = 20.0


class UnansweredError(Exception):
    """Nobody said whether it was done."""


# What people meet while a process is killed, and what a page that is an error makes of reading it.
TROUBLE: Final = (ClientError, OSError, smtplib.SMTPException, UnansweredError, AssertionError, LookupError, ValueError)


@dataclass
class Promised:
    """What people were promised: numbers of letters by the words of forms and calls, words of mails, which get none.

    ``sent`` are the subjects of mails that leave, ``moves`` work orders with the event that a move leaves.
    """

    numbers: dict[str, str] = field(default_factory=dict)
    mails: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    moves: set[tuple[str, str]] = field(default_factory=set)
    heard: Counter[str] = field(default_factory=Counter)

    def number(self, how: str, words: str, number: str) -> None:
        """Keep the number of a letter; it never changes."""
        assert self.numbers.setdefault(words, number) == number, "one letter has two numbers"
        self.heard[how] += 1


class Person:
    """Somebody with a browser, logged in when first needed and then for good: sessions outlive processes."""

    def __init__(self, base: str, login: str) -> None:
        self._base = base
        self._login = login
        self._stack = AsyncExitStack()
        self._browser: Browser | None = None
        self._caller: Caller | None = None

    async def browser(self) -> Browser:
        """Return the browser; raises what people meet when nobody can log in."""
        if self._browser is None:
            browser = await self._stack.enter_async_context(open_browser(self._base))
            await browser.log_in(self._login, PASSWORD)
            if browser.status != OK or browser.path.startswith("/login"):
                raise UnansweredError
            self._browser = browser
        return self._browser

    async def caller(self) -> Caller:
        """Return who calls the JSON interface."""
        if self._caller is None:
            self._caller = Caller(await self.browser())
        return self._caller

    async def close(self) -> None:
        """Close the browsers, also those that did not get in."""
        await self._stack.aclose()


class AtWork:
    """Everybody at once, until told to stop."""

    def __init__(self, service: Service) -> None:
        self.promised = Promised()
        self.trouble: Counter[str] = Counter()
        self._bases, self._smtp_ports = service.bases(), service.smtp_ports()
        self._stopped = False
        self._people: dict[tuple[str, str], Person] = {}
        self._letters: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Have everybody begin: at each door somebody writes."""
        steps: list[Callable[[], Awaitable[None]]] = []
        citizens = count(1)
        for base in self._bases:
            steps += [self._form(base, next(citizens)), self._call(base, next(citizens)), self._post(base, 30)]
            steps += [self._staff(base), self._form(base, next(citizens))]
        steps += [self._mail(port, next(citizens)) for port in self._smtp_ports for _ in range(2)]
        self._tasks = [asyncio.create_task(self._keep_on(step)) for step in steps]

    async def stop(self) -> None:
        """Have everybody finish what he is at, answered or not."""
        self._stopped = True
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        for person in self._people.values():
            await person.close()

    async def answered(self, within_s: float, *also: str) -> None:
        """Wait until people were answered again at every kind of door, and what else is named: a move, a mail."""
        before = Counter(self.promised.heard)
        async with asyncio.timeout(within_s):
            for how in ("form", "call", "mail", *also):
                while self.promised.heard[how] == before[how]:  # noqa: ASYNC110 - another process answers
                    self._look()
                    await asyncio.sleep(0.02)

    def _look(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()

    async def _keep_on(self, step: Callable[[], Awaitable[None]]) -> None:
        while not self._stopped:
            try:
                await step()
            except TROUBLE as error:
                self.trouble[type(error).__name__] += 1
                await asyncio.sleep(PAUSE_S)

    def _person(self, base: str, login: str) -> Person:
        return self._people.setdefault((base, login), Person(base, login))

    def _form(self, base: str, citizen: int) -> Callable[[], Awaitable[None]]:
        """Write by the page; the same form is sent again until there is a receipt."""
        form: dict[str, str] = {}

        async def step() -> None:
            browser = await self._person(base, f"citizen{citizen}").browser()
            if not form:
                await browser.get("/write")
                if browser.status != OK:
                    raise UnansweredError
                form.update(browser.hidden("/write"), **LETTER, text=_words("form", citizen))
            await browser.post("/write", dict(form))
            found = NUMBER.search(browser.text) if browser.path.endswith("/receipt") else None
            if browser.status == OK and found:
                self.promised.number("form", form["text"], found.group())
            elif browser.status not in REFUSED:
                raise UnansweredError
            form.clear()

        return step

    def _call(self, base: str, citizen: int) -> Callable[[], Awaitable[None]]:
        """Write as a program does: the same token is the same letter."""
        waiting: list[tuple[str, str]] = []

        async def step() -> None:
            caller = await self._person(base, f"citizen{citizen}").caller()
            if not waiting:
                waiting.append((_words("call", citizen), new_id()))
            words, token = waiting[0]
            receipt = await caller.post("/letters", **LETTER, text=words, token=token)
            if caller.status not in DONE:
                raise UnansweredError
            self.promised.number("call", words, receipt["number"])
            self._letters.append(receipt["id"])
            waiting.clear()

        return step

    def _post(self, base: str, citizen: int) -> Callable[[], Awaitable[None]]:
        """Send mail to somebody outside: the same key is the same mail."""
        waiting: list[tuple[str, str]] = []
        boxes: list[str] = []

        async def step() -> None:
            caller = await self._person(base, f"citizen{citizen}").caller()
            if not boxes:
                boxes.append((await caller.get("/mailboxes"))["items"][0]["id"])
            if not waiting:
                waiting.append((_words("post", citizen), new_id()))
            words, key = waiting[0]
            path = f"/mailboxes/{boxes[0]}/mail"
            await caller.post(path, key=key, to=["friend@outside.example"], subject=words, text=words)
            if caller.status not in DONE:
                raise UnansweredError
            self.promised.sent.add(words)
            self.promised.heard["post"] += 1
            waiting.clear()
            await asyncio.sleep(PAUSE_S)

        return step

    def _staff(self, base: str) -> Callable[[], Awaitable[None]]:
        """Move the work order of one letter after the other on, from the tray to the answer."""
        under_way: list[str] = []

        async def step() -> None:
            if not under_way:
                if not self._letters:
                    await asyncio.sleep(PAUSE_S)
                    return
                under_way.append(self._letters.pop(0))
            letter = await (await self._person(base, "zhongxin.clerk1").caller()).get(f"/letters/{under_way[0]}")
            if not letter["orders"]:
                await asyncio.sleep(PAUSE_S)
            elif not await self._moved(base, letter["orders"][0]):
                under_way.clear()

        return step

    async def _moved(self, base: str, order: dict[str, Any]) -> bool:
        """Make the next move; False when there is none for these people."""
        if order["state"] not in MOVES or order["office_id"] not in (None, OFFICE):
            return False
        login, move, given, event = MOVES[order["state"]]
        staff = await self._person(base, login).caller()
        await staff.post(f"/orders/{order['id']}/{move}", **given)
        if staff.status in DONE:
            self.promised.moves.add((order["id"], event))
            self.promised.heard["move"] += 1
        elif staff.status not in REFUSED:
            raise UnansweredError
        return True

    def _mail(self, port: int, citizen: int) -> Callable[[], Awaitable[None]]:
        """Write by mail; the same mail is sent again until it is taken."""
        waiting: list[EmailMessage] = []

        def send() -> None:
            with smtplib.SMTP(HOST, port, timeout=SMTP_S) as client:
                client.ehlo("home.example")
                for _ in range(MAILS):
                    if self._stopped:
                        return
                    if not waiting:
                        waiting.append(_written(citizen, _words("mail", citizen)))
                    client.mail(waiting[0]["From"])
                    client.rcpt(MAYOR)
                    status, _ = client.data(waiting[0].as_bytes())
                    if status != 250:
                        raise UnansweredError
                    self.promised.mails.add(waiting.pop().get_content().strip())
                    self.promised.heard["mail"] += 1

        async def step() -> None:
            await asyncio.to_thread(send)

        return step


def _words(how: str, citizen: int) -> str:
    return f"letter by {how} of {citizen} {random.random()}"  # noqa: S311


def _written(citizen: int, words: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"citizen{citizen}@home.example", MAYOR, "路灯不亮"
    mail["Message-ID"] = f"<{words.replace(' ', '.')}@home.example>"
    mail.set_content(words)
    return mail
