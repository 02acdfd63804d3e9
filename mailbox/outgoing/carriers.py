"""The ways that mail leaves the house (投递方式): by the city's relay, or straight to the recipient's server."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from minxin.core.clock import Clock
from minxin.core.errors import NotYetError
from minxin.mailbox.authenticity.ports import Names, NoAnswerError
from minxin.mailbox.outgoing.ports import Carrier, Envelope, Handed
from minxin.mailbox.outgoing.smtp_client import Place, SmtpClient

SMTP_PORT: Final = 25
LOOK_UP_S: Final = 20.0
MOST_SERVERS: Final = 4
NEXT_WITHIN_S: Final = 45.0  # a server that hangs takes all the time that a turn has
AT_ONCE: Final = 3  # mails to one domain, so that one that hangs holds up no other
WAIT: Final = timedelta(seconds=20)
NO_DNS: Final = Handed(taken=False, final=False, status="4.4.3")
NO_HOST: Final = Handed(taken=False, final=True, status="5.1.2")
NO_MAIL: Final = Handed(taken=False, final=True, status="5.1.10")


class RelayCarrier:
    """Hands everything to the city's own relay."""

    def __init__(self, client: SmtpClient, host: str, port: int) -> None:
        self._client = client
        self._place = Place(host, port)

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        return await self._client.hand_over(self._place, mail)


class DirectCarrier:
    """Hands mail to the servers that the recipient's domain names (MX, RFC 5321 section 5)."""

    def __init__(
        self,
        client: SmtpClient,
        names: Callable[[], Names],
        port: int = SMTP_PORT,
        may_be_reached: Callable[[str], bool] | None = None,
    ) -> None:
        self._client = client
        self._names = names
        self._port = port
        self._may_be_reached = may_be_reached or is_public

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        try:
            places = await asyncio.to_thread(self._places, mail.domain)
        except NoAnswerError:
            return dict.fromkeys(mail.recipients, NO_DNS)
        if isinstance(places, Handed):
            return dict.fromkeys(mail.recipients, places)
        said, left, until = dict.fromkeys(mail.recipients, NO_DNS), mail.recipients, time.monotonic() + NEXT_WITHIN_S
        for place in places[:MOST_SERVERS]:
            said |= await self._client.hand_over(place, replace(mail, recipients=left))
            left = tuple(one for one in left if not said[one].final)
            if not left or time.monotonic() > until:
                break
        return said

    def _places(self, domain: str) -> list[Place] | Handed:
        """Return where the domain takes mail, best first, or why nowhere."""
        names, until = self._names(), time.monotonic() + LOOK_UP_S
        hosts = mail_hosts(names.find(domain, "MX", until), domain)
        if not hosts:
            return NO_MAIL
        places = []
        for host in hosts[:MOST_SERVERS]:
            found = [one for kind in ("A", "AAAA") for one in names.find(host, kind, until)]
            # A name that leads into our own network would let whoever writes there talk to what stands in it.
            places += [Place(host, self._port, one) for one in found if self._may_be_reached(one)]
        return places or NO_HOST


class OneAtATime:
    """Lets only so many mails go to one domain at once; the others come a little later."""

    def __init__(self, carrier: Carrier, clock: Clock) -> None:
        self._carrier = carrier
        self._clock = clock
        self._busy: dict[str, int] = {}

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        domain = mail.domain
        if self._busy.get(domain, 0) >= AT_ONCE:
            raise NotYetError(self._clock.now() + WAIT)
        self._busy[domain] = self._busy.get(domain, 0) + 1
        try:
            return await self._carrier.carry(mail)
        finally:
            self._busy[domain] -= 1
            if not self._busy[domain]:
                del self._busy[domain]


def mail_hosts(records: Sequence[str], domain: str) -> list[str]:
    """Return a domain's mail servers, best first, equals in any order; empty when it takes no mail (RFC 7505).

    ``records`` are "preference host". Without any the domain itself is the server (RFC 5321, 5.1).
    """
    if not records:
        return [domain]
    pairs = [(int(rank), host.rstrip(".").lower()) for rank, _, host in (one.partition(" ") for one in records)]
    random.shuffle(pairs)
    return [host for _, host in sorted(pairs, key=lambda pair: pair[0]) if host]


def is_public(address: str) -> bool:
    """Say whether an address lies outside of every network that is somebody's own."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False
