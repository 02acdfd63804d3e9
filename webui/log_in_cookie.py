"""The browser's side of a log-in: its cookie, and the device that the account holder will recognise."""

from __future__ import annotations

from aiohttp import hdrs, web

from minxin.mailbox.sessions import Ticket
from minxin.webui import cookies

# The order matters: Edge calls itself Chrome too, and Chrome calls itself Safari.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ"),
    ("HuaweiBrowser", "Huawei"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def give_session(request: web.Request, response: web.StreamResponse, ticket: Ticket) -> None:
    """Give the browser the new session, until it is closed or the session ends."""
    cookies.set_cookie(request, response, cookies.SESSION, ticket.token)


def device_of(request: web.Request) -> str:
    """Return browser and system in two words, such as "Firefox · Windows"; less than the browser tells of itself."""
    agent = request.headers.get(hdrs.USER_AGENT, "")
    words = [_first(agent, _BROWSERS), _first(agent, _SYSTEMS)]
    return " · ".join(word for word in words if word)


def _first(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in agent), "")
