"""WebDAV, locks: LOCK and UNLOCK (RFC 4918, 9.10 and 9.11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from xml.etree.ElementTree import Element, tostring

from aiohttp import web
from msgspec.structs import replace

from minxin.core.errors import MinxinError, NotFoundError
from minxin.mailbox.disk.locks import LONGEST, OWNER_MAX, Lock, check_free
from minxin.webui.context import origin, services
from minxin.webui.dav.conditions import UnmetError
from minxin.webui.dav.door import Client, for_programs
from minxin.webui.dav.paths import BadPathError
from minxin.webui.dav.properties import active_lock
from minxin.webui.dav.reading import XML_TYPE
from minxin.webui.dav.xml import DAV, BadXmlError, dav, read_xml, write_xml

LONGEST_S: Final = int(LONGEST.total_seconds())
CONFLICT: Final = 409


@for_programs
async def lock(request: web.Request, client: Client) -> web.StreamResponse:
    """Lock a thing, or a name that is free yet: an empty file takes it (RFC 4918, 7.3). Without a body: lock longer."""
    body = await request.read()
    if not body.strip():
        return _answer(await _refreshed(request, client), 200)
    wanted = _wanted(request, client, read_xml(body))
    new = client.path and client.known(client.path) is None
    folder_id = client.folder_id(client.path) if new else ""
    if new:
        check_free(client.locks, [client.key[:-1]], client.tokens)
    locks, now = services(request).disk.locks, services(request).clock.now()
    taken = await locks.take(client.actor.id, wanted, now)
    if new:
        files = services(request).disk.files
        try:
            await files.put(client.actor, folder_id, client.path[-1], b"", origin=origin(request))
        except MinxinError:
            await locks.release(client.actor.id, [taken.token], now)
            raise
    return _answer(taken, 201 if new else 200)


@for_programs
async def unlock(request: web.Request, client: Client) -> web.StreamResponse:
    """End a lock that holds here."""
    token = request.headers.get("Lock-Token", "").strip()
    if not (token.startswith("<") and token.endswith(">")):
        raise BadPathError
    found = [one for one in client.locks if one.token == token[1:-1] and one.covers(client.key)]
    if not found:
        return web.Response(status=CONFLICT)
    await services(request).disk.locks.release(client.actor.id, [found[0].token], services(request).clock.now())
    return web.Response(status=204)


def _wanted(request: web.Request, client: Client, root: Element) -> Lock:
    scope = root.find(DAV + "lockscope")
    if root.tag != DAV + "lockinfo" or scope is None or not len(scope):
        raise BadXmlError
    owner = root.find(DAV + "owner")
    written = b"" if owner is None else tostring(owner)
    seconds = _seconds(request)
    return Lock(
        token="",
        path=client.key,
        shown=client.path,
        deep=request.headers.get("Depth", "infinity") != "0",
        exclusive=scope[0].tag == DAV + "exclusive",
        owner=written if len(written) <= OWNER_MAX else b"",
        seconds=seconds,
        ends_at=services(request).clock.now() + timedelta(seconds=seconds),
    )


async def _refreshed(request: web.Request, client: Client) -> Lock:
    """Return the lock that the header names, with a new end; raises ``UnmetError`` when there is none."""
    if client.known(client.path) is None and client.path:
        raise NotFoundError
    for one in client.locks:
        if one.token in client.tokens and one.covers(client.key):
            seconds, now = _seconds(request), services(request).clock.now()
            longer = replace(one, seconds=seconds, ends_at=now + timedelta(seconds=seconds))
            await services(request).disk.locks.refresh(client.actor.id, longer, now)
            return longer
    raise UnmetError


def _seconds(request: web.Request) -> int:
    """Return how long the lock is given: what is asked for, but never longer than :data:`LONGEST`."""
    for asked in request.headers.get("Timeout", "").split(","):
        kind, _, number = asked.strip().partition("-")
        if kind.lower() == "second" and number.isascii() and number.isdecimal():
            return max(1, min(int(number[:9]), LONGEST_S))
    return LONGEST_S


def _answer(taken: Lock, status: int) -> web.Response:
    body = write_xml(dav("prop", dav("lockdiscovery", active_lock(taken))))
    headers = {"Lock-Token": f"<{taken.token}>"}
    return web.Response(status=status, body=body, content_type=XML_TYPE, charset="utf-8", headers=headers)
