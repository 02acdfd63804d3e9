"""The composition root: the one place where adapters are built and joined, and where they are closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import ClientSession
from msgspec import structs

from minxin.classifier.replygate.gate import ReplyGate
from minxin.classifier.shelf import chosen
from minxin.classifier.words.advice import rules_only
from minxin.consult.alarms import CHANNEL as ALARMS
from minxin.consult.alike import LikeLetters
from minxin.consult.chat.live_chat import LiveChat, open_chat
from minxin.consult.desk import Desk
from minxin.consult.hot_issues import HotIssues
from minxin.consult.jobs import LetterJobs
from minxin.consult.knowledge.expiry import CHANNEL as OFFICE_NOTICES
from minxin.consult.knowledge.expiry import Expiry
from minxin.consult.leaving import Traces
from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.lists import Lists
from minxin.consult.matters.service import Matters
from minxin.consult.notices import CHANNEL as NOTICES
from minxin.consult.places import Places
from minxin.consult.precision import Precision
from minxin.consult.rulepack import RulePack, builtin_pack, builtin_packs, load_pack
from minxin.consult.search.filling import SearchFilling
from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.service import LetterSearch
from minxin.consult.synonyms.service import Synonyms
from minxin.consult.teaching import Teaching
from minxin.consult.telling import NoticeWriter
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import Clock, SystemClock
from minxin.core.privacy import Vault, load_key
from minxin.core.store import Queue
from minxin.deploy.abuse import CHAT_PATIENCE_S, AbuseReader
from minxin.deploy.adapters import CompanyPrincipals, FileCleaner, MailDesk, MailReader, Messenger
from minxin.deploy.alarms import AlarmMessenger
from minxin.deploy.city import City, load_city
from minxin.deploy.health import Child, HealthCheck
from minxin.deploy.judge_process import JudgeProcess, judge_command
from minxin.deploy.lessons import LessonFeed
from minxin.deploy.like_letters import IssueProcess, Matcher, issue_command, store_environment
from minxin.deploy.mailroom import domains_of, mail_tasks, mailroom_of, sender_of, sending_rules
from minxin.deploy.office_notices import OfficeMessenger, office_names
from minxin.deploy.official import OfficialPost, areas_of, open_official
from minxin.deploy.outgoing import open_queue, queue_workers, report_tasks
from minxin.deploy.passages import PassageSearch, feeds
from minxin.deploy.placed_judge import PlacedJudge
from minxin.deploy.post import Post, imap_door, open_post, submission_door
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command
from minxin.deploy.searching import open_search
from minxin.deploy.settings import Settings
from minxin.deploy.sms import Lanes, TextGateway, notice_rules, open_gateway
from minxin.deploy.storing import CityStore, open_store, store_exists
from minxin.deploy.territory import load_territory
from minxin.deploy.waiting import Waiting
from minxin.deploy.workers import Worker
from minxin.mailbox.companies.service import CompanyTraces
from minxin.mailbox.disk.rules import MIB, DiskRules
from minxin.mailbox.disk.service import NetworkDisk, open_disk
from minxin.mailbox.disk.tending import DiskTraces
from minxin.mailbox.gateways.verifier_http import HttpVerifier
from minxin.mailbox.imap.door import ImapDoor
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.mailroom import MailRoom
from minxin.mailbox.meetings.delivery import NoticeDelivery
from minxin.mailbox.meetings.notices import CHANNEL as STAFF_NOTICES
from minxin.mailbox.outgoing.queue import OutgoingQueue
from minxin.mailbox.owntraces import OwnTraces
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.ports import IdentityVerifier
from minxin.mailbox.rules import AccountRules, Limit
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.service import Accounts, open_accounts
from minxin.mailbox.smtp import answers
from minxin.mailbox.submission.door import SubmissionDoor
from minxin.mailbox.texting.sending import MAIL_CHANNEL

BROUGHT_A_DAY: Final = 20  # disks full
# While many letters come they wait for the judge together: it hears many faster than one after another.
LETTERS_AT_ONCE: Final = 64
DEMO_CODES: Final = Limit(100, timedelta(hours=1))


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What is opened for the house and closed with it."""

    settings: Settings
    city: City
    clock: Clock
    store: CityStore
    vault: Vault
    limits: Limits
    judge: JudgeProcess
    retrieval: RetrievalProcess
    search_engine: SearchEngine
    pool: SafePool
    passwords: Passwords
    texts: TextGateway
    verifier: IdentityVerifier | None


@dataclass(frozen=True, kw_only=True)
class House(Ground):
    """All parts, joined and open. ``adviser`` is the judge as the office has it: topics, places and competence.

    ``workers`` may run in any number of processes, ``lone_workers`` of a name in one at a time.
    """

    adviser: PlacedJudge
    abuse: AbuseReader
    precision: Precision
    teaching: Teaching
    places: Places
    like_letters: LikeLetters
    hot_issues: HotIssues
    matters: Matters
    synonyms: Synonyms
    retriever: PassageSearch
    chat: LiveChat
    expiry: Expiry
    accounts: Accounts
    disk: NetworkDisk
    letterbox: Letterbox
    desk: Desk
    lists: Lists
    search: LetterSearch
    search_filling: SearchFilling
    jobs: LetterJobs
    post: Post
    mailroom: MailRoom
    imap: ImapDoor
    official: OfficialPost
    outgoing: OutgoingQueue
    submission: SubmissionDoor
    waiting: Waiting
    health: HealthCheck
    workers: tuple[Worker, ...]
    lone_workers: dict[str, tuple[Worker, ...]]


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    judge: JudgeProcess | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[House]:
    """Build the house on its data folder and close it at the end, in the opposite order.

    ``clock`` and ``judge`` stand in for the usual ones. ``progress`` is told of work that takes a while. Raises
    ``ConfigError`` when settings or data can't be used.
    """
    async with AsyncExitStack() as stack:
        city = load_city(settings.city)
        meeting = Path(stack.enter_context(TemporaryDirectory(prefix="minxin-")))
        usual = _judge(settings, city, meeting, progress)
        stack.push_async_callback((judge or usual).close)
        ground = await _open_ground(stack, settings, city, clock or SystemClock(), judge or usual, meeting)
        usual.hear_by(ground.retrieval.start)
        yield _join(ground)


def _judge(settings: Settings, city: City, meeting: Path, progress: Callable[[str], None]) -> JudgeProcess:
    models = settings.data / "model"
    command = judge_command(city.folder, models, settings.precision, meeting)
    return JudgeProcess(command, progress, chosen=lambda: chosen(models))


async def _open_ground(
    stack: AsyncExitStack, settings: Settings, city: City, clock: Clock, judge: JudgeProcess, meeting: Path
) -> Ground:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A store whose key is gone must not get a new one: what is sealed in it could never be opened again.
    vault = Vault(load_key(settings.key_file, create=not await store_exists(settings)), settings.key_file)
    limits = Limits(load_rules(city), load_calendar(settings.calendar))
    store = await open_store(settings)
    stack.push_async_callback(store.close)
    retrieval = RetrievalProcess(
        retrieval_command(settings.data / "model", settings.data / "vectors", meeting), feeds(store, clock)
    )
    stack.push_async_callback(retrieval.close)
    search_engine = open_search(settings)
    stack.push_async_callback(search_engine.close)
    pool = SafePool()
    stack.push_async_callback(pool.close)
    return Ground(
        settings=settings,
        city=city,
        clock=clock,
        store=store,
        vault=vault,
        limits=limits,
        judge=judge,
        retrieval=retrieval,
        search_engine=search_engine,
        pool=pool,
        passwords=stack.enter_context(Passwords()),
        texts=await open_gateway(stack, settings, clock),
        verifier=await _open_verifier(stack, settings),
    )


def _join(ground: Ground) -> House:
    store, clock, limits = ground.store, ground.clock, ground.limits
    rules = account_rules(ground.settings, ground.city)
    kit = Kit(store, ground.vault, clock, ground.passwords, rules, ground.verifier)
    mailroom = mailroom_of(ground.settings, ground.city, store, ground.pool, clock, ground.vault)
    accounts = _accounts(ground, rules, mailroom)
    letterbox = Letterbox(store, ground.vault, clock, limits, FileCleaner(ground.pool), CompanyPrincipals(store))
    precision = Precision(store, clock, ground.settings.precision)
    ground.judge.learn_from(lambda: _lessons(ground.city, store, precision))
    adviser = PlacedJudge(ground.judge, load_territory(ground.city), store)
    matcher = Matcher(adviser.gazetteer)
    retriever = PassageSearch(store, clock, ground.retrieval)
    jobs = _letter_jobs(ground, letterbox, adviser)
    desk, mail_rules = MailDesk(letterbox, accounts.people), mailroom.mailboxes.rules
    post = open_post(ground.settings, ground.city, kit, desk, store, mail_rules)
    queue = open_queue(ground.settings, ground.city, store, clock, desk, sending_rules(ground.settings))
    official = open_official(ground.settings, ground.city, kit, store, ground.pool, mailroom)
    return House(
        **vars(ground),
        adviser=adviser,
        abuse=AbuseReader(ground.judge, ground.settings.data / "model"),
        precision=precision,
        teaching=Teaching(store, clock),
        places=Places(store, clock, adviser),
        like_letters=LikeLetters(store, clock, matcher),
        hot_issues=HotIssues(store, clock, _issues(ground)),
        matters=Matters(store, clock, limits.calendar, retriever),
        synonyms=Synonyms(store, clock),
        retriever=retriever,
        chat=_chat(ground, letterbox, adviser, retriever),
        expiry=Expiry(store, clock),
        accounts=accounts,
        disk=_disk(ground, kit),
        letterbox=letterbox,
        desk=Desk(store, clock, limits, letterbox, ReplyGate()),
        lists=Lists(store, clock, limits),
        search=LetterSearch(store, clock, ground.search_engine, CompanyPrincipals(store)),
        search_filling=SearchFilling(store, ground.search_engine, clock),
        jobs=jobs,
        post=post,
        mailroom=mailroom,
        imap=imap_door(ground.settings, store, mailroom.mailboxes, accounts.app_passwords),
        official=official,
        outgoing=queue,
        submission=submission_door(ground.settings, ground.city, mailroom.sending, accounts.app_passwords),
        workers=(*_workers(ground, letterbox, jobs, post, mailroom), *queue_workers(queue, store, clock)),
        lone_workers={"sms": _lanes(ground, mailroom), "official mail": (official.worker,)},
        waiting=(waiting := Waiting(store, clock)),
        health=_health(ground, waiting),
    )


def _accounts(ground: Ground, rules: AccountRules, mailroom: MailRoom) -> Accounts:
    store = ground.store
    traces = (Traces(store), DiskTraces(store), mailroom.keeping, CompanyTraces(store), OwnTraces(store))
    return open_accounts(store, ground.vault, ground.clock, ground.passwords, rules, ground.verifier, traces)


def _letter_jobs(ground: Ground, letterbox: Letterbox, adviser: PlacedJudge) -> LetterJobs:
    reader, discipline = MailReader(ground.pool), ground.city.discipline_office
    return LetterJobs(ground.store, ground.clock, ground.limits, letterbox, adviser, rules_only, reader, discipline)


def _issues(ground: Ground) -> IssueProcess:
    command = issue_command(ground.settings.data, ground.city.folder)
    return IssueProcess(command, store_environment(ground.settings))


def _health(ground: Ground, waiting: Waiting) -> HealthCheck:
    children: dict[str, Child] = {"judge": ground.judge, "search": ground.retrieval}
    return HealthCheck(waiting, ground.settings.data, store_here=not ground.settings.store, children=children)


def _chat(ground: Ground, letterbox: Letterbox, adviser: PlacedJudge, retriever: PassageSearch) -> LiveChat:
    abuse = AbuseReader(ground.judge, ground.settings.data / "model", patience_s=CHAT_PATIENCE_S)
    rules, centre = ground.city.chat, ground.city.centre
    return open_chat(ground.store, ground.clock, letterbox, rules, adviser, rules_only, retriever, centre, abuse)


def _workers(
    ground: Ground, letterbox: Letterbox, jobs: LetterJobs, post: Post, mailroom: MailRoom
) -> tuple[Worker, ...]:
    city, store, clock = ground.city, ground.store, ground.clock
    sender = sender_of(city)
    writer = NoticeWriter(store, letterbox, sender)
    rules = notice_rules(ground.settings)
    house = mailroom.house
    messenger = Messenger(store, ground.vault, clock, writer, rules, city.name, house)
    letter_tasks = {"parse": _by_letter(jobs.parse), "judge": _by_letter(jobs.judge)}
    # Whatever a reader or the judge fails on for good is a letter all the same: a person gets it.
    by_hand = {"parse": _by_letter(jobs.give_up_reading), "judge": _by_letter(jobs.judge_by_rules)}
    offices = OfficeMessenger(store, house, clock, Expiry(store, clock).write, sender)
    words_out = {
        NOTICES: messenger.notice,
        OFFICE_NOTICES: offices.notice,
        ALARMS: AlarmMessenger(store, ground.vault, clock, rules, city.name).tell,
        answers.CHANNEL: post.answers.deliver,
        MAIL_CHANNEL: post.by_mail.deliver,
    }
    return (
        Worker(store, Queue.JOBS, clock, letter_tasks, by_hand, batch=LETTERS_AT_ONCE),
        Worker(store, Queue.JOBS, clock, mail_tasks(mailroom) | report_tasks(store, ground.pool, clock)),
        Worker(store, Queue.OUTBOX, clock, words_out),
    )


def _lanes(ground: Ground, mailroom: MailRoom) -> tuple[Worker, ...]:
    city, store, clock = ground.city, ground.store, ground.clock
    rules = notice_rules(ground.settings)
    lanes = Lanes(ground.texts, store, ground.vault, clock, rules, ground.settings.sms_rate)
    notices = NoticeDelivery(store, ground.vault, clock, rules, city.name, office_names(store), mailroom.house)
    return lanes.workers(STAFF_NOTICES, notices.deliver)


def _disk(ground: Ground, kit: Kit) -> NetworkDisk:
    async def office_names() -> dict[str, str]:
        return {office.id: office.name for office in await ground.store.offices()}

    sizes = (ground.settings.citizen_disk_mb * MIB, ground.settings.staff_disk_mb * MIB)
    rules = DiskRules(citizen_bytes=sizes[0], staff_bytes=sizes[1], day_bytes=BROUGHT_A_DAY * max(sizes))
    return open_disk(kit, ground.store, ground.pool, office_names, rules)


def _lessons(city: City, store: CityStore, precision: Precision) -> LessonFeed:
    offices = {office.id for office in city.offices if office.routable}
    successors = {former: office.id for office in city.offices for former in office.formerly}
    return LessonFeed(store, precision, offices, successors)


def load_rules(city: City) -> RulePack:
    """Return the city's rule pack: one that ships with the product, or a file in the city's folder."""
    if city.rule_profile in builtin_packs():
        return builtin_pack(city.rule_profile)
    return load_pack(city.folder / city.rule_profile)


def _by_letter(job: Callable[[str], Any]) -> Callable[[str, dict[str, Any]], Any]:
    return lambda _, payload: job(payload["letter_id"])


async def _open_verifier(stack: AsyncExitStack, settings: Settings) -> IdentityVerifier | None:
    if not settings.verifier_url:
        return None
    client = await stack.enter_async_context(ClientSession())
    return HttpVerifier(client, settings.verifier_url)


def account_rules(settings: Settings, city: City) -> AccountRules:
    """Return the limits of accounts in this city."""
    rules = AccountRules(
        signature=city.name,
        house_address=domains_of(city).house,
        common_words=(city.id, city.name),
        areas=areas_of(city),
        staff_second_factor=settings.staff_second_factor,
    )
    # Whoever shows the service to others logs in as many people, again and again.
    return structs.replace(rules, codes_per_phone=(DEMO_CODES,)) if settings.demo else rules
