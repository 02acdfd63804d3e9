"""What the checks of senders need from others: names in the DNS."""

from __future__ import annotations

from typing import Protocol

from minxin.core.errors import UnavailableError


class NoAnswerError(UnavailableError):
    """The DNS did not answer in time, or could not."""


class Names(Protocol):
    """Looks names up; called in threads, and blocks."""

    def find(self, name: str, kind: str, until: float) -> list[str]:
        """Return the records of a kind (TXT, A, AAAA, MX as "10 host", PTR), empty when there are none.

        ``until`` is when the answer is no longer wanted, by ``time.monotonic``. Raises :class:`NoAnswerError`.
        """
        ...

    def works(self) -> bool:
        """Say whether the resolver answers at all, within a second or two."""
        ...
