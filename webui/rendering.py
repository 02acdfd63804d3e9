"""Pages: a template filled in for the visitor, and moving on after a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import hdrs, web
from markupsafe import Markup

from minxin.core.errors import MinxinError
from minxin.webui import cookies
from minxin.webui.context import PREFERENCES, REQUEST_ID, services, visitor
from minxin.webui.csrf import csrf_token
from minxin.webui.forms import Form
from minxin.webui.i18n import sentences
from minxin.webui.navigation import entry_of
from minxin.webui.templating import (
    ENVIRONMENTS,
    FRESH_PARTS,
    KEPT_PAGES,
    RENDERED,
    TOKEN_PLACE,
    part,
    with_token_places,
)

NOTICE_PREFIX = "notice."
KEPT_S = 600


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Render a page for the visitor.

    Templates get, besides ``context`` and what ``templating`` gives to all: ``path``, ``entry``, ``large_print``,
    ``visitor``, ``actor``, ``notice`` and ``request_id``.
    """
    notice = cookies.read_cookie(request, cookies.NOTICE)
    environment = request.app[ENVIRONMENTS][request[PREFERENCES].language]
    rendered = RENDERED.set(request)
    try:
        text = environment.get_template(template).render({**_common(request, notice), **context})
    finally:
        RENDERED.reset(rendered)
    response = web.Response(text=text, content_type="text/html", charset="utf-8", status=status)
    if notice:
        cookies.drop_cookie(request, response, cookies.NOTICE)
    return response


async def fresh_part(
    request: web.Request, template: str, key: Hashable, context: Callable[[], Awaitable[Mapping[str, Any]]]
) -> Markup:
    """Return a part of a page that was put together for the same key, by whoever asked first.

    It is at most a second old; where it is asked for so often that one of the second before is there, nobody waits for
    the new one, and it may be two seconds old. The key must tell apart all that the context can be, who may see it
    among others. The part knows no request; a second is also the step in which the limits in it count down.
    """
    language = request[PREFERENCES].language
    # Each part turns old at a moment of its own: all of them at once, and everybody waits once a second.
    phase = timedelta(microseconds=hash(key) % 1_000_000)
    second = (services(request).clock.now() - phase).replace(microsecond=0)

    async def put_together() -> Markup:
        return part(request.app[ENVIRONMENTS][language], template, await context())

    before = (template, language, second - timedelta(seconds=1), key)
    return await request.app[FRESH_PARTS].get((template, language, second, key), put_together, before)


async def kept_page(
    request: web.Request, template: str, key: Hashable, context: Callable[[], Awaitable[Mapping[str, Any]]]
) -> web.Response:
    """Answer with the page that was rendered for the same key, however long ago within ten minutes.

    The key must name the exact state of all that the context can be, who may see it among others; what is only a name
    may be ten minutes old. The visitor and how he reads are in the key already; forms get a token for this request.
    """
    if cookies.read_cookie(request, cookies.NOTICE):
        return page(request, template, **await context())
    span = int(services(request).clock.now().timestamp() // KEPT_S)
    whole_key = (template, request[PREFERENCES], visitor(request).actor, str(request.rel_url), span, key)
    body = request.app[KEPT_PAGES].get(whole_key)
    if body is None:
        body = _kept_body(request, template, await context())
        request.app[KEPT_PAGES].keep(whole_key, body)
    body = body.replace(TOKEN_PLACE, csrf_token(request).encode())
    return web.Response(body=body, content_type="text/html", charset="utf-8")


def _kept_body(request: web.Request, template: str, context: Mapping[str, Any]) -> bytes:
    """Render the page with :data:`TOKEN_PLACE` where its forms have their tokens."""
    environment = request.app[ENVIRONMENTS][request[PREFERENCES].language]
    return with_token_places(request, environment, template, {**_common(request, None), **context}).encode()


def refused_page(request: web.Request, template: str, form: Form, error: MinxinError, **context: Any) -> web.Response:
    """Render the page of the form again, with all that was typed and the error beside its field."""
    response = page(request, template, status=error.http_status, form=form.with_error(error), **context)
    if "retry_after_s" in error.params:
        response.headers[hdrs.RETRY_AFTER] = str(error.params["retry_after_s"])
    return response


def see_other(request: web.Request, path: str, notice: str | None = None) -> web.Response:
    """Send the browser on after a form was taken; ``notice`` is a catalogue key shown once on the next page."""
    response = web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": path})
    if notice:
        cookies.set_cookie(request, response, cookies.NOTICE, notice)
    return response


def _common(request: web.Request, notice: str | None) -> Mapping[str, Any]:
    who = visitor(request)
    return {
        "path": request.path,
        "entry": entry_of(request.path),
        "large_print": request[PREFERENCES].large_print,
        "visitor": who,
        "actor": who.actor,
        "notice": notice if notice and notice.startswith(NOTICE_PREFIX) and notice in sentences() else None,
        "request_id": request.get(REQUEST_ID, ""),
    }
