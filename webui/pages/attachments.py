"""Files of letters: always downloads, never shown by the browser as part of our site (RFC 6266, ASVS 5.4)."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from minxin.webui.context import services
from minxin.webui.guards import require_login

SANDBOX = "default-src 'none'; sandbox"


async def download(request: web.Request) -> web.Response:
    """Send a file of a letter, or of papers supplied for it, to anyone who may see the letter."""
    actor = require_login(request)
    file, data = await services(request).letterbox.attachment(
        actor, request.match_info["id"], request.match_info["file"]
    )
    return file_response(file.name, file.content_type, data)


def file_response(name: str, content_type: str, data: bytes) -> web.Response:
    """Return an answer that a browser saves and never shows."""
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": disposition(name),
        "Content-Security-Policy": SANDBOX,
    }
    return web.Response(body=data, headers=headers)


def disposition(name: str) -> str:
    """Return the header that saves under ``name``, with a plain ASCII name for old programs (RFC 6266, appendix D)."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def routes() -> list[web.RouteDef]:
    """Return the route of files."""
    return [web.get("/letters/{id}/files/{file}", download)]
