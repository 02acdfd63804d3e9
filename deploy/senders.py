"""Who may be believed (发件人核验) in this house: the checks of the settings, and the names that are ours alone."""

from __future__ import annotations

from functools import partial

from minxin.consult.records import Office
from minxin.deploy.city import City
from minxin.deploy.mailroom import sender_of
from minxin.deploy.settings import Settings
from minxin.deploy.storing import CityStore
from minxin.mailbox.authenticity.checking import Mode, SenderChecks
from minxin.mailbox.authenticity.ports import Names
from minxin.mailbox.authenticity.proof import guarded


def sender_checks(settings: Settings) -> SenderChecks:
    """Return the checks, not yet started; a demonstration asks nobody outside."""
    mode = Mode.OFF if settings.demo else Mode(settings.mail_check)
    return SenderChecks(partial(names_of, settings.dns_server), mode, settings.mail_check_s)


def names_of(server: str) -> Names:
    """Return a resolver, the system's own when the setting is empty."""
    # Loaded in the thread that first asks: the package would cost a tenth of a second of the start.
    from minxin.mailbox.gateways.dns_names import DnsNames

    return DnsNames(server)


class OurNames:
    """The names of our offices and of the house, read again when an office changed."""

    def __init__(self, store: CityStore, city: City) -> None:
        self._store = store
        self._house = frozenset(sender_of(city).values())
        self._generation = -1
        self._names: frozenset[str] = frozenset()

    async def __call__(self) -> frozenset[str]:
        generation = self._store.generation(Office)
        if generation != self._generation:
            offices = await self._store.offices()
            names = {name for one in offices for name in (one.name, one.short, one.name_en)}
            self._names = guarded(self._house | names)
            self._generation = generation
        return self._names
