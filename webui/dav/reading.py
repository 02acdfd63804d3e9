"""WebDAV, reading: what lies where, and files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from aiohttp import hdrs, web

from minxin.core.errors import MinxinError
from minxin.mailbox.disk.records import TOP, DiskItem
from minxin.webui.context import services
from minxin.webui.dav.door import ALLOWED, COMPLIANCE, Client, NotAFileError, etag_of, for_programs
from minxin.webui.dav.paths import Path, key_of
from minxin.webui.dav.properties import OCTETS, Thing, answer_of, http_date
from minxin.webui.dav.xml import DAV, BadXmlError, dav, part_of_xml, read_xml, write_xml
from minxin.webui.pages.attachments import disposition

XML_TYPE: Final = "application/xml"
AT_ONCE: Final = 50  # things: some milliseconds
_SANDBOX: Final = "default-src 'none'; sandbox"


class TooDeepError(MinxinError):
    """A whole tree in one answer is not given (RFC 4918, 9.1: ``propfind-finite-depth``)."""

    key = "error.not_allowed"
    temporary = False
    http_status = 403


async def options(request: web.Request) -> web.Response:
    """Say what this door can do; asked before the log-in, and tells nothing of anybody."""
    headers = {"DAV": COMPLIANCE, "MS-Author-Via": "DAV", hdrs.ALLOW: ALLOWED}
    return web.Response(status=200, headers=headers)


@for_programs
async def get(request: web.Request, client: Client) -> web.StreamResponse:
    """Send a file, to be saved and never shown by a browser."""
    item = client.item()
    if item is None or item.is_folder:
        raise NotAFileError
    headers = {
        hdrs.ETAG: etag_of(item),
        hdrs.LAST_MODIFIED: http_date(item.changed_at),
        hdrs.CONTENT_DISPOSITION: disposition(item.name),
        "Content-Security-Policy": _SANDBOX,
    }
    if etag_of(item) in _tags(request, hdrs.IF_NONE_MATCH):
        return web.Response(status=304, headers=headers)
    _, data = await services(request).disk.files.read(client.actor, item.id)
    return web.Response(body=data, headers={hdrs.CONTENT_TYPE: OCTETS, **headers})


@for_programs
async def propfind(request: web.Request, client: Client) -> web.StreamResponse:
    """Tell properties of a thing, and with depth 1 of what lies in it."""
    item = client.item()
    depth = request.headers.get("Depth", "infinity")
    if depth not in ("0", "1"):
        raise TooDeepError
    names, bare = _wanted(await request.read())
    found: list[tuple[Path, DiskItem | None]] = [(client.path, item)]
    if depth == "1" and (item is None or item.is_folder):
        inside = client.tree.inside(item.id if item else TOP)
        found += [((*client.path, one.name), one) for one in inside]
    things = await _things(request, client, found)
    return await multistatus(answer_of(thing, names, bare=bare) for thing in things)


async def multistatus(responses: Iterable[Element]) -> web.Response:
    """Return the answer about several things (RFC 4918, 13), written with pauses for others between them."""
    written = []
    for number, response in enumerate(responses):
        written.append(part_of_xml(response))
        if not number % AT_ONCE:
            await asyncio.sleep(0)
    body = write_xml(dav("multistatus")).replace(b" />", b">" + b"".join(written) + b"</D:multistatus>")
    return web.Response(status=207, body=body, content_type=XML_TYPE, charset="utf-8")


async def _things(request: web.Request, client: Client, found: list[tuple[Path, DiskItem | None]]) -> list[Thing]:
    room = (await services(request).disk.files.shelf(client.actor)).room
    return [
        Thing(path, item, room, tuple(lock for lock in client.locks if lock.covers(key_of(path))))
        for path, item in found
    ]


def _wanted(body: bytes) -> tuple[list[str] | None, bool]:
    """Return the names of the properties that are asked for, None for all, and whether the names alone are."""
    if not body.strip():
        return None, False
    root = read_xml(body)
    if root.tag != DAV + "propfind":
        raise BadXmlError
    if root.find(DAV + "propname") is not None:
        return None, True
    wanted = root.find(DAV + "prop")
    return (None, False) if wanted is None else ([one.tag for one in wanted], False)


def _tags(request: web.Request, header: str) -> set[str]:
    return {tag.strip() for tag in request.headers.get(header, "").split(",") if tag.strip()}
