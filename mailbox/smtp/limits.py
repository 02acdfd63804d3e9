"""What one client, and all of them together, may take from the SMTP door (限额).

Everything here is counted in memory and by the loop's own clock: it protects the process, it keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from msgspec import Struct

from minxin.mailbox.gate import Gate
from minxin.mailbox.throttle import network_of

MIB: Final = 1024 * 1024
COUNTED_NETWORKS: Final = 10_000


class SmtpLimits(Struct, frozen=True, kw_only=True):
    """Limits of the door; sizes in bytes, times in seconds.

    ``loopback_connections`` stands for ``network_connections`` where a relay on this machine hands mail in.
    ``memory_bytes`` is what all messages that are just being received may hold together. A message has
    ``data_grace_s`` plus a second for each ``data_bytes_per_s`` received, and never more than ``data_total_s``.
    ``unknown_burst`` wrong recipients are borne from one network, then ``unknown_per_minute``. ``tarpit_s`` is how much
    longer each refusal of a session is held back, 0 for not at all; with ``greylist`` unknown clients must come twice.
    """

    message_bytes: int = 25 * MIB
    memory_bytes: int = 160 * MIB
    recipients: int = 50
    messages: int = 100
    same_command: int = 20
    connections: int = 200
    network_connections: int = 10
    loopback_connections: int = 50
    idle_s: float = 300.0
    data_total_s: float = 1800.0
    data_grace_s: float = 90.0
    data_bytes_per_s: int = 1024
    unknown_burst: int = 30
    unknown_per_minute: int = 5
    stop_s: float = 10.0
    tarpit_s: float = 0.0
    greylist: bool = False

    def data_seconds(self, received: int) -> float:
        """Return for how long, from its beginning, a message may go on of which so much has come."""
        return min(self.data_total_s, self.data_grace_s + received / self.data_bytes_per_s)

    def command_calls(self) -> dict[str, int]:
        """Return how often each command may come in one session; ``*`` is every other one."""
        return {
            "*": self.same_command,
            "MAIL": self.messages * 2,  # our own count of messages comes first, with its own answer
            "RCPT": self.messages * self.recipients,
            "DATA": self.messages * 2,
            "RSET": self.messages * 2,
        }


class Turnstile(Gate):
    """Counts connections, bytes in memory, and wrong recipients."""

    def __init__(self, limits: SmtpLimits, seconds: Callable[[], float] = monotonic) -> None:
        super().__init__(limits)
        self._limits = limits
        self._seconds = seconds
        self._credit: dict[str, tuple[float, float]] = {}

    def may_be_wrong(self, address: str) -> bool:
        """Count a wrong recipient; False when the network tries out names and is to be sent away."""
        network, now = network_of(address), self._seconds()
        credit, since = self._credit.pop(network, (float(self._limits.unknown_burst), now))
        credit = min(self._limits.unknown_burst, credit + (now - since) * self._limits.unknown_per_minute / 60)
        if len(self._credit) >= COUNTED_NETWORKS:
            del self._credit[next(iter(self._credit))]  # the one that was heard of longest ago
        self._credit[network] = (max(credit - 1, 0.0), now)
        return credit >= 1
