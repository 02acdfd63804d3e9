"""The one place where errors become answers. What is unknown stays inside, with its id in the log (ASVS 16.5.1)."""

from __future__ import annotations

import logging
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from minxin.core.errors import MinxinError, NotFoundError, NotLoggedInError, TooLargeError
from minxin.webui.context import REQUEST_ID
from minxin.webui.problems import answer_error, is_api

_log = logging.getLogger(__name__)


class UnknownError(MinxinError):
    """Something went wrong that we did not foresee."""


class BadRequestError(MinxinError):
    """The request itself makes no sense."""

    key = "error.bad_request"
    temporary = False
    http_status = 400


class WrongMethodError(MinxinError):
    """The address exists, but not for this method."""

    key = "error.wrong_method"
    temporary = False
    http_status = 405


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a page or problem document; send who must log in to the log-in page and back."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        response = answer_error(request, _of_http(error))
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    except NotLoggedInError as error:
        if is_api(request) or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            response = answer_error(request, error)
        else:
            raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs)}") from error
    except MinxinError as error:
        if error.http_status >= web.HTTPInternalServerError.status_code:
            _log.warning("request %s failed: %s", request[REQUEST_ID], error.reason)
        response = answer_error(request, error)
    except Exception:
        _log.exception("request %s failed", request[REQUEST_ID])
        response = answer_error(request, UnknownError())
    if not request.content.is_eof() and request.can_read_body:
        # Who sends more than we take would otherwise make us read it all.
        response.force_close()
    return response


def _of_http(error: web.HTTPException) -> MinxinError:
    if error.status == web.HTTPNotFound.status_code:
        return NotFoundError()
    if error.status == web.HTTPMethodNotAllowed.status_code:
        return WrongMethodError()
    if error.status == web.HTTPRequestEntityTooLarge.status_code:
        return TooLargeError()
    return BadRequestError() if error.status < web.HTTPInternalServerError.status_code else UnknownError()
