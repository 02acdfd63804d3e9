"""Static files: a handful, held in memory, named by their content so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web
from msgspec import Struct

STATIC_PREFIX = "/static/"
FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"


class StaticFile(Struct, frozen=True):
    """A file with its type and the short hash that stands in its address."""

    data: bytes
    content_type: str
    digest: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the static files by name; a file of a type that we do not serve is left out."""
    found: dict[str, StaticFile] = {}
    for file in sorted(FOLDER.iterdir()):
        content_type = _TYPES.get(file.suffix)
        if content_type:
            data = file.read_bytes()
            found[file.name] = StaticFile(data, content_type, hashlib.sha256(data).hexdigest()[:16])
    return found


def static_url(name: str) -> str:
    """Return the address of the file; raises ``KeyError`` when there is none of this name."""
    return f"{STATIC_PREFIX}{static_files()[name].digest}/{name}"


async def serve_static(request: web.Request) -> web.Response:
    """Answer with the file. Under an old hash the present file comes, but is not kept."""
    file = static_files().get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    fresh = request.match_info["digest"] == file.digest
    headers = {"Content-Type": file.content_type, "Cache-Control": _FOR_EVER if fresh else "no-cache"}
    return web.Response(body=file.data, headers=headers)


def routes() -> list[web.RouteDef]:
    """Return the route of the static files."""
    return [web.get(STATIC_PREFIX + "{digest}/{name}", serve_static)]
