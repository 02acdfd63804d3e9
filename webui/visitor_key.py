"""Who a visitor without an account is: a random secret in his browser, of which we keep the digest only.

It opens his own conversation and nothing else. ``cookies.set_cookie`` makes it HttpOnly and SameSite=Lax.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from aiohttp import web

from minxin.webui.cookies import drop_cookie, read_cookie, set_cookie

VISITOR_SECRET: Final = "minxin-visitor"  # noqa: S105 - the cookie's name
LIFE: Final = timedelta(days=30)
SECRET_BYTES: Final = 32
_LENGTH: Final = 43  # characters of 32 bytes in URL-safe base64
_NEW: Final = web.RequestKey("new_visitor_secret", str)


def new_secret() -> str:
    """Return a new secret, to be given to its visitor once."""
    return secrets.token_urlsafe(SECRET_BYTES)


def key_of(secret: str) -> str | None:
    """Return the digest by which the visitor with this secret is known, or None for what can't be one."""
    return _digest(secret) if len(secret) == _LENGTH else None


def visitor_key(request: web.Request) -> str | None:
    """Return the digest of this browser's secret, or None when it has none."""
    secret = request.get(_NEW) or read_cookie(request, VISITOR_SECRET) or ""
    return key_of(secret)


def need_visitor_key(request: web.Request) -> str:
    """Return the digest of this browser's secret, made now when it has none.

    The answer to the request must go through :func:`keep_visitor`.
    """
    known = visitor_key(request)
    if known is not None:
        return known
    request[_NEW] = secret = new_secret()
    return _digest(secret)


def keep_visitor(request: web.Request, response: web.StreamResponse) -> None:
    """Give the browser the secret that was made for it, if one was."""
    secret = request.get(_NEW)
    if secret:
        set_cookie(request, response, VISITOR_SECRET, secret, LIFE)


def forget_visitor(request: web.Request, response: web.StreamResponse) -> None:
    """Take the secret away: at a log-out the next person at this machine must not read on."""
    drop_cookie(request, response, VISITOR_SECRET)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
