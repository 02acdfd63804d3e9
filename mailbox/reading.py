"""The one door to the reader of mail: hostile bytes in, an answer in any case (解析入口)."""

from __future__ import annotations

from minxin.mailbox.errors import ParseFailedError, ParseTimeoutError
from minxin.mailbox.mime.parsed import ParsedMail
from minxin.mailbox.mime.reader import HEAD_BYTES, read_head, read_mail
from minxin.mailbox.safe_pool import SafePool

_BASE_LIMIT_S = 2.0
# An honest mail of 25 MB takes about one second; a slower machine gets four times that.
_LIMIT_S_PER_BYTE = 0.15 / 1_000_000


async def read_safely(pool: SafePool, raw: bytes) -> ParsedMail:
    """Read a mail outside this process; one that can't be read comes back with ``readable`` False, for a person.

    Raises only the temporary :class:`ParseCrashedError` and ``UnavailableError``: try again, and quarantine in the end.
    """
    try:
        return await pool.run(read_mail, raw, limit_s=limit_for(raw))
    except ParseTimeoutError:
        return await pool.run(read_head, raw[:HEAD_BYTES], "mail.timeout")
    except ParseFailedError:
        return await pool.run(read_head, raw[:HEAD_BYTES], "mail.failed")


def limit_for(raw: bytes) -> float:
    """Return how many seconds of a processor the reading of a mail may take."""
    return _BASE_LIMIT_S + len(raw) * _LIMIT_S_PER_BYTE
