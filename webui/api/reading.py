"""Reading what a program sent: JSON bodies and queries, with an error that names the field."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec
from multidict import MultiMapping

from minxin.core.errors import InvalidFormError, InvalidInputError, MinxinError

T = TypeVar("T")
# The visitor's own settings may stand in every address (middleware/preferences.py).
_PREFERENCES: Final = frozenset({"lang", "text"})
_PLACE: Final = re.compile(r" - at `\$\.?(.*)`$")
_NAMED: Final = re.compile(r"Object (contains unknown|missing required) field `(.*?)`")
_KEYS: Final = {"contains unknown": "api.field.unknown", "missing required": "api.field.missing"}


class BadJsonError(MinxinError):
    """The body is no JSON text."""

    key = "api.json"
    temporary = False
    http_status = 400


def read_body(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    """Read the body; raises ``BadJsonError``, or ``InvalidFormError`` that names the field and what it must be."""
    try:
        return decoder.decode(data or b"{}")
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadJsonError from error


def read_query(kind: type[T], query: MultiMapping[str]) -> T:
    """Read the query of an address; raises ``InvalidFormError`` as :func:`read_body` does."""
    given = {name: value for name, value in query.items() if name not in _PREFERENCES}
    try:
        return msgspec.convert(given, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> InvalidFormError:
    """Turn msgspec's words into an error of ours: ``Expected `str`, got `int` - at `$.subject```."""
    place = _PLACE.search(message)
    where = place[1] if place else ""
    named = _NAMED.match(message)
    if named is not None:
        field = f"{where}.{named[2]}" if where else named[2]
        return InvalidFormError([InvalidInputError(_KEYS[named[1]], field=field, name=field)])
    fault = message[: place.start()] if place else message
    return InvalidFormError([InvalidInputError("api.field.value", field=where, name=where or "body", fault=fault)])
