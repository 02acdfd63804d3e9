"""WebDAV, writing: files and folders come, go and move. What is deleted or overwritten is not lost at once."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from minxin.core.errors import MinxinError
from minxin.mailbox.disk.records import DiskItem
from minxin.webui.context import origin, services
from minxin.webui.dav.conditions import UnmetError
from minxin.webui.dav.door import Client, NotAFileError, check_locks, etag_of, for_programs
from minxin.webui.dav.paths import Path, destination_of, key_of
from minxin.webui.forms import MIB, FormLimits, form_limits

FILE: Final = FormLimits(body_bytes=26 * MIB, raw=True)


class BodyRefusedError(MinxinError):
    """A body means something that this method does not do here (RFC 4918, 9.3.1: 415)."""

    key = "error.unsupported_body"
    temporary = False
    http_status = 415


class SamePlaceError(MinxinError):
    """What is to be moved or copied would lie on itself or in itself, or is the whole disk (RFC 4918, 9.8.5)."""

    key = "error.not_allowed"
    temporary = False
    http_status = 403


@form_limits(FILE)
@for_programs
async def put(request: web.Request, client: Client) -> web.StreamResponse:
    """Keep a file: a new one, or the newest version of the one that is there."""
    known = _writable(client, client.path)
    folder_id = client.folder_id(client.path)
    _check_tags(request, known)
    check_locks(client, client.path, member=known is None)
    if hdrs.CONTENT_RANGE in request.headers:
        raise BodyRefusedError  # a part of a file is not a file (RFC 9110, 14.5)
    data = await request.read()
    files = services(request).disk.files
    item = await files.put(client.actor, folder_id, client.path[-1], data, origin=origin(request))
    return web.Response(status=204 if known else 201, headers={hdrs.ETAG: etag_of(item)})


@for_programs
async def make_folder(request: web.Request, client: Client) -> web.StreamResponse:
    """Make a folder."""
    if not client.path or client.known(client.path) is not None:
        raise NotAFileError
    folder_id = client.folder_id(client.path)
    check_locks(client, client.path, member=True)
    if request.body_exists:
        raise BodyRefusedError
    await services(request).disk.files.make_folder(client.actor, folder_id, client.path[-1], origin=origin(request))
    return web.Response(status=201)


@for_programs
async def delete(request: web.Request, client: Client) -> web.StreamResponse:
    """Lay a file or folder into the bin."""
    item = _movable(client)
    _check_tags(request, item)
    check_locks(client, client.path, member=True, below=True)
    await services(request).disk.files.throw_away(client.actor, item.id, origin=origin(request))
    await _forget_locks(request, client)
    return web.Response(status=204)


@for_programs
async def move(request: web.Request, client: Client) -> web.StreamResponse:
    """Lay a file or folder elsewhere; what it overwrites goes into the bin."""
    item, there = _movable(client), destination_of(request)
    over = _room_for(request, client, item, there)
    folder_id = client.folder_id(there)
    check_locks(client, client.path, member=True, below=True)
    check_locks(client, there, member=over is None, below=True)
    files = services(request).disk.files
    await files.move_over(client.actor, item.id, folder_id, there[-1], origin=origin(request))
    await _forget_locks(request, client)
    return web.Response(status=204 if over else 201)


@for_programs
async def copy(request: web.Request, client: Client) -> web.StreamResponse:
    """Lay a copy elsewhere; what it overwrites goes into the bin."""
    item, there = _movable(client), destination_of(request)
    over = _room_for(request, client, item, there)
    folder_id = client.folder_id(there)
    check_locks(client, there, member=over is None, below=True)
    files, by = services(request).disk.files, origin(request)
    if over is not None:
        await files.throw_away(client.actor, over.id, origin=by)
    if item.is_folder and request.headers.get("Depth") == "0":
        await files.make_folder(client.actor, folder_id, there[-1], origin=by)
    else:
        await files.copy(client.actor, item.id, folder_id, there[-1], origin=by)
    return web.Response(status=204 if over else 201)


def _writable(client: Client, path: Path) -> DiskItem | None:
    """Return the file that would be overwritten; raises ``NotAFileError`` for a folder."""
    known = client.known(path)
    if not path or (known is not None and known.is_folder):
        raise NotAFileError
    return known


def _movable(client: Client) -> DiskItem:
    item = client.item()
    if item is None:
        raise SamePlaceError
    return item


def _room_for(request: web.Request, client: Client, item: DiskItem, there: Path) -> DiskItem | None:
    """Return what is overwritten there; raises ``UnmetError`` when nothing may be, and for a place in itself."""
    here, place = client.key, key_of(there)
    if not place or place[: len(here)] == here or here[: len(place)] == place:
        raise SamePlaceError
    over = client.known(there)
    if over is not None and request.headers.get("Overwrite", "T").upper() == "F":
        raise UnmetError
    return over


async def _forget_locks(request: web.Request, client: Client) -> None:
    """End the locks of what is not there any more: they do not go along (RFC 4918, 7.6)."""
    over = [lock.token for lock in client.locks if lock.lies_under(client.key)]
    if over:
        await services(request).disk.locks.release(client.actor.id, over, services(request).clock.now())


def _check_tags(request: web.Request, item: DiskItem | None) -> None:
    """Raise ``UnmetError`` when the file is not as the program believes (RFC 9110, 13.1)."""
    tag = etag_of(item) if item and not item.is_folder else ""
    must, must_not = request.headers.get(hdrs.IF_MATCH), request.headers.get(hdrs.IF_NONE_MATCH)
    if must is not None and not _names(must, tag):
        raise UnmetError
    if must_not is not None and _names(must_not, tag):
        raise UnmetError


def _names(header: str, tag: str) -> bool:
    return bool(tag) and (header.strip() == "*" or tag in {one.strip() for one in header.split(",")})
