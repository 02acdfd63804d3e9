"""What counts connections and bytes in memory, for every door that speaks with strangers (限流闸).

Everything is counted in memory: it protects the process, it keeps nothing.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from typing import Protocol

from minxin.mailbox.throttle import network_of


class Shares(Protocol):
    """How much a door gives: ``loopback_connections`` stands for ``network_connections`` on this machine."""

    @property
    def connections(self) -> int: ...

    @property
    def network_connections(self) -> int: ...

    @property
    def loopback_connections(self) -> int: ...

    @property
    def memory_bytes(self) -> int: ...


class Gate:
    """Counts connections, and bytes in memory."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._connections: Counter[str] = Counter()
        self._held_bytes = 0

    def enter(self, address: str) -> bool:
        """Count a connection from the address; False when the house, or its network's share of it, is full."""
        network = network_of(address)
        if self._connections.total() >= self._shares.connections:
            return False
        if self._connections[network] >= self._share(address):
            return False
        self._connections[network] += 1
        return True

    def leave(self, address: str) -> None:
        """Forget a connection that had entered."""
        network = network_of(address)
        self._connections[network] -= 1
        if self._connections[network] <= 0:
            del self._connections[network]

    def reserve(self, size: int) -> bool:
        """Take memory for so many bytes; False, and nothing taken, when what is under way holds too much."""
        if self._held_bytes + size > self._shares.memory_bytes:
            return False
        self._held_bytes += size
        return True

    def release(self, size: int) -> None:
        """Give memory back."""
        self._held_bytes -= size

    def _share(self, address: str) -> int:
        shares = self._shares
        return shares.loopback_connections if is_loopback(address) else shares.network_connections


def is_loopback(address: str) -> bool:
    """Say whether the address is of this machine."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
