"""Official mail without a running service: the service of a small city, and what sends."""

from __future__ import annotations

from collections.abc import Sequence

from minxin.core.clock import Clock
from minxin.core.places import Area
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.attachments import clean_uploads
from minxin.mailbox.files import CleanFile, Upload
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.mailroom import MailRoom
from minxin.mailbox.meetings.ports import OfficeName
from minxin.mailbox.official.decisions import SEND_JOB
from minxin.mailbox.official.delivery import OfficialDelivery, Pace
from minxin.mailbox.official.senders import senders
from minxin.mailbox.official.service import OfficialMail
from minxin.mailbox.official.words import FILES
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.texting.rules import NoticeRules
from minxin.store.sqlite.store import SqliteStore

AREAS: tuple[Area, ...] = (("海晏区",), ("海晏区", "鼓楼街道"), ("望洲区",), ("望洲区", "学府街道"))


def official_mail(kit: Kit, store: SqliteStore, pool: SafePool, room: MailRoom, names: OfficeName) -> OfficialMail:
    """Return the service."""

    async def clean(uploads: Sequence[Upload]) -> Sequence[CleanFile]:
        return await clean_uploads(pool, uploads, FILES)

    return OfficialMail(kit, store, clean, senders(room.keeping, names, room.house.address), AREAS)


def sender_for(
    store: SqliteStore, vault: Vault, clock: Clock, mail: OfficialMail, rate: float = 0.0
) -> tuple[OfficialDelivery, Worker]:
    """Return what sends the approved notices of the service, and a worker that does."""
    pace = Pace(rate, _at_once)
    delivery = OfficialDelivery(store, vault, clock, mail._sender_of, NoticeRules(), "滨海市", pace, mail.turns)
    return delivery, Worker(store, Queue.JOBS, clock, {SEND_JOB: delivery.send})


async def _at_once() -> None:
    """Wait for nobody."""
