"""Names from the DNS (域名解析) by the package dnspython: the resolver of the system, or one that the settings name."""

from __future__ import annotations

import time
from typing import Final

import dns.exception
import dns.name
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from minxin.mailbox.authenticity.ports import NoAnswerError

PROBE_S: Final = 2.0
CACHED: Final = 10_000


class DnsNames:
    """``mailbox.authenticity.ports.Names`` with a cache that lives as long as the records say.

    ``server`` is "address" or "address:port"; empty for what the system uses. Imported only in a thread, and where the
    checks are not off: the package takes a while to load.
    """

    def __init__(self, server: str = "") -> None:
        self._resolver: dns.resolver.Resolver | None = None
        try:
            resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration:
            return
        if server:
            host, _, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
            resolver.nameservers = [host]
            resolver.port = int(port or 53)
        resolver.cache = dns.resolver.LRUCache(CACHED)
        self._resolver = resolver

    def find(self, name: str, kind: str, until: float) -> list[str]:
        """Look a name up; raises :class:`NoAnswerError`."""
        left = until - time.monotonic()
        if self._resolver is None or left <= 0:
            raise NoAnswerError
        try:
            answer = self._resolver.resolve(name, kind, lifetime=left, raise_on_no_answer=False, search=False)
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError from error
        return [_text(record) for record in answer.rrset or ()]

    def works(self) -> bool:
        """Ask for the servers of the root: a resolver that can't find them finds no sender either."""
        try:
            self.find(".", "NS", time.monotonic() + PROBE_S)
        except NoAnswerError:
            return False
        return True


def _text(record: object) -> str:
    if isinstance(record, TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    if isinstance(record, MX):
        return f"{record.preference} {record.exchange.to_text(omit_final_dot=True)}"
    return str(record).rstrip(".")
