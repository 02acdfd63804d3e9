"""Throttles: how often something may fail, or be asked for, within a window.

Log-in failures are counted for an account *from one network* and for a network: nobody can lock the holder out, who
comes from another network (OWASP ASVS 5.0, 6.3.1).
"""

from __future__ import annotations

import ipaddress
from datetime import datetime

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.errors import TooManyTriesError
from minxin.core.privacy import Vault
from minxin.mailbox.records import Throttle
from minxin.mailbox.rules import Limit

IPV6_NETWORK_BITS = 64


def network_of(origin: str) -> str:
    """Return the network of a remote address: an IPv4 address itself, the /64 of an IPv6 address (RFC 6177)."""
    try:
        address = ipaddress.ip_address(origin.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))


def throttle_id(vault: Vault, kind: str, *about: str) -> str:
    """Return the id of a throttle: a blind index, so that the store names neither networks nor people."""
    return vault.index("\0".join((kind, *about)), "throttle")


def check(throttle: Throttle | None, limit: Limit, now: datetime) -> None:
    """Raise ``TooManyTriesError`` with ``retry_after_s`` when the limit is reached."""
    recent = _recent(throttle, limit, now)
    if len(recent) < limit.count:
        return
    opens = sorted(recent)[-limit.count] + limit.window
    # A clock that was set back must not lock anybody out for longer than the window.
    wait = min(opens - now, limit.window)
    raise TooManyTriesError("error.too_many_tries", retry_after_s=max(1, round(wait.total_seconds())))


def add(throttle: Throttle | None, throttle_id: str, limit: Limit, now: datetime) -> Changes:
    """Count one more; what is older than the limit's window is forgotten."""
    times = (*_recent(throttle, limit, now), now)
    expires_at = max(times) + limit.window
    if throttle is None:
        return Changes(inserts=[Throttle(id=throttle_id, failures=times, expires_at=expires_at)])
    return Changes(puts=[replace(throttle, failures=times, expires_at=expires_at)])


def _recent(throttle: Throttle | None, limit: Limit, now: datetime) -> list[datetime]:
    return [at for at in throttle.failures if now - at < limit.window] if throttle else []
