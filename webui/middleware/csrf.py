"""Every request that may change something must come from a page of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from minxin.core.errors import MinxinError
from minxin.webui.context import visitor
from minxin.webui.cookies import GUEST, set_cookie
from minxin.webui.csrf import CSRF_FIELD, CSRF_HEADER, guest_cookie, is_our_token
from minxin.webui.dav.paths import is_dav
from minxin.webui.forms import form_of
from minxin.webui.problems import is_api

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_JSON = "application/json"


class ForeignFormError(MinxinError):
    """The request does not come from a page of ours, or from one that was left open too long."""

    key = "error.foreign_form"
    temporary = False
    http_status = 403


class NotJsonError(MinxinError):
    """The interface for programs only takes JSON: another type can come from a foreign form."""

    key = "error.not_json"
    temporary = False
    http_status = 415


@web.middleware
async def check_form_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign requests; give a new guest the cookie that his form's token belongs to."""
    if request.method not in SAFE_METHODS:
        _check(request)
    response = await handler(request)
    cookie = guest_cookie(request)
    if cookie and not response.prepared:
        set_cookie(request, response, GUEST, cookie)
    return response


def _check(request: web.Request) -> None:
    _check_sender(request)
    if is_dav(request.path):
        # There no cookie opens anything, only what the program sends with each request.
        return
    if is_api(request):
        if request.body_exists and request.content_type != _JSON:
            raise NotJsonError
        # A program without the browser's cookies has no power that a foreign page could borrow.
        if not visitor(request).logged_in:
            return
    token = request.headers.get(CSRF_HEADER) or form_of(request).text(CSRF_FIELD)
    if not is_our_token(request, token):
        raise ForeignFormError


def _check_sender(request: web.Request) -> None:
    """Look at what the browser itself says of the page that sent this (Fetch Metadata, RFC 6454)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignFormError
    sender = request.headers.get(hdrs.ORIGIN)
    if sender is not None and urlsplit(sender).netloc != request.host:
        raise ForeignFormError
