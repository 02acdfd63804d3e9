"""What one mail program, and all of them together, may take from the IMAP door (限额)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

MIB: Final = 1024 * 1024


class ImapLimits(Struct, frozen=True, kw_only=True):
    """Limits of the door; sizes in bytes, times in seconds.

    A line may have ``line_bytes``. A literal may have ``message_bytes`` where it is a mail (APPEND), else
    ``literal_bytes``; together with its line a command may have no more than its literals and one line. Before the
    log-in both are ``stranger_bytes``. ``memory_bytes`` is what all commands that are just being received, and mails
    that are just being sent, may hold together. Who is not logged in is heard for ``stranger_s``, everybody else until
    ``idle_s`` of silence have passed (RFC 3501, 5.4: at least 30 minutes). A literal comes in ``data_grace_s`` plus a
    second for each ``data_bytes_per_s``; an answer is taken within ``answer_s``. After ``bad_commands`` in a row that
    are none, or ``wrong_passwords``, the line is closed. Who waits in IDLE is told within ``watch_s``.
    """

    line_bytes: int = 64 * 1024
    literal_bytes: int = 64 * 1024
    stranger_bytes: int = 4 * 1024
    message_bytes: int = 25 * MIB
    literals: int = 100
    memory_bytes: int = 160 * MIB
    connections: int = 1000
    network_connections: int = 30
    loopback_connections: int = 200
    stranger_s: float = 60.0
    idle_s: float = 1860.0
    data_grace_s: float = 60.0
    data_bytes_per_s: int = 1024
    answer_s: float = 120.0
    bad_commands: int = 20
    wrong_passwords: int = 3
    watch_s: float = 0.4
    stop_s: float = 5.0

    def literal_seconds(self, size: int) -> float:
        """Return for how long a literal of this size may be on its way."""
        return self.data_grace_s + size / self.data_bytes_per_s
