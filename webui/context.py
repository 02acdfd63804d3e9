"""What the pages are given: the services, the settings, and what was found out about a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from aiohttp import web
from msgspec import Struct

from minxin.consult.alike import LikeLetters
from minxin.consult.assistant.beside import Beside
from minxin.consult.assistant.gap_list import GapList
from minxin.consult.assistant.service import Assistant
from minxin.consult.chat.live_chat import LiveChat
from minxin.consult.desk import Desk
from minxin.consult.directory import Directory
from minxin.consult.hot_issues import HotIssues
from minxin.consult.knowledge.from_letter import LetterEntries
from minxin.consult.knowledge.importing import KnowledgeImport
from minxin.consult.knowledge.service import Knowledge
from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.lists import Lists
from minxin.consult.matters.service import Matters
from minxin.consult.places import Places
from minxin.consult.ports import Judge
from minxin.consult.precision import Precision
from minxin.consult.publication import Publications
from minxin.consult.records import Office
from minxin.consult.redating import Redating
from minxin.consult.search.service import LetterSearch
from minxin.consult.statistics import Statistics
from minxin.consult.synonyms.service import Synonyms
from minxin.consult.teaching import Teaching
from minxin.core.actor import ANONYMOUS, Actor
from minxin.core.clock import Clock
from minxin.core.health import Health
from minxin.core.operations import Operations
from minxin.mailbox.box_service import Boxes
from minxin.mailbox.boxoffice.service import BoxOffice
from minxin.mailbox.companies.service import CompanyServices
from minxin.mailbox.contacts.service import Contacts
from minxin.mailbox.disk.service import NetworkDisk
from minxin.mailbox.gateways.sms_folder import SentSms
from minxin.mailbox.guesses import Guesses
from minxin.mailbox.held import HeldMails
from minxin.mailbox.mail.mailroom import MailRoom
from minxin.mailbox.meetings.groups import StaffGroups
from minxin.mailbox.meetings.notices import StaffNotices
from minxin.mailbox.official.service import OfficialMail
from minxin.mailbox.outgoing.queue import OutgoingQueue
from minxin.mailbox.records import Account, Session
from minxin.mailbox.service import Accounts
from minxin.mailbox.texting.desk import SmsDesk
from minxin.webui.i18n import Language


class WebSettings(Struct, frozen=True, kw_only=True):
    """How the web door is set.

    ``signing_key`` (32 bytes) signs what browsers give back to us. ``secure_cookies`` is only False where a browser
    speaks plain HTTP to another machine, never in service. ``behind_proxy`` takes the writer's address from the last
    ``X-Forwarded-For`` entry, which our own proxy wrote. ``site`` is the address that people know the service
    by; without one it is what the request says. ``area_names_en`` are the English names of districts and streets by
    their Chinese ones.
    """

    signing_key: bytes
    city: str = "滨海市"
    city_en: str = "Binhai"
    hotline: str = "12345"
    site: str = ""
    area_names_en: Mapping[str, str] = MappingProxyType({})
    secure_cookies: bool = True
    behind_proxy: bool = False
    largest_body_bytes: int = 32 * 1024 * 1024
    body_deadline: timedelta = timedelta(seconds=30)

    def __repr__(self) -> str:
        return f"WebSettings(city={self.city!r}, …)"


class Installation(Struct, frozen=True):
    """What the administrator is told of this installation: the program's version and each setting, secrets masked."""

    version: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that pages may call; ``deploy`` builds it once. Pages never see a store.

    ``text_messages`` gives the last so many short messages, masked; ``demo_messages`` gives them in full and is None
    except in a demonstration. ``offices`` gives the duty table; ``health`` tells how the service is and whether it can
    take letters. After ``catch_up`` no part of a page that was kept hides what another process committed before it.
    ``read_table`` gives the rows of a CSV file or workbook, read where it can do no harm.
    """

    clock: Clock
    settings: WebSettings
    accounts: Accounts
    letterbox: Letterbox
    desk: Desk
    lists: Lists
    search: LetterSearch
    places: Places
    directory: Directory
    precision: Precision
    teaching: Teaching
    like_letters: LikeLetters
    assistant: Assistant
    beside: Beside
    chat: LiveChat
    gap_list: GapList
    hot_issues: HotIssues
    matters: Matters
    synonyms: Synonyms
    knowledge: Knowledge
    letter_entries: LetterEntries
    knowledge_import: KnowledgeImport
    read_table: Callable[[bytes], Awaitable[list[list[str]]]]
    publications: Publications
    statistics: Statistics
    judge: Judge
    boxes: Boxes
    mailroom: MailRoom
    contacts: Contacts
    box_office: BoxOffice
    companies: CompanyServices
    disk: NetworkDisk
    guesses: Guesses
    held_mails: HeldMails
    limits: Limits
    redating: Redating
    operations: Operations
    installation: Installation
    sms_desk: SmsDesk
    outgoing: OutgoingQueue
    staff_groups: StaffGroups
    staff_notices: StaffNotices
    official: OfficialMail
    text_messages: Callable[[int], Awaitable[list[SentSms]]]
    demo_messages: Callable[[int], Awaitable[list[SentSms]]] | None
    offices: Callable[[], Awaitable[list[Office]]]
    catch_up: Callable[[], Awaitable[None]]
    health: Callable[[], Awaitable[Health]]


class Visitor(Struct, frozen=True):
    """Who asks. Without a complete log-in there is neither account nor session, and the actor is the anonymous one."""

    actor: Actor = ANONYMOUS
    account: Account | None = None
    session: Session | None = None

    @property
    def logged_in(self) -> bool:
        """Say whether somebody is logged in, with the second factor where one is needed."""
        return self.session is not None


class Preferences(Struct, frozen=True):
    """How the visitor wants to read."""

    language: Language
    large_print: bool


SERVICES = web.AppKey("services", Services)
REQUEST_ID = web.RequestKey("request_id", str)
PREFERENCES = web.RequestKey("preferences", Preferences)
VISITOR = web.RequestKey("visitor", Visitor)


def services(request: web.Request) -> Services:
    """Return the services that this application was built with."""
    return request.app[SERVICES]


def visitor(request: web.Request) -> Visitor:
    """Return who asks; nobody while the request is refused before the session was read."""
    return request[VISITOR] if VISITOR in request else Visitor()


def language(request: web.Request) -> Language:
    """Return the language that the visitor reads."""
    return request[PREFERENCES].language


def site_of(request: web.Request) -> str:
    """Return the address of the site without a slash at its end, as people type it."""
    return (request.app[SERVICES].settings.site or str(request.url.origin())).rstrip("/")


def origin(request: web.Request) -> str:
    """Return the network address of the visitor, for throttles and the audit log."""
    if request.app[SERVICES].settings.behind_proxy:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        if forwarded:
            return forwarded[-1].rpartition(",")[2].strip()
    return request.remote or ""
