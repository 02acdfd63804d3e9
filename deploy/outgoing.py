"""How mail leaves one house (外发): by which way, under which signature, and what is done about it by itself."""

from __future__ import annotations

import ssl
from datetime import timedelta
from functools import partial
from typing import Final

from msgspec import structs

from minxin.core.clock import Clock
from minxin.core.errors import ConfigError
from minxin.core.store import Queue
from minxin.deploy.city import City
from minxin.deploy.mailroom import domains_of
from minxin.deploy.senders import names_of
from minxin.deploy.settings import Settings
from minxin.deploy.storing import CityStore
from minxin.deploy.workers import Task, Worker
from minxin.mailbox.gateways.mail_folder import MailFolder
from minxin.mailbox.outgoing.carriers import SMTP_PORT, DirectCarrier, OneAtATime, RelayCarrier
from minxin.mailbox.outgoing.dkim_signing import Signer, load_dkim_key
from minxin.mailbox.outgoing.hearing import Hearing
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.ports import Carrier
from minxin.mailbox.outgoing.queue import OutgoingQueue, Sign, unsigned
from minxin.mailbox.outgoing.records import REPORT_JOB, SEND_JOB
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.smtp_client import Login, SmtpClient, TlsPolicy
from minxin.mailbox.ports import LetterDesk
from minxin.mailbox.safe_pool import SafePool

LANES: Final = 6  # servers that are waited for at once
HOLD: Final = timedelta(minutes=10)  # longer than any server is waited for


def open_queue(
    settings: Settings, city: City, store: CityStore, clock: Clock, desk: LetterDesk, rules: SendingRules
) -> OutgoingQueue:
    """Join the queue as the settings say; raises ``ConfigError`` for a key that can't be used."""
    letters = LetterCarrier(store, desk, city.mayor_address)
    carrier = OneAtATime(_carrier(settings, city), clock) if settings.mail_direct else _carrier(settings, city)
    return OutgoingQueue(store, clock, rules, carrier, letters, _signer(settings, city))


def queue_workers(queue: OutgoingQueue, store: CityStore, clock: Clock) -> tuple[Worker, ...]:
    """Return the queue's lanes: each waits for one server at a time, so that one that hangs holds up no other."""
    tasks = {SEND_JOB: queue.turn}
    return tuple(Worker(store, Queue.JOBS, clock, tasks, hold=HOLD, batch=1) for _ in range(LANES))


def report_tasks(store: CityStore, pool: SafePool, clock: Clock) -> dict[str, Task]:
    """Return the jobs of reports that come back, by kind."""
    hearing = Hearing(store, pool, clock)
    return {REPORT_JOB: lambda _, payload: hearing.report_task(payload["item_id"])}


def _carrier(settings: Settings, city: City) -> Carrier:
    if not settings.mail_relay and not settings.mail_direct:
        return MailFolder(settings.data / "mail")
    hostname = city.mayor_address.rpartition("@")[2]
    client = SmtpClient(hostname, TlsPolicy(settings.mail_tls), trusted=_trusted(settings), login=relay_login(settings))
    if settings.mail_relay:
        host, _, port = settings.mail_relay.partition(":")
        return RelayCarrier(client, host, int(port or SMTP_PORT))
    return DirectCarrier(client, partial(names_of, settings.dns_server))


def _trusted(settings: Settings) -> ssl.SSLContext | None:
    if settings.mail_relay_ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=settings.mail_relay_ca)
    except OSError as error:
        raise ConfigError(f"mail_relay_ca {settings.mail_relay_ca} can't be used: {error}") from error


def relay_login(settings: Settings) -> Login | None:
    """Return who we are at the relay; raises ``ConfigError`` for a secret that is none, or that others can read."""
    path = settings.mail_relay_secret
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"mail_relay_secret {path} can be read by others: chmod 600")
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"mail_relay_secret {path} can't be read") from error
    if not secret:
        raise ConfigError(f"mail_relay_secret {path} is empty")
    return Login(settings.mail_relay_user, secret)


def _signer(settings: Settings, city: City) -> Sign:
    if settings.dkim_key is None:
        return unsigned
    domains = {*structs.astuple(domains_of(city)), city.mayor_address.rpartition("@")[2]}
    key = load_dkim_key(settings.dkim_key)
    return Signer(key, settings.dkim_selector, frozenset(one for one in domains if one)).sign
