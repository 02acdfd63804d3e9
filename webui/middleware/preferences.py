"""Language and text size: chosen by ``?lang=`` and ``?text=``, remembered in cookies."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from minxin.webui.context import PREFERENCES, Preferences
from minxin.webui.cookies import LANGUAGE, TEXT_SIZE, read_cookie, set_cookie
from minxin.webui.i18n import DEFAULT_LANGUAGE, Language

LARGE, NORMAL = "large", "normal"
REMEMBERED = timedelta(days=365)
_LANGUAGES = {language.value: language for language in Language}


@web.middleware
async def read_preferences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out how the visitor wants to read, and remember a new choice."""
    chosen_language = request.query.get("lang", "")
    chosen_size = request.query.get("text", "")
    language = chosen_language if chosen_language in _LANGUAGES else read_cookie(request, LANGUAGE) or ""
    size = chosen_size if chosen_size in (LARGE, NORMAL) else read_cookie(request, TEXT_SIZE)
    request[PREFERENCES] = Preferences(_LANGUAGES.get(language, DEFAULT_LANGUAGE), size == LARGE)
    response = await handler(request)
    if not response.prepared:
        if chosen_language in _LANGUAGES:
            set_cookie(request, response, LANGUAGE, chosen_language, REMEMBERED)
        if chosen_size in (LARGE, NORMAL):
            set_cookie(request, response, TEXT_SIZE, chosen_size, REMEMBERED)
    return response
