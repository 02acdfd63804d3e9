"""Language and text size: chosen by ``?lang=`` and ``?text=`` and remembered in cookies.

A program that has not chosen is asked by its ``Accept-Language``; a visitor's browser is not: the pages are Chinese.
"""

from __future__ import annotations

import re
from datetime import timedelta

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from minxin.webui.context import PREFERENCES, Preferences
from minxin.webui.cookies import LANGUAGE, TEXT_SIZE, read_cookie, set_cookie
from minxin.webui.i18n import DEFAULT_LANGUAGE, Language
from minxin.webui.problems import is_api

LARGE, NORMAL = "large", "normal"
REMEMBERED = timedelta(days=365)
_MOST_TAGS = 20
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LANGUAGES = {language.value: language for language in Language}


@web.middleware
async def read_preferences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out how the visitor wants to read, and remember a new choice."""
    chosen_language = request.query.get("lang", "")
    chosen_size = request.query.get("text", "")
    language = chosen_language if chosen_language in _LANGUAGES else read_cookie(request, LANGUAGE) or ""
    if not language and is_api(request) and "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
        language = accepted_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))
    size = chosen_size if chosen_size in (LARGE, NORMAL) else read_cookie(request, TEXT_SIZE)
    request[PREFERENCES] = Preferences(_LANGUAGES.get(language, DEFAULT_LANGUAGE), size == LARGE)
    response = await handler(request)
    if not response.prepared:
        if chosen_language in _LANGUAGES:
            set_cookie(request, response, LANGUAGE, chosen_language, REMEMBERED)
        if chosen_size in (LARGE, NORMAL):
            set_cookie(request, response, TEXT_SIZE, chosen_size, REMEMBERED)
    return response


def accepted_language(header: str) -> str:
    """Return the language of ours that an ``Accept-Language`` wants most (RFC 9110, 12.5.4); nothing when none."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST_TAGS]:
        tag, _, weight = part.partition(";")
        quality = weight.replace(" ", "").removeprefix("q=")
        if quality and not _QUALITY.fullmatch(quality):
            continue
        wanted.append((float(quality or 1), tag.strip().lower().partition("-")[0]))
    best = sorted((one for one in wanted if one[0] and one[1] in _LANGUAGES), key=lambda one: -one[0])
    return best[0][1] if best else ""
