"""The way in for WebDAV: an application password over a line that nobody listens to, and answers for programs."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from aiohttp import hdrs, web
from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.disk.locks import Lock, check_free
from minxin.mailbox.disk.records import TOP, DiskItem
from minxin.mailbox.disk.tree import Tree
from minxin.mailbox.records import Scope
from minxin.webui.context import language, origin, services
from minxin.webui.dav.conditions import Condition, Demand, UnmetError, read_if, tokens_of
from minxin.webui.dav.paths import BadPathError, Path, key_of, path_of
from minxin.webui.i18n import sentences

COMPLIANCE: Final = "1, 2"
ALLOWED: Final = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK"
_HEADERS: Final = {"DAV": COMPLIANCE, "MS-Author-Via": "DAV"}
TAG_LENGTH: Final = 32
_LONGEST: Final = 400
_log = logging.getLogger(__name__)


class Client(Struct, frozen=True):
    """A program that came in, and what it asks about: the path of the request on its owner's disk as it is now.

    ``locks`` are those that hold on the disk, ``tokens`` those that the program says it has.
    """

    actor: Actor
    tree: Tree
    path: Path
    tokens: frozenset[str]
    locks: tuple[Lock, ...]

    @property
    def key(self) -> Path:
        """The path as names are told apart by."""
        return key_of(self.path)

    def item(self, path: Path | None = None) -> DiskItem | None:
        """Return what the path leads to, None for the top; raises ``NotFoundError``."""
        return self.tree.at_path(list(self.path if path is None else path))

    def known(self, path: Path) -> DiskItem | None:
        """Return what the path leads to, or None when there is nothing, or it is the top."""
        try:
            return self.item(path)
        except NotFoundError:
            return None

    def folder_id(self, path: Path) -> str:
        """Return the id of the folder that the path lies in; raises :class:`NoFolderError`."""
        try:
            folder = self.item(path[:-1])
        except NotFoundError as error:
            raise NoFolderError from error
        if folder is not None and not folder.is_folder:
            raise NoFolderError
        return folder.id if folder else TOP


class NoFolderError(MinxinError):
    """What is to be written would lie in a folder that is not there (RFC 4918, 9.3.1 and 9.7.1)."""

    key = "error.conflict"
    temporary = False
    http_status = 409


class NotAFileError(MinxinError):
    """The method is for files, and this is a folder."""

    key = "error.wrong_method"
    temporary = False
    http_status = 405


class UnsafeLineError(MinxinError):
    """The password would be read by whoever listens: only TLS, or this very machine, is taken."""

    key = "dav.unsafe_line"
    temporary = False
    http_status = 403


class NobodyError(MinxinError):
    """No application password, or none that opens this door."""

    key = "login.wrong"
    temporary = False
    http_status = 401


Handler = Callable[[web.Request, Client], Awaitable[web.StreamResponse]]


def for_programs(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Let in who has an application password for WebDAV; tell every refusal as programs read it."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request, await _client(request))
        except MinxinError as error:
            response = _refusal(request, error)
        response.headers.update(_HEADERS)
        return response

    return guarded


async def _client(request: web.Request) -> Client:
    _check_line(request)
    actor = await _actor(request)
    shelf = await services(request).disk.files.shelf(actor)
    if request.rel_url.raw_fragment:
        # A name with a sign that was not encoded: what is meant is longer than what came (RFC 9112, 3.2).
        raise BadPathError
    path = path_of(request.rel_url.raw_path)
    demands = read_if(request.headers.get("If", "")) if "If" in request.headers else []
    living = await services(request).disk.locks.living(actor.id, services(request).clock.now())
    client = Client(actor, shelf.tree, path, frozenset(tokens_of(demands)), living)
    if demands and not any(_holds(client, demand) for demand in demands):
        raise UnmetError
    return client


async def _actor(request: web.Request) -> Actor:
    kind, _, coded = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if kind.lower() != "basic" or len(coded) > _LONGEST:
        raise NobodyError
    try:
        name, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NobodyError from error
    if not colon:
        raise NobodyError
    passwords = services(request).accounts.app_passwords
    try:
        known = await passwords.authenticate(name, password, Scope.DAV, origin(request))
    except InvalidInputError as error:
        raise NobodyError from error
    return actor_of(known.account)


def _check_line(request: web.Request) -> None:
    if request.secure:
        return
    if services(request).settings.behind_proxy:
        forwarded = request.headers.getall("X-Forwarded-Proto", [""])[-1]
        safe = forwarded.rpartition(",")[2].strip().lower() == "https"
    else:
        safe = _is_here(request.remote or "")
    if not safe:
        raise UnsafeLineError


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _holds(client: Client, demand: Demand) -> bool:
    path = client.key if demand.path is None else demand.path
    return all(_is_so(client, path, one) != one.negated for one in demand.conditions)


def _is_so(client: Client, path: Path, one: Condition) -> bool:
    if one.etag:
        item = client.known(path)
        return item is not None and not item.is_folder and etag_of(item) == one.etag
    return any(lock.token == one.token and lock.covers(path) for lock in client.locks)


def etag_of(item: DiskItem) -> str:
    """Return the entity tag of a file: half of its bytes' own hash, for programs that have little room for tags."""
    return f'"{item.current.blob_id[:TAG_LENGTH]}"'


def check_locks(client: Client, path: Path, *, member: bool = False, below: bool = False) -> None:
    """Raise ``LockedError`` for what others announced to write; ``member`` adds or removes a name in its folder."""
    key = key_of(path)
    check_free(client.locks, [key], client.tokens, below=below)
    if member and key:
        check_free(client.locks, [key[:-1]], client.tokens)


def _refusal(request: web.Request, error: MinxinError) -> web.Response:
    if error.http_status >= web.HTTPInternalServerError.status_code:
        _log.warning("webdav failed: %s", error.reason)
    response = web.Response(
        status=error.http_status, text=f"{sentences().of_error(error, language(request))}\n", content_type="text/plain"
    )
    if isinstance(error, NobodyError):
        response.headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="network disk", charset="UTF-8"'
    if isinstance(error, NotAFileError):
        response.headers[hdrs.ALLOW] = ALLOWED
    if "retry_after_s" in error.params:
        response.headers[hdrs.RETRY_AFTER] = str(error.params["retry_after_s"])
    return response
