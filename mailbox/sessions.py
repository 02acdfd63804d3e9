"""Sessions on the server's side (OWASP ASVS 5.0, chapter 7): pure rules.

The browser holds a token of 256 random bits; the store holds its SHA-256 only, so that whoever reads the store can't
log in with it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from minxin.mailbox.accounts import is_staff
from minxin.mailbox.records import Account, Session
from minxin.mailbox.rules import AccountRules

TOKEN_BYTES = 32
MAX_DEVICE = 120


class Ticket(NamedTuple):
    """A new session with the token for its cookie: the only moment at which the token exists here."""

    token: str
    session: Session


class LoggedIn(NamedTuple):
    """A living session and whose it is."""

    session: Session
    account: Account


def session_id(token: str) -> str:
    """Return the id under which the token's session is kept: the SHA-256 (hex)."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_ticket(
    account: Account, now: datetime, rules: AccountRules, device: str, *, complete: bool, network: str = ""
) -> Ticket:
    """Return a session that starts now; without its second factor it lives for minutes only."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(
        id=session_id(token),
        account_id=account.id,
        created_at=now,
        seen_at=now,
        expires_at=now + (rules.session_life if complete else rules.second_factor_life),
        complete=complete,
        device=device[:MAX_DEVICE],
        network=network,
    )
    return Ticket(token, session)


def is_alive(session: Session, account: Account, now: datetime, rules: AccountRules) -> bool:
    """Say whether the session is inside its absolute and its idle limit (30 minutes for staff, longer for citizens)."""
    idle = rules.staff_idle if is_staff(account) else rules.citizen_idle
    return now < session.expires_at and now - session.seen_at < idle


def touched(session: Session, now: datetime) -> Session:
    """Return the session as seen now."""
    return replace(session, seen_at=now)
