"""The mail room of one house: boxes over its store, and what is done in them again and again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from minxin.core.clock import Clock
from minxin.deploy.city import City
from minxin.deploy.settings import Settings
from minxin.deploy.workers import Task, repeat
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.delivery import READ_JOB
from minxin.mailbox.mail.mailroom import MailRoom, open_mailroom
from minxin.mailbox.mail.old import take_over_old
from minxin.mailbox.mail.opening import OPEN_JOB
from minxin.mailbox.mail.rules import MIB, MailRules
from minxin.mailbox.ports import MailStore
from minxin.mailbox.safe_pool import SafePool

TRASH_S: Final = 3600.0
WARN_S: Final = 600.0
NIGHTLY_S: Final = 86_400.0
FIRST_S: Final = 30.0


def mailroom_of(settings: Settings, city: City, store: MailStore, pool: SafePool, clock: Clock) -> MailRoom:
    """Join the mail room as the settings say."""
    rules = MailRules(
        citizen_bytes=settings.citizen_mail_mb * MIB,
        staff_bytes=settings.staff_mail_mb * MIB,
        company_bytes=settings.company_mail_mb * MIB,
        office_bytes=settings.office_mail_mb * MIB,
    )
    return open_mailroom(store, pool, clock, rules, domains_of(city), sender_of(city))


def domains_of(city: City) -> Domains:
    """Return where boxes of citizens and of the administration are."""
    return Domains(city.citizen_domain, city.staff_domain)


def sender_of(city: City) -> Mapping[str, str]:
    """Return what the house calls itself, by language."""
    return {"zh": f"{city.name}市长信箱", "en": f"{city.name_en} Mayor's Letters"}


def mail_tasks(room: MailRoom) -> dict[str, Task]:
    """Return the jobs of the mail room by kind."""
    return {
        READ_JOB: lambda _, payload: room.mailboxes.contents.read_task(payload["content_id"]),
        OPEN_JOB: lambda _, payload: room.keeping.open_task(payload["account_id"]),
    }


def mail_chores(
    room: MailRoom, store: MailStore, city: City, quiet: Callable[[], Coroutine[Any, Any, None]]
) -> list[Any]:
    """Return the chores of the mail room, each to be run as a task; ``quiet`` waits until people are served."""

    async def empty_trash() -> None:
        while await room.upkeep.empty_trash():
            await quiet()
        while await room.upkeep.forget_expunged():
            await quiet()
        while await room.upkeep.sweep_contents():
            await quiet()

    async def count() -> None:
        await quiet()
        await room.upkeep.recount()

    async def take_over() -> None:
        await take_over_old(store, room.keeping, room.house)

    async def open_missing() -> None:
        await room.keeping.open_missing(office.id for office in city.offices)

    return [
        repeat(NIGHTLY_S, take_over),
        repeat(TRASH_S, empty_trash),
        repeat(WARN_S, room.upkeep.warn),
        repeat(NIGHTLY_S, count, after_s=NIGHTLY_S),
        repeat(NIGHTLY_S, open_missing, after_s=FIRST_S),
    ]
