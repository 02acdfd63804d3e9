"""The ``If`` header (RFC 4918, 10.4): under which tokens and entity tags a request may be carried out."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from minxin.core.errors import MinxinError
from minxin.webui.dav.paths import BadPathError, Path, key_of, path_of

LONGEST: Final = 8192
_ONE: Final = r'(?:Not\s*)?(?:<[^>]*>|\[(?:W/)?"[^"]*"\])'
_LIST: Final = re.compile(rf"\s*(?:<([^>]*)>\s*)?\(((?:\s*{_ONE})+)\s*\)", re.IGNORECASE)
_CONDITION: Final = re.compile(r'(Not)?\s*(?:<([^>]*)>|\[((?:W/)?"[^"]*")\])', re.IGNORECASE)


class UnmetError(MinxinError):
    """None of the lists in the header holds."""

    key = "error.conflict"
    temporary = False
    http_status = 412


class BadConditionError(MinxinError):
    """The header can't be read."""

    key = "error.bad_request"
    temporary = False
    http_status = 400


class Condition(Struct, frozen=True):
    """A token or an entity tag, or that it must not be so."""

    token: str = ""
    etag: str = ""
    negated: bool = False


class Demand(Struct, frozen=True):
    """One list: all of its conditions hold for one thing, that of the request itself when ``path`` is None."""

    path: Path | None
    conditions: tuple[Condition, ...]


def read_if(header: str) -> list[Demand]:
    """Return the lists in the header; raises :class:`BadConditionError`."""
    if len(header) > LONGEST:
        raise BadConditionError
    demands: list[Demand] = []
    path: Path | None = None
    place, header = 0, header.rstrip()
    while place < len(header):
        found = _LIST.match(header, place)
        if found is None:
            raise BadConditionError
        place = found.end()
        if found[1] is not None:
            path = _tagged(found[1])
        parts = _CONDITION.findall(found[2])
        demands.append(Demand(path, tuple(Condition(token, etag, bool(no)) for no, token, etag in parts)))
    return demands


def tokens_of(demands: list[Demand]) -> set[str]:
    """Return every token that the header names."""
    return {one.token for demand in demands for one in demand.conditions if one.token}


def _tagged(reference: str) -> Path:
    address = re.sub(r"^[a-z]+://[^/]*", "", reference, flags=re.IGNORECASE)
    try:
        return key_of(path_of(address))
    except BadPathError:
        return ("\0",)  # what is on no disk: its conditions hold for nothing
