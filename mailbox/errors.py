"""Errors of the post."""

from __future__ import annotations

from minxin.core.errors import DamagedError, MinxinError, UnavailableError


class ParseTimeoutError(DamagedError):
    """Reading the content took more processor time than any honest content needs; trying again would not help."""

    key = "error.parse_timeout"
    http_status = 422
    smtp_reply = "554 5.6.0 Message content not accepted"


class ParseFailedError(DamagedError):
    """The reader ran out of memory or gave up on the content; trying again would not help."""

    key = "error.parse_failed"
    http_status = 422
    smtp_reply = "554 5.6.0 Message content not accepted"


class ParseCrashedError(UnavailableError):
    """The reading process died. It may be the content or somebody's signal, so it is tried again, but not for ever."""

    key = "error.parse_crashed"


class SmsRefusedError(MinxinError):
    """The provider will never send this message; ``code`` is what it answered, or a word of ours."""

    key = "sms.refused"
    temporary = False
    http_status = 502

    def __init__(self, code: str) -> None:
        super().__init__("sms.refused")
        self.code = code
