"""What a person or a program is told when something can't be done."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

from minxin.core.errors import InvalidFormError, MinxinError
from minxin.webui.context import PREFERENCES, REQUEST_ID, Preferences
from minxin.webui.i18n import DEFAULT_LANGUAGE, sentences
from minxin.webui.rendering import page

API_PREFIX = "/api/"
RETRY_AFTER_S = {429: 60, 503: 5, 507: 60}
_ADVICE = frozenset({400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429, 500, 503, 507})


def is_api(request: web.Request) -> bool:
    """Say whether a program asks."""
    return request.path.startswith(API_PREFIX)


def answer_error(request: web.Request, error: MinxinError) -> web.Response:
    """Return the page, or the problem document (RFC 9457), that tells the error in the visitor's language."""
    if PREFERENCES not in request:
        request[PREFERENCES] = Preferences(DEFAULT_LANGUAGE, large_print=False)
    response = _problem(request, error) if is_api(request) else _error_page(request, error)
    retry_after_s = error.params.get("retry_after_s", RETRY_AFTER_S.get(error.http_status))
    if retry_after_s is not None:
        response.headers[hdrs.RETRY_AFTER] = str(retry_after_s)
    return response


def _error_page(request: web.Request, error: MinxinError) -> web.Response:
    status = error.http_status
    advice = f"advice.{status}" if status in _ADVICE else "advice.500"
    return page(request, "errors/error.html", status=status, error=error, advice=advice)


def _problem(request: web.Request, error: MinxinError) -> web.Response:
    language = request[PREFERENCES].language
    found: tuple[MinxinError, ...] = (error,) if error.field is not None else ()
    if isinstance(error, InvalidFormError):
        found = error.errors
    document = {
        "type": "about:blank",
        "title": HTTPStatus(error.http_status).phrase,
        "status": error.http_status,
        "key": error.reason if error.reason in sentences() else error.key,
        "detail": sentences().of_error(error, language),
        "request": request.get(REQUEST_ID, ""),
        "errors": [
            {"field": one.field or "", "key": one.reason, "detail": sentences().of_error(one, language)}
            for one in found
        ],
    }
    body = msgspec.json.encode(document)
    response = web.Response(body=body, status=error.http_status, content_type="application/problem+json")
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"  # RFC 9110, 11.6.1
    return response
