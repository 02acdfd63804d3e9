"""How values look in the database: instants as microseconds, enums by value, bodies as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec

from minxin.core.errors import DamagedError
from minxin.store.sqlite.packing import UnpackError, unpack

SqlValue = str | int | float | bytes | None
T = TypeVar("T")

# Deterministic, so that the text that is stored is the text that is hashed (core/audit.py).
encode = msgspec.json.Encoder(order="deterministic").encode

# What decoding raises for bytes that nobody wrote: msgspec lets broken UTF-8 through as it is.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, TypeError, UnpackError)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Return the instant as microseconds since 1970 in UTC; a naive datetime is a ``TypeError``."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the instant of so many microseconds."""
    return _EPOCH + value * _MICROSECOND


def sql_value(value: Any) -> SqlValue:
    """Return the value as SQLite keeps it; raises ``TypeError`` for what no column holds."""
    if value is None or type(value) in (str, int, float):
        return value  # type: ignore[no-any-return]
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, Enum):
        return sql_value(value.value)
    if isinstance(value, bool):
        return int(value)
    raise TypeError(f"no column holds a {type(value).__name__}")


def decode(decoder: Callable[[bytes], T], body: bytes, **where: Any) -> T:
    """Read a stored body, packed or not; raises ``DamagedError``, which says ``where``, for one that nobody wrote."""
    try:
        return decoder(unpack(body))
    except UNREADABLE as error:
        raise DamagedError("a stored record can't be read", **where) from error
