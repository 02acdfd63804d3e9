"""What a file or folder says of itself (RFC 4918, 15), and how room is told (RFC 4331)."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element

from msgspec import Struct

from minxin.mailbox.disk.files import Room
from minxin.mailbox.disk.locks import Lock
from minxin.mailbox.disk.records import DiskItem
from minxin.webui.dav.door import etag_of
from minxin.webui.dav.paths import Path, href
from minxin.webui.dav.xml import DAV, add, dav, own_xml

OCTETS: Final = "application/octet-stream"


class Thing(Struct, frozen=True):
    """A file or folder at its path; the top has no item. ``locks`` are those that hold for it."""

    path: Path
    item: DiskItem | None
    room: Room
    locks: tuple[Lock, ...]

    @property
    def is_folder(self) -> bool:
        """Say whether this is a folder."""
        return self.item is None or self.item.is_folder


def _resource_type(thing: Thing) -> Element:
    return dav("resourcetype", *([dav("collection")] if thing.is_folder else []))


def _changed(thing: Thing) -> Element | None:
    changed_at = thing.item.changed_at if thing.item else None
    return dav("getlastmodified", text=http_date(changed_at)) if changed_at else None


def _room(name: str, of: Callable[[Room], int]) -> Callable[[Thing], Element | None]:
    return lambda thing: dav(name, text=str(of(thing.room))) if thing.is_folder else None


def _of_file(name: str, of: Callable[[DiskItem], str]) -> Callable[[Thing], Element | None]:
    return lambda thing: dav(name, text=of(thing.item)) if thing.item and not thing.item.is_folder else None


def _supported(_: Thing) -> Element:
    kinds = [
        dav("lockentry", dav("lockscope", dav(scope)), dav("locktype", dav("write")))
        for scope in ("exclusive", "shared")
    ]
    return dav("supportedlock", *kinds)


PROPERTIES: Final[dict[str, Callable[[Thing], Element | None]]] = {
    DAV + "resourcetype": _resource_type,
    DAV + "displayname": lambda thing: dav("displayname", text=thing.item.name if thing.item else ""),
    DAV + "getlastmodified": _changed,
    DAV + "getcontentlength": _of_file("getcontentlength", lambda item: str(item.current.size_bytes)),
    DAV + "getcontenttype": _of_file(
        "getcontenttype", lambda item: mimetypes.guess_type(item.name, strict=True)[0] or OCTETS
    ),
    DAV + "getetag": _of_file("getetag", etag_of),
    DAV + "supportedlock": _supported,
    DAV + "lockdiscovery": lambda thing: dav("lockdiscovery", *map(active_lock, thing.locks)),
    DAV + "quota-available-bytes": _room(
        "quota-available-bytes", lambda room: max(0, room.quota_bytes - room.used_bytes)
    ),
    DAV + "quota-used-bytes": _room("quota-used-bytes", lambda room: room.used_bytes),
}


def answer_of(thing: Thing, names: Collection[str] | None, *, bare: bool = False) -> Element:
    """Return the response about one thing: the named properties, all of them (None), or their names alone."""
    found, missing = dav("prop"), dav("prop")
    noted = dict(thing.item.properties) if thing.item else {}
    for name in names if names is not None else (*PROPERTIES, *noted):
        value = PROPERTIES[name](thing) if name in PROPERTIES else _noted(noted.get(name))
        if value is not None:
            found.append(Element(name) if bare else value)
        elif names is not None:
            missing.append(Element(name))
    response = dav("response", dav("href", text=href(thing.path, folder=thing.is_folder)))
    for prop, status in ((found, "200 OK"), (missing, "404 Not Found")):
        if len(prop):
            response.append(dav("propstat", prop, dav("status", text=f"HTTP/1.1 {status}")))
    return response


def told_of(path: Path, folder: bool, outcomes: Iterable[tuple[str, Iterable[str]]]) -> Element:
    """Return the response about properties that were to be set: statuses, each with the names that it is about."""
    response = dav("response", dav("href", text=href(path, folder=folder)))
    for status, names in outcomes:
        prop = dav("prop", *(Element(name) for name in names))
        if len(prop):
            response.append(dav("propstat", prop, dav("status", text=f"HTTP/1.1 {status}")))
    return response


def _noted(value: str | None) -> Element | None:
    return None if value is None else own_xml(value.encode())


def active_lock(lock: Lock) -> Element:
    """Return what is told of a lock (RFC 4918, 14.1)."""
    told = dav(
        "activelock",
        dav("locktype", dav("write")),
        dav("lockscope", dav("exclusive" if lock.exclusive else "shared")),
        dav("depth", text="infinity" if lock.deep else "0"),
    )
    if lock.owner:
        told.append(own_xml(lock.owner))
    add(told, "timeout", f"Second-{lock.seconds}")
    told.append(dav("locktoken", dav("href", text=lock.token)))
    told.append(dav("lockroot", dav("href", text=href(lock.shown, folder=False))))
    return told


def http_date(at: datetime) -> str:
    """Return the instant as HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(at, usegmt=True)
