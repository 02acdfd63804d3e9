"""The error tree: every error of ours knows what each door answers.

A door (HTTP, SMTP, command line) turns a :class:`MinxinError` into its own answer and nothing else; any other exception
is unknown and therefore temporary, and its text never leaves the house. The text shown to a person is looked up by
``key`` in the locale catalogue, with ``params`` filled in.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class MinxinError(Exception):
    """A refusal or failure that a person can be told about.

    ``key`` names the sentence in the catalogue of ``webui/locales`` and is stable: the API shows it to programs.
    ``field`` names the form field that the sentence stands beside, when there is one.
    """

    key: ClassVar[str] = "error.unknown"
    temporary: ClassVar[bool] = True
    http_status: ClassVar[int] = 500
    smtp_reply: ClassVar[str] = "451 4.3.0 Temporary failure, please try again later"

    def __init__(self, reason: str = "", /, *, field: str | None = None, **params: object) -> None:
        super().__init__(reason or self.key)
        self.reason = reason or self.key
        self.field = field
        self.params = params


class NotFoundError(MinxinError):
    """The thing is not there, or the asker may not know that it is: both look the same."""

    key = "error.not_found"
    temporary = False
    http_status = 404
    smtp_reply = "550 5.1.1 No such recipient here"


class NotAllowedError(MinxinError):
    """The actor is known but may not do this to a thing that he may see."""

    key = "error.not_allowed"
    temporary = False
    http_status = 403
    smtp_reply = "550 5.7.1 Not allowed"


class NotLoggedInError(MinxinError):
    """Nobody is logged in, and this needs somebody."""

    key = "error.not_logged_in"
    temporary = False
    http_status = 401
    smtp_reply = "530 5.7.0 Authentication required"


class InvalidInputError(MinxinError):
    """Something that a person typed or sent can't be taken; ``reason`` is the catalogue key of the sentence."""

    key = "error.invalid"
    temporary = False
    http_status = 422
    smtp_reply = "554 5.6.0 Message content not accepted"


class InvalidFormError(InvalidInputError):
    """Several fields are wrong at once; ``errors`` has one :class:`InvalidInputError` for each."""

    def __init__(self, errors: list[InvalidInputError]) -> None:
        super().__init__("error.invalid_form")
        self.errors = tuple(errors)


class IllegalMoveError(MinxinError):
    """The table of moves does not allow this step from the present state, or not to this role."""

    key = "error.illegal_move"
    temporary = False
    http_status = 409
    smtp_reply = "554 5.5.0 Not possible now"


class ConflictError(MinxinError):
    """A record moved between reading and writing: read again, decide again."""

    key = "error.conflict"
    http_status = 409


class DuplicateError(ConflictError):
    """An insert would give two records the same unique field; ``params['field']`` of ``params['table']`` says which."""


class TooLargeError(MinxinError):
    """The message or file is over its limit."""

    key = "error.too_large"
    temporary = False
    http_status = 413
    smtp_reply = "552 5.3.4 Message too large"


class TooManyTriesError(MinxinError):
    """A throttle is closed for now; ``params['retry_after_s']`` says for how long."""

    key = "error.too_many_tries"
    http_status = 429
    smtp_reply = "421 4.7.0 Too many tries, try again later"


class StoreFullError(MinxinError):
    """The disk under the store is full: nothing was written, nothing that was acknowledged is lost."""

    key = "error.store_full"
    http_status = 507
    smtp_reply = "452 4.3.1 Insufficient system storage"


class QuotaError(MinxinError):
    """A box or disk would hold more than it may; nothing was written. ``params``: ``key``, ``used``, ``add``, ``most``.

    RFC 4331 section 6 (507 for WebDAV), RFC 3463 section 3.3 (5.2.2).
    """

    key = "error.quota"
    temporary = False
    http_status = 507
    smtp_reply = "552 5.2.2 Mailbox full"


class UnavailableError(MinxinError):
    """A part that is needed does not answer now (store, parser, gateway)."""

    key = "error.unavailable"
    http_status = 503


class NotYetError(UnavailableError):
    """Work is not to be done before ``until``; that it was tried does not count as a failure."""

    def __init__(self, until: datetime, reason: str = "") -> None:
        super().__init__(reason)
        self.until = until


class ConfigError(MinxinError):
    """The settings or data files of the installation can't be used; the reason names the file and the value."""

    key = "error.config"
    temporary = False


class DamagedError(MinxinError):
    """Stored data does not have the hash or shape that it must have."""

    key = "error.damaged"
    temporary = False
