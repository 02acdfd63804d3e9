"""Chats against a city in its own process, with everything that goes wrong, and the count of those that are lost.

Lost is a conversation for which a person was called and which was neither answered by one nor became a letter that runs
from its first message, exactly once; and words that were acknowledged and stand in no conversation.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse
from support.live import LiveCity
from support.web import Browser

from minxin.consult.chat.records import Conversation, Message, Stage
from minxin.consult.intake import chat_key
from minxin.consult.records import Channel, Letter
from minxin.deploy.city import load_city
from minxin.deploy.settings import BUILTIN_CITY
from minxin.store.sqlite.store import SqliteStore

# So short that a test need not wait. Staff are gone after more than one missed heartbeat (``webui/live.py``), as ever.
QUICK = {"promised_minutes": 0.2, "staff_gone_s": 11, "visitor_gone_s": 5, "silent_minutes": 0.3, "most": 20}
# For fifty at once on a busy machine.
PATIENT = {"promised_minutes": 0.75, "staff_gone_s": 15, "visitor_gone_s": 15, "silent_minutes": 1, "most": 20}
# The switch that breaks the promise: nobody looks after anybody within the time of the test.
NEGLIGENT = {"promised_minutes": 600, "staff_gone_s": 36_000, "visitor_gone_s": 36_000, "silent_minutes": 600}
SETTLED_S = 90.0
ANSWER = "您好，已登记，会尽快办理。"
CLERK = f"{load_city(BUILTIN_CITY).centre}.clerk1"


@dataclass
class ServedCity(LiveCity):
    """A city that runs as in service, with rules of its own for the chat."""

    def command(self) -> tuple[str, ...]:
        return ("all",)


def served_city(live: LiveCity, folder: Path, rules: dict[str, float]) -> ServedCity:
    """Return the prepared city as it runs in service, with these rules."""
    city = folder / "city_folder"
    shutil.copytree(BUILTIN_CITY, city)
    about = json.loads((city / "city.json").read_text(encoding="utf-8"))
    (city / "city.json").write_text(json.dumps({**about, "chat": rules}), encoding="utf-8")
    environment = {"MINXIN_CITY": str(city), "MINXIN_STAFF_SECOND_FACTOR": "0", "MINXIN_SECURE_COOKIES": "0"}
    return ServedCity(live.data, environment=environment)


@dataclass
class Said:
    """What people were acknowledged: the visitors' words, and the staff's answers."""

    words: list[str] = field(default_factory=list)


@asynccontextmanager
async def citizens(city: LiveCity, count: int) -> AsyncIterator[list[Browser]]:
    """Log in so many citizens, each in a browser of his own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(city.browser(f"citizen{number + 1}")) for number in range(count)]


async def call(browser: Browser, words: str, said: Said) -> None:
    """Say something and call a person; what the service did not live to acknowledge does not count."""
    try:
        await browser.get("/ask")
        await browser.submit("/ask", q=words)
        if browser.status == 200 and browser.path.startswith("/ask"):
            said.words.append(words)
            await browser.submit("/ask", q="", do="person")
    except ClientError:
        return


async def add(browser: Browser, words: str, said: Said) -> None:
    """Say something more to the person."""
    try:
        await browser.get("/ask")
        await browser.submit("/ask/say", text=words)
        if browser.status == 200 and words in browser.text:
            said.words.append(words)
    except ClientError:
        return


async def end_when_answered(browser: Browser) -> None:
    """End the conversation when a person answered in it: what he says next is another chat."""
    await browser.get("/ask")
    if ANSWER in browser.text:
        await browser.submit("/ask/end")


class StaffPage:
    """A staff member's page with its socket: on duty until it is torn away."""

    def __init__(self, browser: Browser, session: ClientSession, socket: ClientWebSocketResponse) -> None:
        self.browser = browser
        self._session = session
        self._socket = socket

    async def tear(self) -> None:
        """Close the browser without a word."""
        await self._session.close()

    async def serve(self, most: int) -> int:
        """Answer up to so many of those whom he has, and return how many."""
        answered = 0
        await self.browser.get("/desk/chats")
        mine = self.browser.text.partition("正在排队的市民")[0]
        for path in dict.fromkeys(_links(mine)):
            if answered == most:
                break
            await self.browser.get(path)
            if f'action="{path}/say"' in self.browser.text:
                await self.browser.submit(f"{path}/say", text=ANSWER)
                answered += self.browser.status == 200
        return answered


def _links(text: str) -> Iterable[str]:
    return (part.partition('"')[0] for part in text.split('href="')[1:] if part.startswith("/desk/chats/"))


@asynccontextmanager
async def on_duty(city: LiveCity, login: str = CLERK) -> AsyncIterator[StaffPage]:
    """Log a clerk in, and have him on duty with his page open."""
    async with city.browser(login) as browser:
        await browser.get("/desk/chats")
        await browser.submit("/desk/chats/duty", on="1", most="20")
        session = ClientSession()
        headers = browser._headers({"Origin": city.base})
        try:
            socket = await session.ws_connect(f"{city.base}/desk/chats/live", headers=headers)
            yield StaffPage(browser, session, socket)
        finally:
            await session.close()


async def lost(data: Path, said: Said) -> list[str]:
    """Return what is lost in the store that a stopped city left behind, in words."""
    store = await SqliteStore.open(data)
    try:
        return await _lost(store, said)
    finally:
        await store.close()


async def _lost(store: SqliteStore, said: Said) -> list[str]:
    called = [one for one in await store.conversations_in(tuple(Stage)) if one.asked_at is not None]
    found: list[str] = []
    kept: Counter[str] = Counter()
    for one in called:
        messages = await store.messages_of(one.id)
        kept.update(message.text for message in messages)
        problem = await _problem(store, one, messages)
        found += [f"{one.about}: {problem}"] if problem else []
    unasked = [one for one in await store.conversations_in((Stage.ASSISTANT,)) if one.asked_at is None]
    for one in unasked:
        kept.update(message.text for message in await store.messages_of(one.id))
    found += [f"{words}: acknowledged {kept[words]} times" for words in said.words if kept[words] != 1]
    return found


async def _problem(store: SqliteStore, one: Conversation, messages: Sequence[Message]) -> str:
    letter = await store.letter_by_intake_key(chat_key(one.id))
    if one.stage is not Stage.LETTER:
        answered = one.answered_at is not None and one.waits_since is None
        return "" if answered and letter is None else f"{one.stage}, not answered"
    if letter is None or letter.id != one.letter_id:
        return "its letter is not there"
    return "" if _runs_from(letter, messages) else f"its letter runs from {letter.received_at}"


def _runs_from(letter: Letter, messages: Sequence[Message]) -> bool:
    due = letter.answer_due
    return (
        letter.channel is Channel.CHAT
        and letter.received_at == messages[0].at
        and letter.number != ""
        and due is not None
        and due.start == messages[0].at
    )


async def settled(city: LiveCity, within_s: float = SETTLED_S) -> None:
    """Wait until the service owes nobody anything any more, at most so long."""
    store = await SqliteStore.open(city.data)
    try:
        async with asyncio.timeout(within_s):
            while True:
                found = await store.conversations_in((Stage.WAITING, Stage.SERVED))
                if all(one.answered_at is not None and one.waits_since is None for one in found):
                    return
                await asyncio.sleep(0.25)
    except TimeoutError:
        return
    finally:
        await store.close()


async def nobody_is_there(city: LiveCity, count: int, said: Said, tag: str) -> None:
    """So many citizens call while nobody is on duty."""
    async with citizens(city, count) as browsers:
        await asyncio.gather(*(call(one, f"{tag} 第 {n} 个 无人在岗时咨询", said) for n, one in enumerate(browsers)))


async def staff_are_torn_away(city: LiveCity, count: int, said: Said, tag: str) -> int:
    """So many citizens call, a third is answered, then the staff member's browser dies; return how many were."""
    async with citizens(city, count) as browsers, on_duty(city) as clerk:
        await asyncio.gather(*(call(one, f"{tag} 第 {n} 个 坐席断线时咨询", said) for n, one in enumerate(browsers)))
        answered = await clerk.serve(count // 3)
        await clerk.tear()
        await asyncio.gather(*(end_when_answered(one) for one in browsers))
    return answered


async def service_is_killed(city: LiveCity, count: int, said: Said, tag: str, after_s: float) -> None:
    """So many citizens call and speak while the service is killed in the middle and started again; none comes back."""
    async with citizens(city, count) as browsers, on_duty(city) as clerk:

        async def talk(number: int, browser: Browser) -> None:
            words = f"{tag} 第 {number} 个 服务被杀时咨询"
            await call(browser, words, said)
            for more in range(50):
                await add(browser, f"{words} 补充 {more}", said)

        async def answer() -> None:
            for _ in range(50):
                try:
                    await clerk.serve(1)
                except ClientError:
                    return
                await asyncio.sleep(0.1)

        talking = [asyncio.create_task(talk(number, one)) for number, one in enumerate(browsers)]
        talking.append(asyncio.create_task(answer()))
        await asyncio.sleep(after_s)
        await city.kill()
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        await clerk.tear()
    await city.start()
