"""Removes what has expired: sessions, codes, throttles, log-ins, notes on sent SMS (GB/T 22239: 剩余信息保护)."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Changes, Record
from minxin.core.errors import ConflictError
from minxin.mailbox.ports import MailStore


async def sweep_expired(store: MailStore, now: datetime, limit: int = 200) -> int:
    """Delete up to ``limit`` expired records of each kind and return how many went; call again until it is 0.

    A record that moves in between is left for the next call.
    """
    expired: list[Record] = [
        *await store.expired_sessions(now, limit),
        *await store.expired_phone_codes(now, limit),
        *await store.expired_throttles(now, limit),
        *await store.expired_sms(now, limit),
        *await store.expired_notes(now, limit),
        *await store.expired_invitations(now, limit),
    ]
    if not expired:
        return 0
    try:
        await store.commit(Changes(deletes=expired))
    except ConflictError:
        return 0
    return len(expired)
