"""The records of the post: accounts with their real names, sessions, and mail that waits for confirmation.

A ``Sealed`` value is a personal datum encrypted at rest (``core/privacy.py``); an ``…_index`` is its keyed blind index,
by which equal values are found without being readable (PIPL art. 51).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from minxin.core.actor import Role
from minxin.core.changes import BlobId, Record
from minxin.core.places import Area
from minxin.core.privacy import Sealed


class AccountState(StrEnum):
    """Where an account is between application and closing."""

    APPLIED = "applied"  # 待核验: may log in and see this, no more
    ACTIVE = "active"  # 正常
    REFUSED = "refused"  # 未通过
    DISABLED = "disabled"  # 停用
    CLOSED = "closed"  # 注销


class VerifiedBy(StrEnum):
    """The way in which a real name was verified (实名核验方式)."""

    REGISTER = "register"  # 人口库比对, a register that the city imported
    DESK = "desk"  # 窗口核验, by a clerk with the paper in hand
    VERIFIER = "verifier"  # 核验服务, over HTTP
    OFFICE = "office"  # 单位开户, staff accounts


class Verification(Struct, frozen=True):
    """How, when and by whom a name was verified."""

    method: VerifiedBy
    at: datetime
    by: str  # account id of the clerk, or "system"


class Consent(Struct, frozen=True):
    """The writer's separate consent to keeping the ID number (PIPL art. 29): which text, and when."""

    text_version: str
    at: datetime


class NoticeWay(StrEnum):
    """How somebody wishes to be told that he was written to."""

    SMS = "sms"
    MAIL = "mail"  # to his mail address outside
    NONE = "none"


class Account(Record, frozen=True, kw_only=True):
    """A citizen's or a staff member's account (实名账户).

    ``login`` and ``address`` are lower-case and unique. ``address`` is the outside mail address whose letters are taken
    as the citizen's own. Staff accounts have an office, a post and roles other than citizen. ``area`` is the
    district, or district and street, that a citizen lives in, empty when he would rather not say, None while he said
    nothing.
    """

    login: str
    state: AccountState
    name: str
    phone: Sealed
    phone_index: str
    password_hash: str
    created_at: datetime
    roles: tuple[Role, ...] = (Role.CITIZEN,)
    id_number: Sealed | None = None
    id_index: str | None = None
    address: str | None = None
    office_id: str | None = None
    post: str = ""
    verification: Verification | None = None
    consent: Consent | None = None
    totp_secret: Sealed | None = None
    totp_step: int = 0  # the time step of the last TOTP code that was taken: none is taken twice (RFC 6238, 5.2)
    language: str = "zh"
    notices: NoticeWay = NoticeWay.SMS
    refusal: str = ""
    area: Area | None = None


class Session(Record, frozen=True, kw_only=True):
    """A log-in on one device. The id is the SHA-256 of the cookie's token: the token itself is never kept.

    ``complete`` is False between the password and the second factor. ``network`` is masked (``loginrecords.py``).
    """

    account_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    complete: bool
    device: str = ""
    network: str = ""


class ApiKey(Record, frozen=True, kw_only=True):
    """A key by which a program acts as an account (应用密钥). The id is the SHA-256 of the key, which is never kept.

    ``writes`` is False for a key that may only read. ``used_on`` is the last day of use in Asia/Shanghai, no closer.
    """

    account_id: str
    name: str
    writes: bool
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_on: date | None = None
    revoked_at: datetime | None = None


class Scope(StrEnum):
    """What an application password opens."""

    IMAP = "imap"
    SMTP = "smtp"
    DAV = "dav"  # WebDAV, the network disk


class AppPassword(Record, frozen=True, kw_only=True):
    """A password for one mail program (专用密码). The id is the SHA-256 of the password, which is never kept.

    ``used_on`` is the last day of use in Asia/Shanghai, no closer.
    """

    account_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    used_on: date | None = None
    revoked_at: datetime | None = None


class PhoneCode(Record, frozen=True, kw_only=True):
    """A one-time code sent by SMS, bound to its purpose and number; the id says both, without the number."""

    code_hash: str
    sent_at: datetime
    expires_at: datetime
    tries: int = 0


class Throttle(Record, frozen=True, kw_only=True):
    """Recent failures of one key (an account from one network, or a network), or recent uses of what is rationed.

    After ``expires_at`` none of them counts any more.
    """

    expires_at: datetime
    failures: tuple[datetime, ...] = ()


class RegisterEntry(Record, frozen=True, kw_only=True):
    """A person in the register that the city imported; the id is the blind index of the ID number."""

    name_index: str
    phone_index: str | None = None


class HeldState(StrEnum):
    """What became of mail that was not a letter at once."""

    WAITING = "waiting"  # 待确认
    CONFIRMED = "confirmed"  # 已转为来信
    UNREADABLE = "unreadable"  # 无法解析, a person looks at it
    DISMISSED = "dismissed"  # 已处理, a person looked at it


class HeldMail(Record, frozen=True, kw_only=True):
    """Mail to the mayor that is kept but no letter yet: from an unknown sender, or unreadable.

    ``key`` is the same for a resend, ``confirm_index`` the blind index of the token in the one answer that was sent.
    """

    key: str
    blob_id: BlobId
    sender: str
    received_at: datetime
    state: HeldState
    reason: str
    confirm_index: str | None = None
    letter_id: str | None = None
    subject: str = ""
