"""Decisions about accounts: pure, each returns the account as it will be and the changes that make it so."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes, Event
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError, NotAllowedError
from minxin.core.privacy import Vault
from minxin.mailbox.forms import Person, StaffForm
from minxin.mailbox.mail.opening import wanted
from minxin.mailbox.records import Account, AccountState, Consent, Verification, VerifiedBy
from minxin.mailbox.rules import AccountRules

_MAY_LOG_IN = frozenset({AccountState.APPLIED, AccountState.ACTIVE, AccountState.REFUSED})


class Holders(Struct, frozen=True, kw_only=True):
    """The accounts that already hold the unique values of a new one."""

    by_phone: Account | None = None
    by_id_number: Account | None = None
    by_login: Account | None = None
    by_address: Account | None = None


class Card(Struct, frozen=True):
    """What stands on the ID card in the clerk's hand, in normal form."""

    name: str
    id_number: str


def actor_of(account: Account) -> Actor:
    """Return the account holder as an actor; without roles unless the account is active."""
    roles = frozenset(account.roles) if account.state is AccountState.ACTIVE else frozenset[Role]()
    return Actor(account.id, roles, account.office_id, account.post)


def stream_of(account_id: str) -> str:
    """Return the name of the account's event stream."""
    return f"account:{account_id}"


def is_staff(account: Account) -> bool:
    """Say whether this is an account of the administration."""
    return Role.CITIZEN not in account.roles


def may_log_in(account: Account) -> bool:
    """Say whether the account is neither disabled nor closed; an applicant may log in to see where he stands."""
    return account.state in _MAY_LOG_IN


def may_access(actor: Actor, account: Account) -> bool:
    """Say whether the actor may know this account: his own, a citizen's for clerks, staff for administrators."""
    if actor.id == account.id or actor == SYSTEM:
        return True
    return actor.is_a(Role.ADMINISTRATOR if is_staff(account) else Role.CLERK)


def need(actor: Actor, *roles: Role) -> None:
    """Raise ``NotAllowedError`` when the actor has none of the roles."""
    if not actor.is_a(*roles):
        raise NotAllowedError


def need_administrator(actor: Actor) -> None:
    """Raise ``NotAllowedError`` for others than administrators and the house itself."""
    if actor != SYSTEM:
        need(actor, Role.ADMINISTRATOR)


def apply(
    vault: Vault,
    rules: AccountRules,
    person: Person,
    holders: Holders,
    password_hash: str,
    verification: Verification | None,
    account_id: str,
    now: datetime,
) -> tuple[Account, Changes]:
    """Open a citizen's account, active when verified already.

    A refused applicant with the same phone keeps his account and gets the new data. Raises ``InvalidFormError`` when
    phone, ID number, log-in name or address belong to another account.
    """
    refused = holders.by_phone if holders.by_phone and holders.by_phone.state is AccountState.REFUSED else None
    _check_holders(holders, refused)
    id_number = person.id_number or ""
    account = Account(
        id=refused.id if refused else account_id,
        version=refused.version if refused else 0,
        login=person.login or (refused.login if refused else f"c{secrets.token_hex(5)}"),
        state=AccountState.ACTIVE if verification else AccountState.APPLIED,
        name=person.name,
        phone=vault.seal(person.phone, "phone"),
        phone_index=vault.index(person.phone, "phone"),
        id_number=vault.seal(id_number, "id_number"),
        id_index=vault.index(id_number, "id_number"),
        password_hash=password_hash,
        created_at=refused.created_at if refused else now,
        address=person.address,
        verification=verification,
        consent=Consent(rules.consent_version, now),
        language=person.language,
    )
    by = verification.by if verification and verification.method is VerifiedBy.DESK else account.id
    events = [_event(account, "applied", now, by)]
    if verification:
        events.append(_event(account, "verified", now, verification.by, method=verification.method.value))
    kept = Changes(puts=[account]) if refused else Changes(inserts=[account])
    return account, kept + Changes(events=events, jobs=[wanted(account.id)] if verification else [])


def verify_at_desk(vault: Vault, account: Account, card: Card, actor: Actor, now: datetime) -> tuple[Account, Changes]:
    """Make an applicant's account active when the card says what he typed.

    Raises ``IllegalMoveError`` from another state, ``InvalidFormError`` naming what differs.
    """
    _need_state(account, AccountState.APPLIED)
    errors = []
    if not hmac.compare_digest(card.name.encode(), account.name.encode()):
        errors.append(InvalidInputError("realname.desk.name_differs", field="name"))
    if not hmac.compare_digest(vault.index(card.id_number, "id_number"), account.id_index or ""):
        errors.append(InvalidInputError("realname.desk.id_number_differs", field="id_number"))
    if errors:
        raise InvalidFormError(errors)
    verification = Verification(VerifiedBy.DESK, now, actor.id)
    active = replace(account, state=AccountState.ACTIVE, verification=verification)
    event = _event(active, "verified", now, actor.id, actor.office_id, method=VerifiedBy.DESK.value, post=actor.post)
    return active, Changes(puts=[active], events=[event], jobs=[wanted(active.id)])


def refuse(account: Account, actor: Actor, reason: str, now: datetime) -> tuple[Account, Changes]:
    """Refuse an application and erase its ID number; raises ``IllegalMoveError`` from another state."""
    _need_state(account, AccountState.APPLIED)
    refused = replace(account, state=AccountState.REFUSED, refusal=reason, id_number=None, id_index=None)
    event = _event(refused, "refused", now, actor.id, actor.office_id, post=actor.post)
    return refused, Changes(puts=[refused], events=[event])


def create_staff(
    vault: Vault,
    person: Person,
    form: StaffForm,
    holder: Account | None,
    password_hash: str,
    actor: Actor,
    account_id: str,
    now: datetime,
) -> tuple[Account, Changes]:
    """Open an active staff account; raises ``InvalidFormError`` when ``holder`` has the log-in name already."""
    _check_holders(Holders(by_login=holder), None)
    account = Account(
        id=account_id,
        login=person.login or "",
        state=AccountState.ACTIVE,
        name=person.name,
        phone=vault.seal(person.phone, "phone"),
        phone_index=vault.index(person.phone, "phone"),
        password_hash=password_hash,
        created_at=now,
        roles=form.roles,
        office_id=form.office_id,
        post=form.post.strip(),
        verification=Verification(VerifiedBy.OFFICE, now, actor.id),
        language=person.language,
    )
    roles = [role.value for role in form.roles]
    event = _event(account, "staff_created", now, actor.id, roles=roles)
    return account, Changes(inserts=[account], events=[event], jobs=[wanted(account.id)])


def set_active(account: Account, active: bool, reason: str, actor: Actor, now: datetime) -> tuple[Account, Changes]:
    """Switch an account off or on; raises ``IllegalMoveError`` from another state and for one's own."""
    if actor.id == account.id:
        raise IllegalMoveError("account.own")
    _need_state(account, AccountState.DISABLED if active else AccountState.ACTIVE)
    changed = replace(account, state=AccountState.ACTIVE if active else AccountState.DISABLED)
    event = _event(changed, "enabled" if active else "disabled", now, actor.id, actor.office_id, reason=reason)
    return changed, Changes(puts=[changed], events=[event])


def set_password(account: Account, password_hash: str, now: datetime) -> tuple[Account, Changes]:
    """Replace the password's hash."""
    changed = replace(account, password_hash=password_hash)
    return changed, Changes(puts=[changed], events=[_event(changed, "password_changed", now, account.id)])


def bind_totp(vault: Vault, account: Account, secret: str, step: int, now: datetime) -> Changes:
    """Bind a TOTP device; ``step`` is the time step of the code that proved it."""
    bound = replace(account, totp_secret=vault.seal(secret, "totp"), totp_step=step)
    return Changes(puts=[bound], events=[_event(bound, "totp_bound", now, account.id)])


def close(vault: Vault, account: Account, now: datetime) -> Changes:
    """Close a citizen's account and erase who he was (PIPL art. 47); raises ``IllegalMoveError`` for staff."""
    if is_staff(account):
        raise IllegalMoveError("account.staff_close")
    closed = replace(
        account,
        state=AccountState.CLOSED,
        login=f"closed:{account.id.lower()}",
        name="",
        phone=vault.seal("", "phone"),
        phone_index=f"closed:{account.id}",
        id_number=None,
        id_index=None,
        address=None,
        password_hash="",
        totp_secret=None,
        refusal="",
        area=None,
    )
    return Changes(puts=[closed], events=[_event(closed, "closed", now, account.id)])


def _check_holders(holders: Holders, own: Account | None) -> None:
    taken = {
        "phone": (holders.by_phone, "realname.phone.taken"),
        "id_number": (holders.by_id_number, "realname.id_number.taken"),
        "login": (holders.by_login, "realname.login.taken"),
        "address": (holders.by_address, "realname.address.taken"),
    }
    errors = [
        InvalidInputError(key, field=field)
        for field, (holder, key) in taken.items()
        if holder is not None and (own is None or holder.id != own.id)
    ]
    if errors:
        raise InvalidFormError(errors)


def _need_state(account: Account, state: AccountState) -> None:
    if account.state is not state:
        raise IllegalMoveError("account.state")


def _event(
    account: Account, kind: str, at: datetime, actor_id: str, office_id: str | None = None, **data: Any
) -> Event:
    return Event(stream_of(account.id), kind, at, actor_id, office_id, data)
