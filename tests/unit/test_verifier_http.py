from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from minxin.mailbox.gateways.verifier_http import HttpVerifier

PERSON = ("王小明", "11010519491231002X", "13812345678")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Ask = Callable[[Answer], Awaitable[bool | None]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
async def ask(session: aiohttp.ClientSession) -> AsyncIterator[Ask]:
    servers: list[TestServer] = []

    async def asked(answer: Answer) -> bool | None:
        app = web.Application()
        app.router.add_post("/verify", answer)
        server = TestServer(app)
        servers.append(server)
        await server.start_server()
        return await HttpVerifier(session, str(server.make_url("/verify")), 0.2, "s3cret").verify(*PERSON)

    yield asked
    for server in servers:
        await server.close()


@pytest.mark.parametrize("verdict", [True, False, None])
async def test_verdict_of_the_service_is_passed_on(ask: Ask, verdict: bool | None) -> None:
    seen: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json(), request.headers["Authorization"]))
        return web.json_response({"match": verdict})

    assert await ask(answer) is verdict
    question = {"name": PERSON[0], "id_number": PERSON[1], "phone": PERSON[2]}
    assert seen == [(question, "Bearer s3cret")]


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"match": "yes"}', '{"match": 1}', "{}", '{"match": true'])
async def test_answer_that_is_none_leaves_it_to_a_clerk(ask: Ask, body: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    assert await ask(answer) is None


@pytest.mark.parametrize("status", [201, 302, 400, 401, 404, 500, 503])
async def test_any_other_status_leaves_it_to_a_clerk(ask: Ask, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"match": True}, status=status, headers={"Location": "/elsewhere"})

    assert await ask(answer) is None


async def test_answer_in_pieces_is_read_whole(ask: Ask) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b'{"mat', b'ch": ', b"true}"):
            await response.write(piece)
            await asyncio.sleep(0.01)
        return response

    assert await ask(answer) is True


async def test_endless_answer_is_cut(ask: Ask) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(40):
            await response.write(b" " * 8_192)
        return response

    assert await ask(answer) is None


async def test_slow_service_is_not_waited_for(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    release = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    with caplog.at_level(logging.DEBUG):
        assert await ask(answer) is None
    release.set()
    assert "TimeoutError" in caplog.text
    assert not any(secret in caplog.text for secret in PERSON)


async def test_service_that_is_not_there_leaves_it_to_a_clerk(session: aiohttp.ClientSession) -> None:
    assert await HttpVerifier(session, "http://127.0.0.1:9/verify").verify(*PERSON) is None
