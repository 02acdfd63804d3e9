"""Tokens that prove a form was ours (CSRF, ASVS 3.5.1).

A token belongs to the session; before the log-in to a signed guest cookie. It is salted afresh for every page, so that
a compressing proxy tells nothing about it (BREACH).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp import web

from minxin.core.ids import new_id
from minxin.webui.context import services, visitor
from minxin.webui.cookies import GUEST, read_cookie

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
NEW_GUEST = web.RequestKey("new_guest", str)


def csrf_token(request: web.Request) -> str:
    """Return a token for a form on the page that answers this request; gives the browser a guest cookie if need be."""
    salt = secrets.token_urlsafe(12)
    return f"{salt}.{_sign(request, 'form', salt + binding(request))}"


def is_our_token(request: web.Request, token: str) -> bool:
    """Say whether the token was made for this session or guest."""
    salt, _, signature = token.partition(".")
    known = _known_binding(request)
    if known is None or not salt.isascii():
        return False
    return hmac.compare_digest(signature.encode(), _sign(request, "form", salt + known).encode())


def binding(request: web.Request) -> str:
    """Return the secret that ties forms and phone codes to this browser: the session's id or the guest's."""
    known = _known_binding(request)
    if known is not None:
        return known
    if NEW_GUEST not in request:
        request[NEW_GUEST] = new_id()
    return request[NEW_GUEST]


def guest_cookie(request: web.Request) -> str | None:
    """Return the cookie to be given to a new guest, if the page needed one."""
    guest = request.get(NEW_GUEST)
    return f"{guest}.{_sign(request, 'guest', guest)}" if guest else None


def _known_binding(request: web.Request) -> str | None:
    session = visitor(request).session
    if session is not None:
        return session.id
    guest, _, signature = (read_cookie(request, GUEST) or "").partition(".")
    if guest and hmac.compare_digest(signature.encode(), _sign(request, "guest", guest).encode()):
        return guest
    return None


def _sign(request: web.Request, purpose: str, value: str) -> str:
    key = services(request).settings.signing_key
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
