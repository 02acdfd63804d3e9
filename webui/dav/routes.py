"""The addresses of WebDAV (RFC 4918, classes 1 and 2): one's own disk in the computer's file manager."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.webui.dav import locking, noting, reading, writing
from minxin.webui.dav.paths import ROOT

ADDRESS: Final = ROOT + "{path:(?:/.*)?}"


def routes() -> list[web.RouteDef]:
    """Return the routes of WebDAV; aiohttp answers HEAD by the route of GET."""
    methods = {
        "OPTIONS": reading.options,
        "PROPFIND": reading.propfind,
        "PROPPATCH": noting.set_properties,
        "PUT": writing.put,
        "DELETE": writing.delete,
        "MKCOL": writing.make_folder,
        "MOVE": writing.move,
        "COPY": writing.copy,
        "LOCK": locking.lock,
        "UNLOCK": locking.unlock,
    }
    return [web.get(ADDRESS, reading.get), *(web.route(name, ADDRESS, handler) for name, handler in methods.items())]
