"""Two web processes on one MongoDB: what is done at one shows at the other, live and in kept lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, encode_basic_auth
from pymongo.errors import OperationFailure
from support import mongo
from support.desk import log_in_staff
from support.letters import become_citizen
from support.web import Browser, City, application_of, open_browser, open_city, serve

from minxin.consult.assistant.service import SAID_A_MINUTE
from minxin.consult.chat.records import Conversation, Stage
from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.errors import MinxinError, NotFoundError, TooManyTriesError
from minxin.mailbox.apppasswords import make
from minxin.mailbox.guesses import WRONG_PER_NETWORK
from minxin.mailbox.records import Account, Scope
from minxin.store.mongo import news
from minxin.webui import live

pytestmark = pytest.mark.fault
LONGEST_S = 60.0
LOCKINFO = b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
ASK = "楼下烧烤店每晚油烟很大怎么办"


@dataclass
class Process:
    """A web process: its services, and where it listens."""

    city: City
    base: str


@pytest.fixture
def looking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a server without change streams."""
    if getattr(request, "param", False):

        async def refused(*_: object) -> None:
            raise OperationFailure("The $changeStream stage is only supported on replica sets", 40_573)

        monkeypatch.setattr(news, "watch", refused)


@pytest.fixture
async def processes(
    looking: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Process, Process]]:
    # A page looks by itself every ten seconds: here it must be told.
    monkeypatch.setattr(live, "TICK_S", 3600.0)
    async with AsyncExitStack() as stack:
        stack.callback(mongo.release, tmp_path)
        opened = []
        for _ in range(2):
            city = await stack.enter_async_context(open_city(tmp_path, engine=mongo.engine()))
            city.store.listen()
            opened.append(Process(city, await stack.enter_async_context(serve(application_of(city)))))
        yield opened[0], opened[1]


@asynccontextmanager
async def _socket(browser: Browser, path: str) -> AsyncIterator[ClientWebSocketResponse]:
    async with ClientSession() as session:
        headers = browser._headers({"Origin": browser.base})
        async with session.ws_connect(browser.base + path, headers=headers) as opened:
            yield opened


async def _hear(opened: ClientWebSocketResponse, wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(LONGEST_S):
        while True:
            message = await opened.receive()
            assert message.type is WSMsgType.TEXT, message
            if wanted in message.data:
                frame: dict[str, Any] = json.loads(message.data)
                return frame


async def _conversation(city: City) -> Conversation:
    (found,) = await city.store.conversations_in(tuple(Stage))
    return found


@pytest.mark.parametrize("looking", [False, True], ids=["streams", "looking"], indirect=True)
async def test_visitor_at_one_and_staff_at_the_other_talk_and_see_each_other_type(
    processes: tuple[Process, Process],
) -> None:
    here, there = processes
    async with open_browser(here.base) as visitor, open_browser(there.base) as clerk:
        await log_in_staff(clerk, there.city, "clerk", Role.CLERK, office_id="zhongxin")
        await clerk.get("/desk/chats")
        await clerk.submit("/desk/chats/duty", on="1", most="3")
        async with _socket(clerk, "/desk/chats/live") as desk_hears:
            await visitor.get("/ask")
            await visitor.submit("/ask", q=ASK)
            await visitor.submit("/ask", q="", do="person")
            await _hear(desk_hears, "油烟")
        one = await _conversation(here.city)
        async with (
            _socket(visitor, f"/ask/live?after={one.length}") as visitor_hears,
            _socket(clerk, f"/desk/chats/live?chat={one.id}&after={one.length}") as staff_hears,
        ):
            await clerk.get(f"/desk/chats/{one.id}")
            await clerk.submit(f"/desk/chats/{one.id}/say", text="您好，请问是哪条路？")
            await _hear(visitor_hears, "请问是哪条路")
            await visitor.get("/ask")
            await visitor.submit("/ask/say", text="听涛路 12 号")
            await _hear(staff_hears, "听涛路")
            await visitor_hears.send_str("typing")
            assert await _hear(staff_hears, '"typing":["visitor"]')
            await staff_hears.send_str("typing")
            assert await _hear(visitor_hears, '"typing":["staff"]')


async def test_visitor_at_one_is_there_for_the_process_that_tends_and_gone_when_he_is(
    processes: tuple[Process, Process],
) -> None:
    here, tending = processes
    clock = tending.city.clock
    async with open_browser(here.base) as visitor, open_browser(tending.base) as clerk:
        await log_in_staff(clerk, tending.city, "clerk", Role.CLERK, office_id="zhongxin")
        await clerk.get("/desk/chats")
        await clerk.submit("/desk/chats/duty", on="1", most="1")
        for _ in range(2):  # the second one waits: the clerk takes one at a time
            async with open_browser(here.base) as another:
                await another.get("/ask")
                await another.submit("/ask", q=ASK)
                await another.submit("/ask", q="", do="person")
        here.city.clock.advance(timedelta(seconds=1))
        await visitor.get("/ask")
        await visitor.submit("/ask", q=ASK)
        await visitor.submit("/ask", q="", do="person")
        waiting = await here.city.store.conversations_in((Stage.WAITING,))
        assert len(waiting) == 2
        for _ in range(8):
            clock.advance(timedelta(seconds=20))
            here.city.clock.advance(timedelta(seconds=20))
            await visitor.get("/ask")
            await here.city.services.chat.visits.note()
            await clerk.get("/desk/chats")
            await tending.city.services.chat.tending.tend()
        still = await here.city.store.conversations_in((Stage.WAITING,))
        assert [one.id for one in still] == [waiting[-1].id]


async def test_who_wrote_at_one_finds_it_in_the_kept_list_of_the_other(processes: tuple[Process, Process]) -> None:
    here, there = processes
    async with open_browser(here.base) as writer:
        await become_citizen(writer, here.city)
        session = writer.cookies
        async with open_browser(there.base) as elsewhere:
            elsewhere.cookies.update(session)
            for number in range(3):
                await elsewhere.get("/letters")
                assert f"路灯第{number}次不亮" not in elsewhere.text
                await writer.get("/write")
                words = {"subject": f"路灯第{number}次不亮", "text": "文庙街的路灯坏了，晚上很黑。", "place": "文庙街"}
                await writer.submit("/write", kind="complaint", **words)
                assert writer.path.endswith("/receipt"), writer.text
                await elsewhere.get("/letters")
                assert f"路灯第{number}次不亮" in elsewhere.text


async def test_words_said_at_both_count_together(processes: tuple[Process, Process]) -> None:
    here, there = processes
    async with open_browser(here.base) as visitor, open_browser(there.base) as same:
        await visitor.get("/ask")
        await visitor.submit("/ask", q=ASK)
        same.cookies.update(visitor.cookies)
        said = f"assistant/{(await _conversation(here.city)).id}"
        for _ in range(SAID_A_MINUTE - 3):
            await there.city.store.count_one(said, there.city.clock.now(), timedelta(minutes=1))
        statuses = []
        for browser in (same, visitor, same, visitor):
            await browser.get("/ask")
            await browser.submit("/ask", q="还有一个问题")
            statuses.append(browser.status)
    assert statuses == [200, 200, 429, 429]


async def test_wrong_guesses_at_both_count_together(processes: tuple[Process, Process]) -> None:
    async def wrong() -> None:
        raise NotFoundError

    async def guess(process: Process) -> str:
        try:
            await process.city.services.guesses.guess("query", "192.0.2.7", wrong)
        except MinxinError as error:
            return error.key
        return ""

    for _ in range(WRONG_PER_NETWORK.count // 2):
        assert await asyncio.gather(*map(guess, processes)) == [NotFoundError.key] * 2
    assert await asyncio.gather(*map(guess, processes)) == [TooManyTriesError.key] * 2


async def test_a_file_that_was_locked_at_one_is_locked_at_the_other(processes: tuple[Process, Process]) -> None:
    here, there = processes
    async with open_browser(here.base) as browser:
        account = await here.city.store.get(Account, await become_citizen(browser, here.city))
    assert account is not None
    new = make(account, "disk", [Scope.DAV], here.city.clock.now())
    await here.city.store.commit(Changes(inserts=[new.record]))
    headers = {"Authorization": encode_basic_auth(account.login or "", new.password)}
    async with ClientSession(headers=headers) as program:

        async def ask(process: Process, method: str, data: bytes = b"", **more: str) -> int:
            async with program.request(method, f"{process.base}/dav/a.txt", data=data, headers=more) as response:
                token.append(response.headers.get("Lock-Token", ""))
                return response.status

        token: list[str] = []
        assert await ask(here, "LOCK", LOCKINFO) == 201
        given = token[-1]
        assert await ask(there, "PUT", b"other") == 423
        assert await ask(there, "PUT", b"own", If=f"({given})") == 204
        assert await ask(there, "UNLOCK", **{"Lock-Token": given}) == 204
        assert await ask(here, "PUT", b"other") == 204
