"""Official mail of one house: the service, and the worker that sends in a lane of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from minxin.core.places import Area
from minxin.core.store import Queue
from minxin.deploy.city import City
from minxin.deploy.mailroom import domains_of
from minxin.deploy.office_notices import office_names
from minxin.deploy.settings import Settings
from minxin.deploy.sms import notice_rules
from minxin.deploy.storing import CityStore
from minxin.deploy.workers import Worker, give_way
from minxin.mailbox.attachments import clean_uploads
from minxin.mailbox.files import CleanFile, Upload
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.mailroom import MailRoom
from minxin.mailbox.official.decisions import SEND_JOB
from minxin.mailbox.official.delivery import OfficialDelivery, Pace
from minxin.mailbox.official.senders import senders
from minxin.mailbox.official.service import OfficialMail
from minxin.mailbox.official.words import FILES
from minxin.mailbox.safe_pool import SafePool


@dataclass(frozen=True)
class OfficialPost:
    """The service, and what sends the notices that it has approved."""

    mail: OfficialMail
    worker: Worker


def open_official(
    settings: Settings, city: City, kit: Kit, store: CityStore, pool: SafePool, room: MailRoom
) -> OfficialPost:
    """Join official mail; no other work waits behind its worker."""

    async def clean(uploads: Sequence[Upload]) -> Sequence[CleanFile]:
        return await clean_uploads(pool, uploads, FILES)

    sender_of = senders(room.keeping, office_names(store), domains_of(city).house)
    mail = OfficialMail(kit, store, clean, sender_of, areas_of(city))
    pace = Pace(settings.official_rate, give_way)
    rules = notice_rules(settings)
    delivery = OfficialDelivery(store, kit.vault, kit.clock, sender_of, rules, city.name, pace, mail.turns)
    return OfficialPost(mail, Worker(store, Queue.JOBS, kit.clock, {SEND_JOB: delivery.send}))


def areas_of(city: City) -> tuple[Area, ...]:
    """Return the city's districts, each followed by its streets."""
    found: list[Area] = []
    for district in city.districts:
        found.append((district.name,))
        found += [(district.name, street.name) for street in district.streets]
    return tuple(found)
