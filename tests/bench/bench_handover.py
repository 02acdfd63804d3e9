"""The hand-over: how many of 200 chats are lost when everything dies, and what 500 chats open at once cost.

``python tests/bench/bench_handover.py [--chats 200] [--open 500] [--data FOLDER] [--negligent]`` prints both. A quarter
of the chats comes while nobody is on duty, a quarter loses the staff's browser, a quarter the service (kill -9 in the
middle, and a start), and for a quarter the assistant throws on every call. ``--negligent`` sets rules under which
nobody is looked after: the count must then see them lost (exit status 1). ``--data`` is the folder of a demonstration
that was stopped; without it one is made. The client shares the machine with the service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "fault"))

from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar, TCPConnector, WSMsgType  # noqa: E402
from support.chat import open_chat_city  # noqa: E402
from support.handover import (  # noqa: E402
    NEGLIGENT,
    PATIENT,
    SETTLED_S,
    Said,
    lost,
    nobody_is_there,
    served_city,
    service_is_killed,
    settled,
    staff_are_torn_away,
)
from support.live import LiveCity, copy_of  # noqa: E402
from support.web import Browser  # noqa: E402
from test_handover_assistant import everybody_asks  # noqa: E402

from minxin.consult.chat import decisions  # noqa: E402
from minxin.consult.chat.records import Author, Conversation, HandOver, Stage  # noqa: E402
from minxin.core.actor import Role  # noqa: E402
from minxin.core.changes import Changes  # noqa: E402
from minxin.core.clock import SystemClock  # noqa: E402
from minxin.deploy.city import load_city  # noqa: E402
from minxin.deploy.populate import PASSWORD  # noqa: E402
from minxin.deploy.settings import BUILTIN_CITY  # noqa: E402
from minxin.mailbox.records import Account  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402
from minxin.webui.visitor_key import VISITOR_SECRET, key_of, new_secret  # noqa: E402

START_S: Final = 600.0
AT_ONCE: Final = 50  # of the demonstration's sixty citizens
EACH: Final = 20  # conversations of one staff member
SPEAK_AT_ONCE: Final = 10
DESKS: Final = 25
KILL_AFTER_S: Final = 12.0  # all have called and are in the middle of talking


async def prepared(folder: Path) -> Path:
    """Make the folder of a demonstration without letters."""
    city = LiveCity(folder / "prepared")
    await city.start(START_S)
    await city.stop()
    return city.data


async def count_lost(data: Path, folder: Path, chats: int, rules: dict[str, float]) -> int:
    """Run the four quarters and return how many were lost."""
    quarter, said = chats // 4, Said()
    within_s = SETTLED_S if rules is PATIENT else 10.0
    city = served_city(copy_of(data, folder), folder, rules)
    await city.start(START_S)
    try:
        for first in range(0, quarter, AT_ONCE):
            some = min(AT_ONCE, quarter - first)
            await nobody_is_there(city, some, said, f"甲{first}")
            answered = await staff_are_torn_away(city, some, said, f"乙{first}")
            await settled(city, within_s)
            await service_is_killed(city, some, said, f"丙{first}", after_s=KILL_AFTER_S)
            await settled(city, within_s)
            print(f"{3 * (first + some)} chats, {answered} answered before the browser was torn away", flush=True)
        await city.stop()
    finally:
        await city.kill()
    found = await lost(city.data, said)
    by_assistant = Said()
    async with open_chat_city(folder / "assistant") as small:
        await everybody_asks(small, by_assistant, quarter)
        if rules is PATIENT:
            await small.chat.tending.tend()
    found += await lost(folder / "assistant", by_assistant)
    await _print_what_became(city.data, folder / "assistant")
    for problem in found[:10]:
        print(f"  {problem}")
    return len(found)


async def _print_what_became(*folders: Path) -> None:
    chats = letters = answered = words = 0
    for folder in folders:
        store = await SqliteStore.open(folder)
        for one in await store.conversations_in(tuple(Stage)):
            chats += one.asked_at is not None
            letters += one.stage is Stage.LETTER
            answered += one.stage is not Stage.LETTER and one.answered_at is not None
            words += one.length
        await store.close()
    print(f"of {chats} chats {letters} became letters, {answered} were answered by a person, {words} messages")


@dataclass
class Chat:
    """One chat with both of its pages."""

    conversation: Conversation
    visitor: Browser
    staff: Browser
    at_visitor: ClientWebSocketResponse
    at_staff: ClientWebSocketResponse


async def open_chats(data: Path, count: int) -> list[tuple[Conversation, str, Account]]:
    """Put so many served conversations into the store; return each with its visitor's secret and its staff."""
    store = await SqliteStore.open(data)
    now = SystemClock().now()
    staff = await _handlers(store)
    made = []
    for number in range(count):
        secret, account = new_secret(), staff[number // EACH % len(staff)]
        one = decisions.begin(key_of(secret) or "", None, now)
        one, asked = decisions.say(one, Author.VISITOR, f"第 {number} 位市民的咨询", now)
        one = decisions.call_person(one, HandOver.ASKED, now, now, account.office_id)
        one = decisions.take(one, account.id, account.post, now)
        one, answer = decisions.say(one, Author.STAFF, "您好，请讲。", now, post=account.post)
        await store.commit(Changes(inserts=[one, asked, answer]))
        made.append((one, secret, account))
    await store.close()
    return made


async def _handlers(store: SqliteStore) -> list[Account]:
    logins = [f"{office.id}.{Role.HANDLER}1" for office in load_city(BUILTIN_CITY).offices if office.routable]
    found = [await store.account_by_login(login) for login in logins[:DESKS]]
    return [account for account in found if account is not None]


async def measure_open(data: Path, folder: Path, count: int) -> None:
    """Open so many chats with both pages, say something each way in each, and print latencies and memory."""
    city = copy_of(data, folder)
    made = await open_chats(city.data, count)
    await city.start(START_S)
    try:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0))
            )
            empty = _memory(city)
            begun = time.perf_counter()
            chats = await _connect(city, session, made)
            print(f"{len(chats)} chats with both pages open ({2 * len(chats)} sockets) in {_since(begun)}", flush=True)
            await asyncio.sleep(15)
            held = _memory(city)
            print(
                f"memory {empty:.0f} MB before, {held:.0f} MB with them ({(held - empty) * 1024 / count:.0f} kB each)"
            )
            await _speak(chats)
            print(f"memory {_memory(city):.0f} MB after", flush=True)
        stopped = time.perf_counter()
        status = await city.stop()
        print(f"stopped with all of them open in {_since(stopped)}, status {status}")
    finally:
        await city.kill()


async def _connect(city: LiveCity, session: ClientSession, made: list[tuple[Conversation, str, Account]]) -> list[Chat]:
    desks: dict[str, Browser] = {}
    for _, _, account in made:
        if account.id not in desks:
            desks[account.id] = Browser(session, city.base)
            await desks[account.id].log_in(account.login or "", PASSWORD)
            await desks[account.id].get("/desk/chats")
            await desks[account.id].submit("/desk/chats/duty", on="1", most=str(EACH))
    chats = []
    for one, secret, account in made:
        visitor = Browser(session, city.base)
        visitor.cookies[f"__Host-{VISITOR_SECRET}"] = secret
        await visitor.get("/ask")
        at_visitor = await _listen(session, visitor, f"/ask/live?after={one.length}")
        path = f"/desk/chats/live?chat={one.id}&after={one.length}"
        chats.append(Chat(one, visitor, desks[account.id], at_visitor, await _listen(session, desks[account.id], path)))
    return chats


async def _listen(session: ClientSession, browser: Browser, path: str) -> ClientWebSocketResponse:
    return await session.ws_connect(browser.base + path, headers=browser._headers({"Origin": browser.base}))


async def _speak(chats: list[Chat]) -> None:
    turn = asyncio.Semaphore(SPEAK_AT_ONCE)
    begun = time.perf_counter()

    async def both(chat: Chat) -> tuple[float, float]:
        async with turn:
            asked = await _way(chat.visitor, "/ask/say", chat.at_staff)
            answered = await _way(chat.staff, f"/desk/chats/{chat.conversation.id}/say", chat.at_visitor)
            return asked, answered

    times = [one for pair in await asyncio.gather(*(both(chat) for chat in chats)) for one in pair]
    cuts = quantiles(times, n=100)
    rate = len(times) / (time.perf_counter() - begun)
    print(
        f"{len(times)} messages, {SPEAK_AT_ONCE} under way at once, {rate:.0f}/s: from the sending to the other's page "
        f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"
    )


async def _way(sender: Browser, path: str, at_other: ClientWebSocketResponse) -> float:
    """Post one message as the page's script does; return how long the other's page waited for it."""
    words = new_secret()
    fields = {"csrf_token": sender.hidden(path)["csrf_token"], "text": words, "form_token": words[:22]}
    begun = time.perf_counter()
    heard = asyncio.create_task(_hear(at_other, words))
    headers = sender._headers({"Accept": "application/json"})
    async with sender._session.post(sender.base + path, data=fields, headers=headers) as response:
        if response.status != 200:
            raise SystemExit(f"refused: {response.status} {await response.text()}")
    return await heard - begun


async def _hear(socket: ClientWebSocketResponse, words: str) -> float:
    async with asyncio.timeout(30):
        while True:
            message = await socket.receive()
            if message.type is not WSMsgType.TEXT:
                raise SystemExit(f"the socket ended: {message}")
            if any(words in one["html"] for one in json.loads(message.data).get("messages", ())):
                return time.perf_counter()


def _memory(city: LiveCity) -> float:
    """Return the resident memory of the serving process in MB."""
    assert city.process is not None
    status = Path(f"/proc/{city.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _since(begun: float) -> str:
    return f"{time.perf_counter() - begun:.1f} s"


async def main(args: argparse.Namespace) -> int:
    logging.disable(logging.CRITICAL)  # the assistant that throws says so each time
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = args.data or await prepared(folder)
        missing = 0
        if args.chats:
            (folder / "faults").mkdir()
            missing = await count_lost(data, folder / "faults", args.chats, NEGLIGENT if args.negligent else PATIENT)
            print(f"{args.chats} chats, {missing} lost", flush=True)
            shutil.rmtree(folder / "faults")
        if args.open:
            (folder / "open").mkdir()
            await measure_open(data, folder / "open", args.open)
    return 1 if missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--open", type=int, default=500)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--negligent", action="store_true")
    sys.exit(asyncio.run(main(parser.parse_args())))
