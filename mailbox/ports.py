"""What the post needs from others."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.core.audit import SealedAudit
from minxin.core.changes import Changes
from minxin.core.cluster import Cluster
from minxin.core.paging import Page, PageRequest
from minxin.core.store import Store
from minxin.mailbox.boxoffice.ports import BoxOfficeReads
from minxin.mailbox.companies.ports import CompanyReads
from minxin.mailbox.mail.arrivals import ArrivalReads
from minxin.mailbox.mail.ports import MailReads
from minxin.mailbox.outgoing.ports import OutgoingReads
from minxin.mailbox.ownports import OwnReads
from minxin.mailbox.records import (
    Account,
    AccountState,
    ApiKey,
    AppPassword,
    HeldMail,
    HeldState,
    PhoneCode,
    Session,
    Throttle,
)
from minxin.mailbox.texting.ports import TextingReads


class AccountReads(Protocol):
    """Finds accounts and what belongs to them. Every look-up by a unique field answers None when there is nobody."""

    async def account_by_login(self, login: str) -> Account | None: ...

    async def account_by_phone(self, phone_index: str) -> Account | None: ...

    async def account_by_id_number(self, id_index: str) -> Account | None: ...

    async def account_by_address(self, address: str) -> Account | None: ...

    async def accounts_in_state(self, state: AccountState, page: PageRequest) -> Page[Account]:
        """Return citizens' accounts in the state, oldest application first."""
        ...

    async def staff(self, office_id: str | None, page: PageRequest) -> Page[Account]:
        """Return staff accounts by log-in name, of one office when given."""
        ...

    async def logged_in(self, session_id: str) -> tuple[Session, Account] | None:
        """Return the session with its account, or None when either is not there."""
        ...

    async def sessions_of(self, account_id: str) -> list[Session]:
        """Return the account's sessions, newest first."""
        ...

    async def count_sessions(self, now: datetime) -> int:
        """Return how many sessions have not expired."""
        ...

    async def api_keys_of(self, account_id: str) -> list[ApiKey]:
        """Return the account's keys, newest first, ended ones among them."""
        ...

    async def app_passwords_of(self, account_id: str) -> list[AppPassword]:
        """Return the account's application passwords, newest first, ended ones among them."""
        ...

    async def expired_sessions(self, now: datetime, limit: int) -> list[Session]: ...

    async def expired_phone_codes(self, now: datetime, limit: int) -> list[PhoneCode]: ...

    async def expired_throttles(self, now: datetime, limit: int) -> list[Throttle]: ...


class HeldReads(Protocol):
    """Finds mail that is held."""

    async def held_mail_by_key(self, key: str) -> HeldMail | None: ...

    async def held_mail_by_confirmation(self, confirm_index: str) -> HeldMail | None: ...

    async def held_mail(self, state: HeldState, page: PageRequest) -> Page[HeldMail]:
        """Return held mail in the state, oldest first."""
        ...


class ActReads(Protocol):
    """Finds what somebody did."""

    async def audit_page(self, page: PageRequest, actor: str | None = None) -> Page[SealedAudit]:
        """Return the audit log, newest first, of one actor when given."""
        ...


class MailStore(
    Store,
    AccountReads,
    HeldReads,
    ActReads,
    MailReads,
    ArrivalReads,
    OutgoingReads,
    OwnReads,
    TextingReads,
    CompanyReads,
    BoxOfficeReads,
    Cluster,
    Protocol,
):
    """The store as the post sees it."""


class IncomingLetter(Struct, frozen=True):
    """Mail to the mayor that a registered citizen sent, ready to be a letter.

    ``raw`` is what came over the wire; it is parsed after it was accepted.
    """

    account_id: str
    raw: bytes
    key: str  # the same for a resend: Message-ID and body
    received_at: datetime
    origin: str


class LetterDesk(Protocol):
    """The office's side of the SMTP door."""

    async def accept_mail(self, mail: IncomingLetter) -> str:
        """Make it a letter, durably, and return its number; a resend gives the number that it has already.

        The number is for the house's own events and the citizen's pages, never for an SMTP reply: who sends may be
        another than he says. Raises a ``MinxinError`` and keeps nothing when that fails.
        """
        ...


class Traces(Protocol):
    """What another part keeps of an account holder, and that goes with his account."""

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what deletes it, or cuts it loose from him where it must stay; it is committed with the closing."""
        ...


class IdentityVerifier(Protocol):
    """Asks whether a name, an ID number and a phone belong together (实名核验)."""

    async def verify(self, name: str, id_number: str, phone: str) -> bool | None:
        """Return True or False when the verifier knows, None when it can't tell (then a clerk decides)."""
        ...
