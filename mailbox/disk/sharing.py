"""Decisions about shares (外链分享): pure. Who has the link and the password fetches the file until the share ends.

The link's token is 256 random bits; only its SHA-256 is kept, so nobody who reads the store can open a share. The
password has an Argon2id hash.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.errors import InvalidFormError, InvalidInputError, NotFoundError, NotLoggedInError
from minxin.core.privacy import Vault, mask_phone
from minxin.mailbox.disk.records import Audience, DiskShare
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.mime.headers import clean_line
from minxin.mailbox.passwords import MAX_LENGTH
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.records import Account

TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
SHOWN_NAME_MAX: Final = 40


class ShareForm(Struct, frozen=True):
    """What the owner chose; ``to`` is a phone number or an office's id."""

    shown_name: str
    password: str
    days: int
    audience: str = Audience.ANYONE
    to: str = ""

    def __repr__(self) -> str:
        return "ShareForm(…)"


class Addressee(NamedTuple):
    """Whom a share is for: as it is compared, and as the owner is shown it."""

    audience: Audience
    to: str
    shown: str


def share_id(token: str) -> str:
    """Return the id under which the share of this link is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token() -> str:
    """Return the token of a new link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def check_form(form: ShareForm, rules: DiskRules) -> None:
    """Raise ``InvalidFormError``: ``disk.share.name``, ``.password_length``, ``.days``."""
    errors = []
    if not 0 < len(clean_line(form.shown_name)) <= SHOWN_NAME_MAX:
        errors.append(InvalidInputError("disk.share.name", field="shown_name", most=SHOWN_NAME_MAX))
    if not rules.share_password_length <= len(form.password) <= MAX_LENGTH:
        errors.append(
            InvalidInputError("disk.share.password_length", field="password", least=rules.share_password_length)
        )
    if form.days not in rules.share_days:
        errors.append(InvalidInputError("disk.share.days", field="days"))
    if errors:
        raise InvalidFormError(errors)


def addressee(vault: Vault, form: ShareForm, offices: dict[str, str]) -> Addressee:
    """Return whom the share is for; ``offices`` are the names by id.

    A person is named by his phone number, whether he has an account or not: the form tells nobody who has one. Raises
    ``InvalidInputError`` on the field ``phone`` or ``office``.
    """
    if form.audience == Audience.OFFICE:
        if form.to not in offices:
            raise InvalidInputError("disk.share.office", field="office")
        return Addressee(Audience.OFFICE, form.to, offices[form.to])
    if form.audience == Audience.PERSON:
        phone = parse_phone(form.to)
        return Addressee(Audience.PERSON, vault.index(phone, "phone"), mask_phone(phone))
    return Addressee(Audience.ANYONE, "", "")


def make(
    token: str, item_id: str, owner_id: str, form: ShareForm, to: Addressee, password_hash: str, now: datetime
) -> DiskShare:
    """Return a new share."""
    return DiskShare(
        id=share_id(token),
        owner_id=owner_id,
        item_id=item_id,
        shown_name=clean_line(form.shown_name),
        password_hash=password_hash,
        created_at=now,
        expires_at=now + timedelta(days=form.days),
        audience=to.audience,
        to=to.to,
        to_shown=to.shown,
    )


def is_open(share: DiskShare, now: datetime) -> bool:
    """Say whether the share has not ended."""
    return share.revoked_at is None and now < share.expires_at


def admit(share: DiskShare | None, account: Account | None, now: datetime) -> DiskShare:
    """Return the share when it is open and for this person.

    Raises ``NotFoundError``, alike for what has ended, never was, and is for somebody else; ``NotLoggedInError`` when
    it is for somebody in particular and nobody is logged in.
    """
    if share is None or not is_open(share, now):
        raise NotFoundError("disk.share.gone")
    if share.audience is Audience.ANYONE:
        return share
    if account is None:
        raise NotLoggedInError
    own = account.phone_index if share.audience is Audience.PERSON else account.office_id
    if own != share.to:
        raise NotFoundError("disk.share.gone")
    return share


def fetched(share: DiskShare, now: datetime) -> Changes:
    """Count one download."""
    return Changes(puts=[replace(share, downloads=share.downloads + 1, last_download_at=now)])
