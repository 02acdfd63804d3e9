"""The description of the interface: the OpenAPI document for programs, and a page of the same for people."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec
from aiohttp import web

from minxin.webui.api.openapi import document, problem_statuses
from minxin.webui.api.operations import PREFIX
from minxin.webui.api.table import OPERATIONS
from minxin.webui.context import language
from minxin.webui.i18n import translations
from minxin.webui.rendering import page

DOCUMENT: Final = f"{PREFIX}/openapi.json"
REFERENCE: Final = f"{PREFIX}/"
TITLE: Final = "Minxin 民信"


@cache
def openapi_json() -> bytes:
    """Return the document as JSON."""
    return msgspec.json.encode(document(OPERATIONS, TITLE))


async def show_document(request: web.Request) -> web.Response:
    """Answer with the document; anybody may read it."""
    return web.Response(body=openapi_json(), content_type="application/json")


async def show_reference(request: web.Request) -> web.Response:
    """Show the operations."""
    translate = translations(language(request)).gettext
    rows = [(one, translate(one.summary), problem_statuses(one)) for one in OPERATIONS]
    tags = dict.fromkeys(one.tag for one in OPERATIONS)
    groups = [(tag, [row for row in rows if row[0].tag == tag]) for tag in tags]
    return page(request, "api/reference.html", groups=groups, document=DOCUMENT)


def routes() -> list[web.RouteDef]:
    """Return the routes of the description."""
    return [web.get(DOCUMENT, show_document), web.get(REFERENCE, show_reference)]
