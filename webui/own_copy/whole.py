"""The whole of a copy (个人信息副本): every piece of it, the table of contents last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.core.changes import AuditEntry
from minxin.mailbox.companies.records import Company, CompanyState
from minxin.mailbox.loginrecords import EVERY, LogInRecord
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.own_data import StoredAccount
from minxin.mailbox.records import ApiKey, AppPassword, Scope, Session
from minxin.mailbox.reveals import Reveal
from minxin.webui.assets import static_files
from minxin.webui.context import services
from minxin.webui.guards import require_account, require_login
from minxin.webui.offices import office_names
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.belongings import belonging_pieces
from minxin.webui.own_copy.box import box_pieces
from minxin.webui.own_copy.disk import disk_pieces
from minxin.webui.own_copy.drafts import draft_pieces
from minxin.webui.own_copy.letters import letter_pieces
from minxin.webui.own_copy.making import Listed, as_json, as_page
from minxin.webui.own_copy.talks import talk_pieces

STYLE: Final = "own_copy.css"


class KeyCopy(Struct, frozen=True):
    """A key for programs, without the key."""

    name: str
    writes: bool
    created_at: datetime
    expires_at: datetime
    used_on: date | None
    revoked_at: datetime | None


class ProgramCopy(Struct, frozen=True):
    """A password for a mail program, without the password."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    used_on: date | None
    revoked_at: datetime | None


class LogInCopy(Struct, frozen=True):
    """A log-in that lives."""

    device: str
    since: datetime
    last_seen: datetime
    until: datetime


class PastLogIn(Struct, frozen=True):
    """A log-in of the last 180 days, or a day's wrong ones from one network."""

    at: datetime
    door: str
    device: str
    network: str
    right: bool
    times: int


class BoxCopy(Struct, frozen=True):
    """A mailbox that the holder opens: his own, one that he inherited, or a company's or office's."""

    kind: BoxKind
    address: str
    aliases: tuple[str, ...]
    opened_at: datetime


class CompanyCopy(Struct, frozen=True):
    """A company that the holder applied for, acts for or is a delegate of."""

    name: str
    code: str
    state: CompanyState
    acts: bool
    applied_at: datetime


class ActCopy(Struct, frozen=True):
    """One of the holder's own acts as the audit log has it; ``origin`` is the network address that it came from."""

    at: datetime
    action: str
    target: str
    result: str
    origin: str


class AccountCopy(Struct, frozen=True):
    """What is kept of the account holder beside his letters, conversations and messages."""

    made_at: datetime
    account: StoredAccount
    looked_at: list[Reveal]
    log_ins: list[LogInCopy]
    history: list[PastLogIn]
    keys: list[KeyCopy]
    programs: list[ProgramCopy]
    mailboxes: list[BoxCopy]
    companies: list[CompanyCopy]
    acts: list[ActCopy]


async def pieces_of(request: web.Request, stored: StoredAccount) -> AsyncIterator[Piece]:
    """Yield all that is kept of who is logged in, one piece at a time."""
    actor = require_login(request)
    letters: list[Listed] = []
    drafts: list[Listed] = []
    talks: list[Listed] = []
    messages: list[Listed] = []
    files: list[Listed] = []
    async for piece in letter_pieces(request, actor, letters):
        yield piece
    async for piece in draft_pieces(request, actor, drafts):
        yield piece
    async for piece in talk_pieces(request, actor, talks):
        yield piece
    async for piece in box_pieces(request, actor, messages):
        yield piece
    async for piece in disk_pieces(request, actor, files):
        yield piece
    belongings: list[str] = []
    async for piece in belonging_pieces(request, actor):
        belongings.append(piece.path)
        yield piece
    copy = await _account(request, stored)
    yield as_json("account.json", copy)
    yield Piece("style.css", static_files()[STYLE].data)
    yield as_page(
        request,
        "index.html",
        "index.html",
        copy=copy,
        letters=letters,
        drafts=drafts,
        talks=talks,
        messages=messages,
        files=files,
        belongings=belongings,
        offices=await office_names(request),
        rules=services(request).chat.room.rules,
    )


async def _account(request: web.Request, stored: StoredAccount) -> AccountCopy:
    account, _ = require_account(request)
    door, actor = services(request), require_login(request)
    return AccountCopy(
        made_at=door.clock.now(),
        account=stored,
        looked_at=await door.accounts.people.reveals_of(account.id),
        log_ins=[_log_in(one) for one in await door.accounts.own.sessions(account.id)],
        history=[_past(one) for one in await door.accounts.own.log_ins(account.id, EVERY)],
        keys=[_key(one) for one in await door.accounts.keys.keys_of(actor, account.id)],
        programs=[_program(one) for one in await door.accounts.app_passwords.passwords_of(account.id)],
        mailboxes=[_box(one) for one in await door.mailroom.mailboxes.boxes(actor)],
        companies=[_company(one, account.id) for one in await door.companies.own.companies(actor)],
        acts=[_act(one) for one in await door.accounts.data.acts(account.id)],
    )


def _log_in(one: Session) -> LogInCopy:
    return LogInCopy(one.device, one.created_at, one.seen_at, one.expires_at)


def _past(one: LogInRecord) -> PastLogIn:
    return PastLogIn(one.at, one.door.value, one.device, one.network, one.right, one.times)


def _key(one: ApiKey) -> KeyCopy:
    return KeyCopy(one.name, one.writes, one.created_at, one.expires_at, one.used_on, one.revoked_at)


def _program(one: AppPassword) -> ProgramCopy:
    return ProgramCopy(one.name, one.scopes, one.created_at, one.used_on, one.revoked_at)


def _box(one: Box) -> BoxCopy:
    return BoxCopy(one.kind, one.address, one.aliases, one.created_at)


def _company(one: Company, account_id: str) -> CompanyCopy:
    return CompanyCopy(one.name, one.code, one.state, one.authorised_id == account_id, one.applied_at)


def _act(one: AuditEntry) -> ActCopy:
    return ActCopy(one.at, one.action, one.target, one.result, one.origin)
