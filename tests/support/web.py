"""A small city behind the real web application, and a browser without a screen to walk through it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, cast

from aiohttp import ClientResponse, ClientSession, DummyCookieJar, FormData, web
from aiohttp.test_utils import TestServer
from support.assistant import ListedPassages, assistant_over, beside_over, gaps_over
from support.official import AREAS, official_mail
from support.store import Engine
from support.texting import send_all

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.places.gazetteer import Gazetteer
from minxin.classifier.replygate.gate import ReplyGate
from minxin.classifier.words.advice import rules_only
from minxin.consult.alike import LikeLetters
from minxin.consult.assistant.gap_list import GapList
from minxin.consult.chat.live_chat import open_chat
from minxin.consult.chat.rules import ChatRules
from minxin.consult.desk import Desk
from minxin.consult.directory import Directory
from minxin.consult.hot_issues import HotIssues
from minxin.consult.knowledge.from_letter import LetterEntries
from minxin.consult.knowledge.importing import KnowledgeImport
from minxin.consult.knowledge.service import Knowledge
from minxin.consult.leaving import Traces
from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.lists import Lists
from minxin.consult.matters.service import Matters
from minxin.consult.place_records import KnownPlace
from minxin.consult.places import Places
from minxin.consult.precision import Precision
from minxin.consult.publication import Publications
from minxin.consult.records import Office
from minxin.consult.redating import Redating
from minxin.consult.rulepack import builtin_pack
from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.service import LetterSearch
from minxin.consult.statistics import Statistics
from minxin.consult.synonyms.service import Synonyms
from minxin.consult.teaching import Teaching
from minxin.core.actor import SYSTEM, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.judgement import Judgement, Kind, Urgency
from minxin.core.operations import Operations
from minxin.core.places import Area, Place, PlaceKind
from minxin.core.privacy import Vault
from minxin.deploy import office_notices
from minxin.deploy.abuse import AbuseReader
from minxin.deploy.adapters import CompanyPrincipals, FileCleaner, MailDesk, TableReader, WriterNames
from minxin.deploy.contacts import open_contacts
from minxin.deploy.health import HealthCheck
from minxin.deploy.judge_process import JudgeProcess
from minxin.deploy.like_letters import IssueProcess, Matcher, issue_command
from minxin.deploy.search_process import SearchProcess
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.waiting import Waiting
from minxin.mailbox.box_service import Boxes
from minxin.mailbox.boxoffice.service import open_box_office
from minxin.mailbox.companies.kit import CompanyKit
from minxin.mailbox.companies.service import CompanyTraces, open_companies
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.disk.service import open_disk
from minxin.mailbox.forms import StaffForm
from minxin.mailbox.gateways.mail_folder import MailFolder
from minxin.mailbox.gateways.sms_folder import SmsFolder
from minxin.mailbox.guesses import Guesses
from minxin.mailbox.held import HeldMails
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.mailroom import open_mailroom
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.meetings.groups import StaffGroups
from minxin.mailbox.meetings.notices import StaffNotices
from minxin.mailbox.outgoing.inside import Inside
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.queue import OutgoingQueue
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.owntraces import OwnTraces
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.records import Account
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.service import Accounts, open_accounts
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.desk import SmsDesk
from minxin.mailbox.texting.ports import DeliveryReport
from minxin.mailbox.texting.rules import NoticeRules
from minxin.store.sqlite.store import SqliteStore
from minxin.webui.app import create_app
from minxin.webui.context import Installation, Services, WebSettings

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ID_NUMBER = "11010519491231002X"
OFFICE = Office(
    id="cgj", name="滨海市城市管理局", short="市城管局", name_en="Urban Management Bureau", level="市", duties=()
)
PASSWORD = "海边的邮筒会说话7"
STAFF_PASSWORD = "值班的灯塔整夜不睡8"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_CODE = re.compile(r"\d{6}")


class SmsDrawer:
    """An SMS gateway that keeps what it was given, and writes it where the pages look."""

    def __init__(self, folder: SmsFolder) -> None:
        self.sent: list[tuple[str, str]] = []
        self._folder = folder

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        self.sent.append((phone, message.text))
        return await self._folder.send(phone, message, key)

    async def reports(self) -> Sequence[DeliveryReport]:
        return ()


class UnsureJudge:
    """A judge that never knows the office, so that every letter waits for a clerk."""

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        return Judgement((), Kind.INQUIRY, 0.5, Urgency.NORMAL, (), denounces=False, confident=False, model="unsure")


class TwoStreets:
    """A territory of two streets, which keeps what it is taught."""

    def __init__(self) -> None:
        self.taught: list[KnownPlace] = []

    def streets(self) -> list[tuple[str, ...]]:
        return [("海晏区", "鼓楼街道"), ("望洲区", "学府街道")]

    def learn_place(self, place: KnownPlace) -> None:
        self.taught.append(place)

    async def known_places(self, words: str) -> list[Place]:
        estate = Place(0, 4, "翠湖小区", "翠湖小区", PlaceKind.ESTATE, ("海晏区", "鼓楼街道"))
        return [estate] if estate.name in words else []

    def office_areas(self) -> dict[str, Area]:
        return {"gulou": ("海晏区", "鼓楼街道")}


@dataclass
class City:
    """The services with what stands behind them."""

    store: SqliteStore
    clock: FixedClock
    vault: Vault
    accounts: Accounts
    services: Services
    drawer: SmsDrawer

    async def sms_code(self, phone: str) -> str:
        """Deliver what waits in the outbox and return the last code that went to the phone."""
        await send_all(self.store, self.vault, self.clock, self.drawer)
        texts = [text for number, text in self.drawer.sent if number == phone]
        found = _CODE.search(texts[-1]) if texts else None
        assert found is not None, f"no code went to {phone}"
        return found.group()

    async def staff(self, login: str, *roles: Role, phone: str = "13900000001") -> Account:
        """Open a staff account with ``STAFF_PASSWORD``."""
        form = StaffForm(
            login=login,
            name="李明",
            phone=phone,
            password=STAFF_PASSWORD,
            roles=roles,
            office_id="cgj",
            post="综合科科员",
        )
        return await self.accounts.staffing.create_staff(SYSTEM, form, "127.0.0.1")


DOMAINS = Domains("citizen.binhai.example", "gov.binhai.example", "corp.binhai.example")


class Browser:
    """Keeps cookies as a browser on HTTPS does, follows redirects, and fills in forms with their hidden fields.

    aiohttp's own cookie jar drops Secure cookies on plain HTTP, which browsers do not on the loopback address.
    """

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self.base = base
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.path = ""
        self.text = ""
        self.headers: Any = {}

    async def get(self, path: str, **headers: str) -> str:
        """Open the page and return its text."""
        return await self._go("GET", path, None, headers)

    async def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> str:
        """Send the fields as they are, with nothing from the page."""
        return await self._go("POST", path, fields or {}, headers)

    async def submit(self, path: str, **fields: str) -> str:
        """Send the fields with the hidden ones of the page that is open."""
        return await self._go("POST", path, {**self.hidden(path), **fields}, {})

    async def send_files(self, path: str, files: Sequence[tuple[str, bytes]], **fields: str) -> str:
        """Send the fields with the files as ``attachments``, and the hidden fields of the page that is open."""
        form = FormData(quote_fields=False)
        for name, value in {**self.hidden(path), **fields}.items():
            form.add_field(name, value)
        for name, data in files:
            form.add_field("attachments", data, filename=name)
        return await self._go("POST", path, form, {})

    def hidden(self, action: str) -> dict[str, str]:
        """Return the hidden fields of the form that goes to the path (or of the page when no form says so)."""
        forms = [form for form in self.text.split("<form")[1:] if f'action="{action}"' in form]
        found = _HIDDEN.findall(forms[0].split("</form>")[0] if forms else self.text)
        return {name: unescape(value) for name, value in found}

    async def log_in(self, identifier: str, password: str) -> str:
        """Log in through the page."""
        await self.get("/login")
        return await self.submit("/login", identifier=identifier, password=password)

    async def json(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        """Call an operation of the JSON API with the cookies; return the status and the answer."""
        request = self._session.request(method, self.base + path, json=body, headers=self._headers(headers))
        async with request as response:
            return response.status, await response.json(content_type=None) if response.status != 204 else None

    async def _go(
        self, method: str, path: str, fields: dict[str, str] | FormData | None, headers: dict[str, str]
    ) -> str:
        for _ in range(5):
            async with self._session.request(
                method, self.base + path, data=fields, headers=self._headers(headers), allow_redirects=False
            ) as response:
                await self._keep(response)
            if self.status not in (302, 303):
                return self.text
            method, path, fields = "GET", response.headers["Location"], None
        raise AssertionError("too many redirects")

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**named, "Cookie": cookie} if cookie else named

    async def _keep(self, response: ClientResponse) -> None:
        self.status, self.path, self.headers = response.status, response.url.raw_path_qs, response.headers
        self.text = await response.text()
        for name, morsel in response.cookies.items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


@asynccontextmanager
async def open_city(
    folder: Path,
    *,
    demo: bool = False,
    engine: Engine = SqliteStore.open,
    search_engine: SearchEngine | None = None,
    **settings: Any,
) -> AsyncIterator[City]:
    """Open the services of a small city over a real store, the embedded one unless another is named."""
    store = cast(SqliteStore, await engine(folder))
    clock = FixedClock(NOON)
    phones = SmsFolder(folder / "sms", clock)
    vault = Vault(bytes(range(32)))
    await store.commit(Changes(ensures=[OFFICE]))
    pool = SafePool()
    inside, names = Inside(store, DOMAINS, MailRules()), office_notices.office_names(store)
    sending = Sending(store, clock, MailRules(), SendingRules(), inside, names)
    room = open_mailroom(store, pool, clock, MailRules(), DOMAINS, {"zh": "滨海市", "en": "Binhai"}, sending)
    with Passwords(time_cost=1, memory_kib=8) as passwords:
        traces = (Traces(store), room.keeping, CompanyTraces(store), OwnTraces(store))
        accounts = open_accounts(store, vault, clock, passwords, AccountRules(areas=AREAS), traces=traces)
        limits, principals = Limits(builtin_pack("default"), load_calendar()), CompanyPrincipals(store)
        letterbox = Letterbox(store, vault, clock, limits, FileCleaner(pool), principals)
        carrier, desk = MailFolder(folder / "mail"), MailDesk(letterbox, accounts.people)
        queue = OutgoingQueue(store, clock, SendingRules(), carrier, LetterCarrier(store, desk, "mayor@binhai.example"))
        matcher = Matcher(Gazetteer())
        issues = IssueProcess(issue_command(folder, BUILTIN_CITY))
        gaps = gaps_over(store, clock)
        abuse = AbuseReader(JudgeProcess(("/bin/false",)), folder / "model")

        async def office_names() -> dict[str, str]:
            return {office.id: office.name for office in await store.offices()}

        services = Services(
            clock=clock,
            settings=WebSettings(signing_key=bytes(32), **settings),
            accounts=accounts,
            letterbox=letterbox,
            desk=Desk(store, clock, limits, letterbox, ReplyGate()),
            lists=Lists(store, clock, limits, fresh=timedelta()),
            search=LetterSearch(store, clock, search_engine or SearchProcess(("/bin/false",)), principals),
            places=Places(store, clock, TwoStreets()),
            directory=Directory(store.offices, {"closed": "cgj"}, TwoStreets(), ListedPassages()),
            precision=Precision(store, clock, 0.95),
            teaching=Teaching(store, clock),
            like_letters=LikeLetters(store, clock, matcher),
            assistant=assistant_over(store, clock, ListedPassages(), UnsureJudge()),
            beside=beside_over(store, clock, ListedPassages()),
            gap_list=GapList(store, clock, ListedPassages(), gaps),
            chat=open_chat(
                store, clock, letterbox, ChatRules(), UnsureJudge(), rules_only, ListedPassages(), "zhongxin", abuse
            ),
            hot_issues=HotIssues(store, clock, issues, fresh=timedelta()),
            matters=Matters(store, clock, limits.calendar, ListedPassages(), fresh=timedelta()),
            synonyms=Synonyms(store, clock),
            knowledge=Knowledge(store, clock, PersonalFinder(), gaps),
            letter_entries=LetterEntries(store, clock, WriterNames(store), PersonalFinder()),
            knowledge_import=KnowledgeImport(store, clock, PersonalFinder(), gaps),
            read_table=TableReader(pool).rows,
            publications=Publications(store, clock, WriterNames(store), PersonalFinder(), abuse),
            statistics=Statistics(store, clock, limits, fresh=timedelta()),
            judge=UnsureJudge(),
            boxes=Boxes(store, clock, room),
            mailroom=room,
            contacts=open_contacts(store, clock, store.offices, timedelta()),
            box_office=open_box_office(Kit(store, vault, clock, passwords, AccountRules()), MailRules(), DiskRules()),
            companies=open_companies(
                CompanyKit(
                    Kit(store, vault, clock, passwords, AccountRules()),
                    MailRules(),
                    room.house,
                    DOMAINS.company,
                    {"haiyan": {"zh": "海晏区", "en": "Haiyan District"}},
                    {"zh": "滨海市", "en": "Binhai"},
                )
            ),
            disk=open_disk(Kit(store, vault, clock, passwords, AccountRules()), store, pool, office_names),
            guesses=Guesses(store, vault, clock),
            held_mails=HeldMails(
                Kit(store, vault, clock, passwords, AccountRules()), MailDesk(letterbox, accounts.people)
            ),
            limits=limits,
            redating=Redating(store, clock, limits),
            operations=Operations(store, clock, fresh=timedelta()),
            installation=Installation("0.0.0", (("city", "滨海市"), ("demo", "True"))),
            outgoing=queue,
            sms_desk=SmsDesk(store, vault, clock, NoticeRules()),
            staff_groups=StaffGroups(store, clock),
            staff_notices=StaffNotices(store, clock),
            official=official_mail(Kit(store, vault, clock, passwords, AccountRules()), store, pool, room, names),
            text_messages=phones.last_masked,
            demo_messages=phones.last if demo else None,
            offices=store.offices,
            catch_up=store.catch_up,
            health=HealthCheck(Waiting(store, clock), folder, store_here=True, children={}).look,
        )
        try:
            yield City(store, clock, vault, accounts, services, SmsDrawer(phones))
        finally:
            await pool.close()
            await store.close()


@asynccontextmanager
async def serve(application: web.Application) -> AsyncIterator[str]:
    """Serve the application on the loopback address and give its base address."""
    server = TestServer(application)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def open_browser(base: str) -> AsyncIterator[Browser]:
    """Open a browser that knows nothing yet."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield Browser(session, base)


def application_of(city: City) -> web.Application:
    """Return the real application over the city's services."""
    return create_app(city.services)
