"""The composition root: the one place where adapters are built and joined, and where they are closed again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from minxin.consult.desk import Desk
from minxin.consult.jobs import LetterJobs
from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.lists import Lists
from minxin.consult.notices import CHANNEL as NOTICES
from minxin.consult.ports import Judge
from minxin.consult.rulepack import RulePack, builtin_pack, builtin_packs, load_pack
from minxin.consult.telling import NoticeWriter
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import Clock, SystemClock
from minxin.core.privacy import Vault, load_key
from minxin.core.store import Queue
from minxin.deploy.adapters import FileCleaner, MailDesk, MailReader, Messenger
from minxin.deploy.city import City, load_city
from minxin.deploy.judging import open_judge
from minxin.deploy.settings import Settings
from minxin.deploy.workers import Worker
from minxin.mailbox import sms
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.gateways.verifier_http import HttpVerifier
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.service import Accounts, open_accounts
from minxin.store.sqlite.store import SqliteStore


@dataclass(frozen=True, kw_only=True)
class House:
    """All parts, joined and open."""

    settings: Settings
    city: City
    clock: Clock
    store: SqliteStore
    vault: Vault
    limits: Limits
    judge: Judge
    pool: SafePool
    accounts: Accounts
    passwords: Passwords
    letterbox: Letterbox
    desk: Desk
    lists: Lists
    jobs: LetterJobs
    mail_desk: MailDesk
    gateway: SmsFolder
    workers: tuple[Worker, ...]


@asynccontextmanager
async def open_house(
    settings: Settings, *, clock: Clock | None = None, progress: Callable[[str], None] = lambda _: None
) -> AsyncIterator[House]:
    """Build the house on its data folder and close it at the end, in the opposite order.

    ``progress`` is told of work that takes a while. Raises ``ConfigError`` when settings or data can't be used.
    """
    clock = clock or SystemClock()
    city = load_city(settings.city)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = Vault(load_key(settings.key_file, create=True))
    limits = Limits(load_rules(city), load_calendar(settings.calendar))
    async with AsyncExitStack() as stack:
        store = await SqliteStore.open(settings.data)
        stack.push_async_callback(store.close)
        judge = await asyncio.to_thread(open_judge, settings, city, progress)
        pool = SafePool()
        stack.push_async_callback(pool.close)
        passwords = stack.enter_context(Passwords())
        accounts = await _open_accounts(stack, settings, city, store, vault, clock, passwords)
        letterbox = Letterbox(store, vault, clock, limits, FileCleaner(pool))
        jobs = LetterJobs(
            store, clock, limits, letterbox, judge, MailReader(pool), discipline_office=city.discipline_office
        )
        gateway = SmsFolder(settings.data / "sms", clock)
        writer = NoticeWriter(store, letterbox, {"zh": f"{city.name}市长信箱", "en": f"{city.name_en} Mayor's Letters"})
        messenger = Messenger(store, vault, clock, writer, gateway)
        yield House(
            settings=settings,
            city=city,
            clock=clock,
            store=store,
            vault=vault,
            limits=limits,
            judge=judge,
            pool=pool,
            accounts=accounts,
            passwords=passwords,
            letterbox=letterbox,
            desk=Desk(store, clock, limits, letterbox),
            lists=Lists(store, clock, limits),
            jobs=jobs,
            mail_desk=MailDesk(letterbox, accounts.people),
            gateway=gateway,
            workers=(
                Worker(store, Queue.JOBS, clock, {"parse": _by_letter(jobs.parse), "judge": _by_letter(jobs.judge)}),
                Worker(store, Queue.OUTBOX, clock, {NOTICES: messenger.notice, sms.CHANNEL: messenger.sms}),
            ),
        )


def load_rules(city: City) -> RulePack:
    """Return the city's rule pack: one that ships with the product, or a file in the city's folder."""
    if city.rule_profile in builtin_packs():
        return builtin_pack(city.rule_profile)
    return load_pack(city.folder / city.rule_profile)


def _by_letter(job: Callable[[str], Any]) -> Callable[[str, dict[str, Any]], Any]:
    return lambda _, payload: job(payload["letter_id"])


async def _open_accounts(
    stack: AsyncExitStack,
    settings: Settings,
    city: City,
    store: SqliteStore,
    vault: Vault,
    clock: Clock,
    passwords: Passwords,
) -> Accounts:
    verifier = None
    if settings.verifier_url:
        client = await stack.enter_async_context(ClientSession())
        verifier = HttpVerifier(client, settings.verifier_url)
    return open_accounts(store, vault, clock, passwords, account_rules(settings, city), verifier)


def account_rules(settings: Settings, city: City) -> AccountRules:
    """Return the limits of accounts in this city."""
    return AccountRules(
        signature=city.name, common_words=(city.id, city.name), staff_second_factor=settings.staff_second_factor
    )
