"""Ends of commands (RFC 3501 section 7.1): OK, or why not, with the codes of RFC 5530."""

from __future__ import annotations

from typing import Final

from minxin.core.errors import (
    ConflictError,
    DuplicateError,
    IllegalMoveError,
    InvalidInputError,
    MinxinError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
    TooLargeError,
    TooManyTriesError,
)


class NoError(Exception):
    """The command is one, but was not done; the text begins with a code in brackets."""


_CODES: Final[tuple[tuple[type[MinxinError], str], ...]] = (
    (NotFoundError, "[NONEXISTENT] No such folder or mail"),
    (NotAllowedError, "[NOPERM] Not allowed"),
    (QuotaError, "[OVERQUOTA] The box is full"),
    (TooLargeError, "[TOOBIG] Too large"),
    (DuplicateError, "[ALREADYEXISTS] There is one of this name"),
    (ConflictError, "[INUSE] Others changed the same, try again"),
    (TooManyTriesError, "[UNAVAILABLE] Too many tries, try again later"),
    (IllegalMoveError, "[CANNOT] Not possible with this folder"),
    (InvalidInputError, "[CANNOT] Not possible"),
)


def reason(error: MinxinError) -> str:
    """Return why a command was not done, for what the house said."""
    if error.reason == "mail.folder.taken":
        return "[ALREADYEXISTS] There is one of this name"
    for kind, text in _CODES:
        if isinstance(error, kind):
            return text
    return "[UNAVAILABLE] Try again later"
