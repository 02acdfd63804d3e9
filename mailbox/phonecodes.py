"""One-time codes by SMS (短信验证码): pure rules.

Six digits from the system's random source, five minutes, one use, five tries, bound to their purpose, the number and
the asker's session (OWASP ASVS 5.0, 6.5.1 to 6.5.5 and 6.6.2).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError
from minxin.core.privacy import Vault
from minxin.mailbox.records import PhoneCode
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.typed import compact

DIGITS = 6


class CodePurpose(StrEnum):
    """What a code is good for, and for nothing else."""

    APPLY = "apply"
    SECOND_FACTOR = "second_factor"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, no password


def new_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def code_id(vault: Vault, purpose: CodePurpose, phone: str, binding: str) -> str:
    """Return the id under which the code for this purpose, number and session is kept."""
    return vault.index(f"{purpose}\0{phone}\0{binding}", "phone_code")


def sent(
    vault: Vault, previous: PhoneCode | None, record_id: str, code: str, rules: AccountRules, now: datetime
) -> Changes:
    """Keep the code's keyed hash; an earlier code for the same thing is void from now on."""
    fresh = PhoneCode(
        id=record_id, code_hash=_hash(vault, record_id, code), sent_at=now, expires_at=now + rules.code_life
    )
    return Changes(puts=[replace(fresh, version=previous.version)]) if previous else Changes(inserts=[fresh])


def problem_with(
    vault: Vault, kept: PhoneCode | None, typed: str, rules: AccountRules, now: datetime
) -> tuple[InvalidInputError | None, Changes]:
    """Judge what was typed: ``(None, the code's deletion)`` when it is right, else the error and the counted try.

    A code dies with its fifth wrong try: the sixth finds none, right or wrong.
    """
    if kept is None or now >= kept.expires_at or kept.tries >= rules.code_tries:
        return _invalid("none"), Changes()
    if hmac.compare_digest(kept.code_hash, _hash(vault, kept.id, compact(typed))):
        return None, Changes(deletes=[kept])
    left = rules.code_tries - kept.tries - 1
    return _invalid("wrong", left=left), Changes(puts=[replace(kept, tries=kept.tries + 1)])


def _hash(vault: Vault, record_id: str, code: str) -> str:
    return vault.index(f"{record_id}\0{code}", "code")


def _invalid(what: str, **params: object) -> InvalidInputError:
    return InvalidInputError(f"realname.code.{what}", field="code", **params)
