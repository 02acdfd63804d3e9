"""Live pages (实时): what is new, pushed over a WebSocket, or by long polling where there is none.

Both tell the same frames. A page says what it has (the last message's number and the mark of what it was told) and
gets what is newer. What people say is sent by forms, so that it is checked, committed and acknowledged in one way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from msgspec import Struct

from minxin.consult.chat.hub import DESK, Ear, Hub
from minxin.consult.chat.records import Author
from minxin.core.errors import MinxinError, TooManyTriesError
from minxin.webui.context import PREFERENCES, SERVICES, services, visitor
from minxin.webui.cookies import session_token
from minxin.webui.middleware.csrf import ForeignFormError
from minxin.webui.templating import ENVIRONMENTS, RENDERED

TICK_S: Final = 10.0  # also the heartbeat of whoever's page this is
POLL_S: Final = 25.0
PING_S: Final = 20.0
CLOSE_S: Final = 1.0
MOST_BYTES: Final = 512  # of what a page sends: it only says that somebody types
MOST_SENT: Final = 30  # in one tick
MOST_EARS: Final = 10  # pages of one conversation
_encode: Final = msgspec.json.encode


class Frame(Struct, frozen=True, omit_defaults=True):
    """What a page is told: new messages, and what stands beside them when its ``mark`` is another one.

    ``chat`` is the conversation, ``stage`` where it is; ``typing`` says who types just now.
    """

    chat: str
    stage: str
    mark: str
    messages: tuple[dict[str, Any], ...] = ()
    state: str | None = None
    typing: tuple[str, ...] = ()

    @property
    def is_news(self) -> bool:
        """Say whether there is anything to tell."""
        return bool(self.messages or self.typing) or self.state is not None


Look = Callable[[int, str], Awaitable[Frame]]  # the last message and the mark that the page has -> what is new
Typing = Callable[[], Awaitable[None]]


async def stop_live(app: web.Application) -> None:
    """Have every open page hear that the service stops, so that none holds it up."""
    app[SERVICES].chat.hub.close()


def piece(request: web.Request, template: str, **context: Any) -> str:
    """Render a part of a page for the visitor, forms with their tokens included."""
    rendered = RENDERED.set(request)
    try:
        environment = request.app[ENVIRONMENTS][request[PREFERENCES].language]
        return environment.get_template(template).render(context)
    finally:
        RENDERED.reset(rendered)


class Page(Struct, frozen=True):
    """An open page: what it listens to (the first is its own), what it shows, whose typing it hears, and its own."""

    topics: tuple[str, ...]
    look: Look
    hears: Author | None = None
    typing: Typing | None = None


async def push(request: web.Request, page: Page) -> web.WebSocketResponse:
    """Tell the page what is new until it goes away, its log-in ends, or the service stops.

    Raises ``ForeignFormError`` for a page that is not ours: a browser sends cookies with foreign sockets, too.
    """
    _need_own_page(request)
    hub = _hub_with_room(request, page)
    socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=MOST_BYTES, timeout=CLOSE_S, compress=False)
    await socket.prepare(request)
    code = WSCloseCode.GOING_AWAY
    with hub.listen(*page.topics) as ear:
        reader = asyncio.create_task(_read(socket, ear, page))
        try:
            with suppress(ConnectionError):
                await _tell(request, socket, ear, page)
        except MinxinError:
            code = WSCloseCode.POLICY_VIOLATION  # it is not his any more: the page is to be loaded again
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
            await socket.close(code=code)
    return socket


async def poll(request: web.Request, page: Page) -> web.Response:
    """Answer as soon as there is something new, or with nothing after :data:`POLL_S`."""
    hub = _hub_with_room(request, page)
    after, mark = _has(request)
    loop = asyncio.get_running_loop()
    until = loop.time() + POLL_S
    with hub.listen(*page.topics) as ear:
        while True:
            frame = _with_typing(await page.look(after, mark), ear, page)
            left = until - loop.time()
            if frame.is_news or left <= 0 or hub.closed:
                return web.Response(body=_encode(frame), content_type="application/json")
            await ear.wait(min(left, TICK_S))


async def _tell(request: web.Request, socket: web.WebSocketResponse, ear: Ear, page: Page) -> None:
    hub = services(request).chat.hub
    loop = asyncio.get_running_loop()
    after, mark = _has(request)
    asked_at = loop.time()
    while not socket.closed and not hub.closed:
        frame = _with_typing(await page.look(after, mark), ear, page)
        if frame.is_news:
            await socket.send_str(_encode(frame).decode())
            after = frame.messages[-1]["seq"] if frame.messages else after
            mark = frame.mark
        await ear.wait(TICK_S)
        if loop.time() - asked_at >= TICK_S:
            asked_at = loop.time()
            if not await _still_in(request):
                return


def _hub_with_room(request: web.Request, page: Page) -> Hub:
    hub = services(request).chat.hub
    if page.topics[0] != DESK and hub.count(page.topics[0]) >= MOST_EARS:
        raise TooManyTriesError("error.too_many_tries", retry_after_s=int(TICK_S))
    return hub


async def _read(socket: web.WebSocketResponse, ear: Ear, page: Page) -> None:
    """Hear that somebody types; more than a person can do ends it. Wakes the teller at the end."""
    sent = 0
    loop = asyncio.get_running_loop()
    since = loop.time()
    try:
        async for message in socket:
            if loop.time() - since > TICK_S:
                sent, since = 0, loop.time()
            sent += 1
            if message.type is not WSMsgType.TEXT or sent > MOST_SENT:
                break
            if page.typing is not None:
                with suppress(MinxinError):
                    await page.typing()
    finally:
        if not socket.closed:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        ear.hear()


async def _still_in(request: web.Request) -> bool:
    """Say whether the log-in that the page came with still lives; a page without one has nothing to lose."""
    if not visitor(request).logged_in:
        return True
    return await services(request).accounts.log_ins.living(session_token(request)) is not None


def _with_typing(frame: Frame, ear: Ear, page: Page) -> Frame:
    typing = tuple(author.value for author in ear.typing() if author is page.hears)
    return msgspec.structs.replace(frame, typing=typing) if typing else frame


def _has(request: web.Request) -> tuple[int, str]:
    after = request.query.get("after", "")
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0, request.query.get("mark", "")


def _need_own_page(request: web.Request) -> None:
    sender = request.headers.get(hdrs.ORIGIN)
    if sender is None or urlsplit(sender).netloc != request.host:
        raise ForeignFormError
