"""Lists come in pages by cursor, never by offset: a page stays right while rows come and go."""

from __future__ import annotations

import base64
import binascii
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from minxin.core.errors import InvalidInputError

T = TypeVar("T")
MAX_PAGE = 200
_FAR = 2**62  # what every store can compare; instants in microseconds lie far below


class PageRequest(Struct, frozen=True):
    """Which page: ``after`` is the cursor that the page before gave, ``size`` the wished number of items (1 to 200)."""

    after: str | None = None
    size: int = 50


class Page(Struct, Generic[T], frozen=True):
    """A page of a list; ``next`` is the cursor of the page after it, or None at the end."""

    items: list[T]
    next: str | None = None


_key = msgspec.json.Decoder(list[int | str])


def encode_cursor(*key: int | str) -> str:
    """Return an opaque cursor for a place in a sorted list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> tuple[int | str, ...]:
    """Return the sort key in the cursor; raises ``InvalidInputError`` when somebody bent it."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = _key.decode(raw)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise InvalidInputError("paging.cursor", field="after") from error
    if [type(part) for part in key] != list(kinds) or any(isinstance(n, int) and abs(n) > _FAR for n in key):
        raise InvalidInputError("paging.cursor", field="after")
    return tuple(key)


def page_size(request: PageRequest) -> int:
    """Return the wished size, held between 1 and 200."""
    return max(1, min(request.size, MAX_PAGE))
