"""Passwords: which are refused, and their hashes off the event loop.

Argon2id with t=2, m=19 MiB, p=1 (OWASP password storage cheat sheet; RFC 9106) costs some 50 ms of one core. Two
threads do that work, so that a rush of log-ins takes neither the loop nor all the memory; Python's lock is free.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from minxin.core.errors import InvalidInputError
from minxin.mailbox.commonwords import is_common
from minxin.mailbox.rules import AccountRules

T = TypeVar("T")
MAX_LENGTH = 128
TIME_COST = 2
MEMORY_KIB = 19_456
THREADS = 2


def check_password(password: str, rules: AccountRules, own_words: tuple[str, ...] = ()) -> None:
    """Raise ``InvalidInputError`` when the password is too easy to guess.

    8 to 128 characters of any script (NIST SP 800-63B; no rule about kinds of characters), not among the common
    patterns, not made of the holder's own data: ``password.too_short``, ``.too_long``, ``.common``, ``.own_data``.
    """
    text = _normal(password)
    if len(text) < rules.min_password_length:
        raise _invalid("too_short", shortest=rules.min_password_length)
    if len(text) > MAX_LENGTH:
        raise _invalid("too_long", longest=MAX_LENGTH)
    if is_common(text, rules.common_words):
        raise _invalid("common")
    lower = text.lower()
    if any(len(word) >= 4 and (word.lower() in lower or lower in word.lower()) for word in own_words):
        raise _invalid("own_data")


class Passwords:
    """Hashes and verifies in two threads. Use as a context manager or call ``close``."""

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(THREADS, "password")
        # What a name without an account is verified against, so that it takes as long as one with.
        self._nobody = self._hasher.hash("nobody")

    def __enter__(self) -> Passwords:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads after the work that they have begun."""
        self._threads.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the Argon2id hash in PHC format."""
        return await self._off_loop(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password_hash: str, password: str) -> bool:
        """Say whether the password has this hash; False, after the same work, for an empty hash."""
        return await self._off_loop(lambda: self._verify(password_hash, password))

    def needs_rehash(self, password_hash: str) -> bool:
        """Say whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            right = self._hasher.verify(password_hash or self._nobody, _normal(password)[: MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
        return right and bool(password_hash)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _normal(password: str) -> str:
    # One keyboard writes an accent or a full-width letter in another way than the next (NIST SP 800-63B: NFKC).
    return unicodedata.normalize("NFKC", password)


def _invalid(what: str, **params: object) -> InvalidInputError:
    return InvalidInputError(f"password.{what}", field="password", **params)
