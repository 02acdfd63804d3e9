"""SQLite's errors in our words: no ``sqlite3.Error`` leaves this folder."""

from __future__ import annotations

import sqlite3

from minxin.core.errors import DamagedError, DuplicateError, MinxinError, StoreFullError, UnavailableError

# The low byte of an extended result code is the primary one (https://sqlite.org/rescode.html).
_PRIMARY = 0xFF


def is_own_fault(error: Exception) -> bool:
    """Say whether the error lies in the one write (a constraint, a value), so that its neighbours can go on."""
    if not isinstance(error, sqlite3.Error):
        return not isinstance(error, OSError | MemoryError)
    return isinstance(
        error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError | sqlite3.InterfaceError
    )


def translated(error: Exception) -> Exception:
    """Return our error for one of SQLite's; any other comes back as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return _duplicate(error)
    if isinstance(error, sqlite3.DatabaseError):
        return _failure(error)
    return error


def _failure(error: sqlite3.DatabaseError) -> MinxinError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return StoreFullError()
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError("the database file is damaged")
    if str(error).startswith("Could not decode"):
        return DamagedError("a stored text is no UTF-8")
    return UnavailableError()


def _duplicate(error: sqlite3.IntegrityError) -> Exception:
    """Read "UNIQUE constraint failed: letters.intake_key"; other constraints can only be our own mistakes."""
    _, found, column = str(error).partition("UNIQUE constraint failed: ")
    if not found:
        return error
    table, _, field = column.split(",")[0].partition(".")
    duplicate = DuplicateError(table=table, field=field)
    duplicate.params["field"] = field
    return duplicate
