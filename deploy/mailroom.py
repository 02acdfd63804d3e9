"""The mail room of one house: boxes over its store, and what is done in them again and again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from minxin.core.clock import Clock
from minxin.core.privacy import Vault
from minxin.deploy.city import City
from minxin.deploy.office_notices import office_names
from minxin.deploy.schedules import Schedule
from minxin.deploy.settings import Settings
from minxin.deploy.sms import notice_rules
from minxin.deploy.workers import Task
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.arrival_notices import ArrivalNotices
from minxin.mailbox.mail.delivery import READ_JOB
from minxin.mailbox.mail.mailroom import MailRoom, open_mailroom
from minxin.mailbox.mail.old import take_over_old
from minxin.mailbox.mail.opening import OPEN_JOB
from minxin.mailbox.mail.receiving import VACATION_JOB
from minxin.mailbox.mail.rules import MIB, MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.outgoing.inside import Inside
from minxin.mailbox.outgoing.rules import Allowance, SendingRules
from minxin.mailbox.ports import MailStore
from minxin.mailbox.safe_pool import SafePool

TRASH_S: Final = 3600.0
WARN_S: Final = 600.0
NIGHTLY_S: Final = 86_400.0
FIRST_S: Final = 30.0
COUNT_S: Final = 900.0  # after a first start
OFFICE_RECIPIENTS: Final = 100  # of one mail


def mailroom_of(
    settings: Settings, city: City, store: MailStore, pool: SafePool, clock: Clock, vault: Vault
) -> MailRoom:
    """Join the mail room as the settings say."""
    rules = MailRules(
        citizen_bytes=settings.citizen_mail_mb * MIB,
        staff_bytes=settings.staff_mail_mb * MIB,
        company_bytes=settings.company_mail_mb * MIB,
        office_bytes=settings.office_mail_mb * MIB,
        closed_life=timedelta(days=settings.closed_box_days),
        former_to_office=settings.former_to_office,
    )
    arrivals = arrival_notices(settings, city, vault)
    inside = Inside(store, domains_of(city), rules, arrivals, city.mayor_address)
    sending = Sending(store, clock, rules, sending_rules(settings), inside, office_names(store))
    return open_mailroom(store, pool, clock, rules, domains_of(city), sender_of(city), sending)


def arrival_notices(settings: Settings, city: City, vault: Vault) -> ArrivalNotices:
    """Return what tells people by SMS that somebody wrote."""
    return ArrivalNotices(vault, city.name, notice_rules(settings))


def sending_rules(settings: Settings) -> SendingRules:
    """Return what boxes may send: a third of a day's mail in an hour."""
    days = (settings.citizen_sends, settings.staff_sends, settings.company_sends, settings.office_sends)
    citizen, staff, company, office = (Allowance(-(-day // 3), day) for day in days)
    return SendingRules(citizen=citizen, staff=staff, company=company, office=replace(office, mail=OFFICE_RECIPIENTS))


def domains_of(city: City) -> Domains:
    """Return where boxes of citizens, of the administration and of companies are."""
    return Domains(city.citizen_domain, city.staff_domain, city.company_domain)


def sender_of(city: City) -> Mapping[str, str]:
    """Return what the house calls itself, by language."""
    return {"zh": f"{city.name}市长信箱", "en": f"{city.name_en} Mayor's Letters"}


def mail_tasks(room: MailRoom) -> dict[str, Task]:
    """Return the jobs of the mail room by kind."""
    return {
        READ_JOB: lambda _, payload: room.mailboxes.contents.read_task(payload["content_id"]),
        OPEN_JOB: lambda _, payload: room.keeping.open_task(payload["account_id"]),
        VACATION_JOB: lambda _, payload: room.answers.answer_task(payload["item_id"]),
    }


def mail_schedules(
    room: MailRoom, store: MailStore, city: City, quiet: Callable[[], Coroutine[Any, Any, None]]
) -> list[Schedule]:
    """Return the schedules of the mail room; ``quiet`` waits until people are served."""

    async def empty_trash() -> None:
        while await room.upkeep.end_closed():
            await quiet()
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
        Schedule("old messages", NIGHTLY_S, take_over),
        Schedule("trash", TRASH_S, empty_trash),
        Schedule("full boxes", WARN_S, room.upkeep.warn),
        Schedule("recount boxes", NIGHTLY_S, count, after_s=COUNT_S),
        Schedule("missing boxes", NIGHTLY_S, open_missing, after_s=FIRST_S),
    ]
