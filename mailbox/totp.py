"""Time-based one-time passwords (RFC 6238) as the second factor that needs no SMS: SHA-1, 6 digits, 30 seconds.

Those are the parameters that every authenticator app knows; the RFC's SHA-1 is used as HMAC, where it is not broken.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from msgspec import Struct

from minxin.core.errors import DamagedError, InvalidInputError
from minxin.core.privacy import Sealed, Vault
from minxin.mailbox.typed import compact

SECRET_BYTES = 20
STEP_S = 30
DRIFT_STEPS = 1


class TotpOffer(Struct, frozen=True):
    """A new secret for an authenticator app: as text to type, as URI for a QR code, and sealed for the form."""

    secret: str
    uri: str
    sealed: Sealed

    def __repr__(self) -> str:
        return "TotpOffer(…)"


def new_offer(vault: Vault, account_id: str, login: str, issuer: str) -> TotpOffer:
    """Return a new random secret for this account."""
    raw = secrets.token_bytes(SECRET_BYTES)
    secret = base64.b32encode(raw).decode()
    return TotpOffer(
        secret, _totp(secret).get_provisioning_uri(login, issuer), vault.seal(secret, _offered(account_id))
    )


def open_offer(vault: Vault, account_id: str, sealed: str) -> str:
    """Return the offered secret; raises ``InvalidInputError`` when it was not offered to this account."""
    try:
        return vault.open(Sealed(sealed), _offered(account_id))
    except (DamagedError, ValueError) as error:
        raise InvalidInputError("realname.totp.offer", field="code") from error


def matching_step(secret: str, typed: str, now: datetime, last_step: int = 0) -> int:
    """Return the time step whose code was typed, one step of drift allowed to either side.

    A step up to ``last_step`` is never taken again (RFC 6238, 5.2). Raises ``InvalidInputError``.
    """
    code = compact(typed)
    present = int(now.timestamp()) // STEP_S
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        expected = _totp(secret).generate(step * STEP_S).decode()
        if step > last_step and hmac.compare_digest(expected.encode(), code.encode()):
            return step
    raise InvalidInputError("realname.totp.wrong", field="code")


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), 6, SHA1(), STEP_S)  # noqa: S303 - see the module's first lines


def _offered(account_id: str) -> str:
    return f"totp offer {account_id}"
