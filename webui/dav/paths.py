"""Addresses under ``/dav/`` and what they name: folders by their names, from the top of one's own disk."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote, urlsplit

from aiohttp import web

from minxin.core.errors import InvalidInputError, MinxinError
from minxin.mailbox.disk.tree import clean_name, name_key

ROOT: Final = "/dav"
Path = tuple[str, ...]


class BadPathError(MinxinError):
    """The address names nothing that could be on a disk."""

    key = "error.bad_request"
    temporary = False
    http_status = 400


class OtherServerError(MinxinError):
    """The destination is not on this service (RFC 4918, 9.8.5: 502)."""

    key = "error.bad_request"
    temporary = False
    http_status = 502


def is_dav(path: str) -> bool:
    """Say whether the path is one of WebDAV."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def path_of(raw_path: str) -> Path:
    """Return the names in a still encoded path, as the disk keeps them; raises ``BadPathError``."""
    prefix, _, rest = raw_path[1:].partition("/")
    if f"/{prefix}" != ROOT:
        raise BadPathError
    names = [unquote(part) for part in rest.split("/") if part]
    try:
        return tuple(_kept(name) for name in names)
    except InvalidInputError as error:
        raise BadPathError from error


def destination_of(request: web.Request) -> Path:
    """Return where a copy or move goes (RFC 4918, 10.3); raises ``BadPathError``, ``OtherServerError``."""
    parts = urlsplit(request.headers.get("Destination", ""))
    if not parts.path:
        raise BadPathError
    if parts.netloc and parts.netloc != request.host:
        raise OtherServerError
    return path_of(parts.path)


def href(path: Path, *, folder: bool) -> str:
    """Return the address of what the names lead to."""
    address = "/".join([ROOT, *(quote(name, safe="") for name in path)])
    return f"{address}/" if folder else address


def key_of(path: Path) -> Path:
    """Return the path as names are told apart by."""
    return tuple(name_key(name) for name in path)


def _kept(name: str) -> str:
    if "/" in name or "\0" in name or name in (".", ".."):
        raise BadPathError
    return clean_name(name)
