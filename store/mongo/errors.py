"""MongoDB's errors in our words: no ``PyMongoError`` leaves this folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bson.errors import InvalidBSON
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from minxin.core.errors import DamagedError, DuplicateError, StoreFullError, UnavailableError

# https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
_DUPLICATE: Final = 11_000
_FULL: Final = frozenset({14_031})  # OutOfDiskSpace
_WRITE_CONFLICT: Final = 112
_COLLECTION: Final = re.compile(r"collection: [^.]+\.(\S+)")

TRANSIENT: Final = "TransientTransactionError"
UNKNOWN_COMMIT: Final = "UnknownTransactionCommitResult"


def translated(error: Exception) -> Exception:
    """Return our error for one of MongoDB's; any other comes back as it is."""
    if isinstance(error, InvalidBSON):
        return DamagedError("a stored document can't be read")
    if not isinstance(error, PyMongoError):
        return error
    for code, details in _causes(error):
        if code == _DUPLICATE:
            return _duplicate(details)
        if code in _FULL:
            return StoreFullError()
    return UnavailableError()


def is_transient(error: Exception) -> bool:
    """Say whether the same transaction, begun anew, may well succeed.

    What waited until its time was over is no such case: who waits for it has waited long enough.
    """
    if not isinstance(error, PyMongoError) or error.timeout:
        return False
    return error.has_error_label(TRANSIENT) or any(code == _WRITE_CONFLICT for code, _ in _causes(error))


def duplicate(table: str, field: str) -> DuplicateError:
    """Return the refusal of a value that another record has."""
    error = DuplicateError(table=table, field=field)
    error.params["field"] = field
    return error


def _causes(error: PyMongoError) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Yield the code and the details of everything that went wrong."""
    if isinstance(error, BulkWriteError):
        for one in error.details.get("writeErrors", ()):
            yield one.get("code"), one
    elif isinstance(error, OperationFailure):
        yield error.code, dict(error.details or {})


def _duplicate(details: dict[str, Any]) -> DuplicateError:
    found = _COLLECTION.search(str(details.get("errmsg", "")))
    field = next(iter(details.get("keyPattern", {})), "_id")
    return duplicate(found[1] if found else "", "id" if field == "_id" else field)
