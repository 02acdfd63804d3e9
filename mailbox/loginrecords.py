"""Log-ins as their account's holder sees them (登录记录): when, on what, from which network, and whether it was right.

They go to nobody else and end by themselves; the audit log has entries of its own.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import Changes, Record
from minxin.core.clock import SHANGHAI
from minxin.core.ids import new_id

KEPT: Final = timedelta(days=180)
SHOWN: Final = 50
EVERY: Final = 100_000  # of one account
_BITS: Final = {4: 24, 6: 48}


class Door(StrEnum):
    """Where somebody came in."""

    WEB = "web"
    IMAP = "imap"
    SMTP = "smtp"
    DAV = "dav"


class LogInRecord(Record, frozen=True, kw_only=True):
    """A log-in, or the wrong ones of one day from one network through one door, which are ``times`` in one record.

    ``device`` is the browser in words or the name of the application password, ``network`` the masked network. ``at``
    is the last of them.
    """

    account_id: str
    door: Door
    at: datetime
    expires_at: datetime
    network: str
    device: str = ""
    right: bool = True
    times: int = 1


def masked_network(origin: str) -> str:
    """Return the network that an address is of, too wide to say which house: "10.1.2.*", or a /48 of IPv6."""
    try:
        address = ipaddress.ip_address(origin.partition("%")[0])
    except ValueError:
        return ""
    plain = getattr(address, "ipv4_mapped", None) or address
    network = ipaddress.ip_network((plain, _BITS[plain.version]), strict=False)
    return f"{str(network.network_address).rpartition('.')[0]}.*" if plain.version == 4 else str(network)


def came_in(account_id: str, door: Door, device: str, origin: str, now: datetime) -> Changes:
    """Note a log-in that was right."""
    record = LogInRecord(
        id=new_id(),
        account_id=account_id,
        door=door,
        at=now,
        expires_at=now + KEPT,
        network=masked_network(origin),
        device=device,
    )
    return Changes(inserts=[record])


def wrong_id(account_id: str, door: Door, origin: str, now: datetime) -> str:
    """Return the id of the record that counts the day's wrong log-ins from this network."""
    day = now.astimezone(SHANGHAI).date().isoformat()
    return hashlib.sha256("\0".join((account_id, door, masked_network(origin), day)).encode()).hexdigest()[:32]


def was_wrong(
    known: LogInRecord | None, account_id: str, door: Door, device: str, origin: str, now: datetime
) -> Changes:
    """Note a log-in that was wrong; ``known`` is the record with :func:`wrong_id` when there is one.

    Whoever guesses all day from one place makes one record, and not a store full of them.
    """
    if known is not None:
        return Changes(puts=[replace(known, at=now, expires_at=now + KEPT, device=device, times=known.times + 1)])
    record = LogInRecord(
        id=wrong_id(account_id, door, origin, now),
        account_id=account_id,
        door=door,
        at=now,
        expires_at=now + KEPT,
        network=masked_network(origin),
        device=device,
        right=False,
    )
    return Changes(inserts=[record])


def is_new_device(before: Iterable[LogInRecord], device: str) -> bool:
    """Say whether an account that was used in browsers before is now used in one of another kind."""
    known = {one.device for one in before if one.right and one.door is Door.WEB}
    return bool(device and known) and device not in known
