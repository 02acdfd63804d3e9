"""Cookies: one way to set and read them, so that none is ever weaker than the others (ASVS 3.3.1 to 3.3.4)."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from minxin.webui.context import services

SESSION = "minxin"
GUEST = "minxin-guest"
LANGUAGE = "minxin-language"
TEXT_SIZE = "minxin-text"
NOTICE = "minxin-notice"
LONGEST_TOKEN = 128


def read_cookie(request: web.Request, name: str) -> str | None:
    """Return the cookie's value, or None."""
    return request.cookies.get(_full_name(request, name))


def session_token(request: web.Request) -> str:
    """Return the token of the log-in that the browser shows, or nothing when it can't be one."""
    token = read_cookie(request, SESSION) or ""
    return token if len(token) <= LONGEST_TOKEN else ""


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, life: timedelta | None = None
) -> None:
    """Give the browser a cookie for this host alone, until it is closed or for ``life``.

    ``SameSite=Lax`` lets a link in a mail open a page with the log-in, and keeps it from foreign forms.
    """
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=None if life is None else int(life.total_seconds()),
        path="/",
        secure=services(request).settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Take the cookie away from the browser."""
    set_cookie(request, response, name, "", timedelta(0))


def _full_name(request: web.Request, name: str) -> str:
    return f"__Host-{name}" if services(request).settings.secure_cookies else name
