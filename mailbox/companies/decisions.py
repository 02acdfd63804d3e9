"""Decisions about companies: pure, each returns the changes that make it so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes, Record
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError
from minxin.mailbox.companies.forms import Licence
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation, delegate_id
from minxin.mailbox.mail.ending import closed, reopened
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.records import Verification, VerifiedBy

MOST_APPLICATIONS: Final = 3
MOST_PEOPLE: Final = 20  # delegates and open invitations of one company
INVITATION_LIFE: Final = timedelta(days=7)


def apply(
    licence: Licence, district: str, applicant: str, own: Sequence[Company], company_id: str, now: datetime
) -> tuple[Company, Changes]:
    """Take an application; who was refused with the same code keeps his and gives new data.

    Raises ``InvalidInputError`` ``company.twice`` for a code that he applied for or acts for already, and
    ``company.too_many`` for more than :data:`MOST_APPLICATIONS` that wait.
    """
    mine = [one for one in own if one.authorised_id == applicant]
    same = [one for one in mine if one.code == licence.code]
    if any(one.state in (CompanyState.APPLIED, CompanyState.ACTIVE) for one in same):
        raise InvalidInputError("company.twice", field="code")
    if sum(one.state is CompanyState.APPLIED for one in mine) >= MOST_APPLICATIONS:
        raise InvalidInputError("company.too_many", field="code", most=MOST_APPLICATIONS)
    refused = next((one for one in same if one.state is CompanyState.REFUSED), None)
    company = Company(
        id=refused.id if refused else company_id,
        version=refused.version if refused else 0,
        code=licence.code,
        name=licence.name,
        district=district,
        representative=licence.representative,
        authorised_id=applicant,
        state=CompanyState.APPLIED,
        applied_at=now,
    )
    return company, Changes(puts=[company]) if refused else Changes(inserts=[company])


def verify(company: Company, licence: Licence, address: str, actor: Actor, now: datetime) -> tuple[Company, Changes]:
    """Make the company active and open its box when the licence says what was applied for.

    Raises ``IllegalMoveError`` from another state, ``InvalidFormError`` naming what differs.
    """
    _need(company, CompanyState.APPLIED)
    check_same(company, licence)
    active = replace(company, state=CompanyState.ACTIVE, verification=Verification(VerifiedBy.DESK, now, actor.id))
    _, opening = open_box(company.id, BoxKind.COMPANY, company.id, address, now)
    return active, Changes(puts=[active], inserts=[_delegate(company, company.authorised_id, now)]) + opening


def check_same(company: Company, licence: Licence) -> None:
    """Raise ``InvalidFormError`` naming what on the licence differs from the company's record."""
    differing = [
        InvalidInputError(f"company.desk.{field}", field=field)
        for field in ("code", "name", "representative")
        if getattr(licence, field) != getattr(company, field)
    ]
    if differing:
        raise InvalidFormError(differing)


def refuse(company: Company, reason: str) -> tuple[Company, Changes]:
    """Refuse an application; raises ``IllegalMoveError`` from another state."""
    _need(company, CompanyState.APPLIED)
    refused = replace(company, state=CompanyState.REFUSED, refusal=reason)
    return refused, Changes(puts=[refused])


def invite(
    company: Company, to: str, shown: str, people: int, open_already: Collection[str], invitation_id: str, now: datetime
) -> tuple[Invitation, Changes]:
    """Invite somebody; ``people`` counts delegates and open invitations, ``open_already`` is what those show.

    Raises ``InvalidInputError`` ``company.people``, ``company.invited``.
    """
    _need(company, CompanyState.ACTIVE)
    if people >= MOST_PEOPLE:
        raise InvalidInputError("company.people", field="who", most=MOST_PEOPLE)
    if shown in open_already:
        raise InvalidInputError("company.invited", field="who")
    invitation = Invitation(
        id=invitation_id, company_id=company.id, to=to, shown=shown, at=now, expires_at=now + INVITATION_LIFE
    )
    return invitation, Changes(inserts=[invitation])


def accept(company: Company, invitation: Invitation, account_id: str, now: datetime) -> Changes:
    """Become a delegate; raises ``IllegalMoveError`` ``company.invitation.old`` after its time."""
    _need(company, CompanyState.ACTIVE)
    if invitation.expires_at <= now:
        raise IllegalMoveError("company.invitation.old")
    # The company's record goes with it: nobody becomes a delegate of one that is closed in this moment.
    return Changes(puts=[company], deletes=[invitation], ensures=[_delegate(company, account_id, now)])


def part_with(company: Company, delegate: Delegate) -> Changes:
    """End a delegation; raises ``IllegalMoveError`` ``company.authorised.stays`` for the authorised person's."""
    if delegate.account_id == company.authorised_id:
        raise IllegalMoveError("company.authorised.stays")
    return Changes(puts=[company], deletes=[delegate])


def authorise(company: Company, delegate: Delegate) -> Changes:
    """Make a delegate the person who acts for the company; who did stays a delegate."""
    _need(company, CompanyState.ACTIVE)
    # The delegation is written too: it may end in this very moment.
    return Changes(puts=[replace(company, authorised_id=delegate.account_id), delegate])


def appoint(company: Company, account_id: str, known: Delegate | None, now: datetime) -> Changes:
    """Make a verified citizen who stands at the counter the person who acts for the company."""
    _need(company, CompanyState.ACTIVE)
    changed = Changes(puts=[replace(company, authorised_id=account_id)])
    return changed if known else changed + Changes(inserts=[_delegate(company, account_id, now)])


def close(company: Company, box: Box, people: Sequence[Record], now: datetime, life: timedelta) -> Changes:
    """Close the company and its box; delegations and invitations end at once.

    Raises ``IllegalMoveError`` from another state.
    """
    _need(company, CompanyState.ACTIVE)
    ended = replace(company, state=CompanyState.CLOSED, closed_at=now)
    return Changes(puts=[ended, closed(box, now, now + life)], deletes=[*people])


def reopen(company: Company, box: Box, has_folders: bool, now: datetime) -> Changes:
    """Open a closed company again, with its authorised person alone.

    Raises ``IllegalMoveError`` from another state, ``company.reopen.late`` when its mail is being deleted.
    """
    _need(company, CompanyState.CLOSED)
    if box.ends_at is None or box.ends_at <= now:
        raise IllegalMoveError("company.reopen.late")
    again = replace(company, state=CompanyState.ACTIVE, closed_at=None)
    made = Changes(puts=[again], ensures=[_delegate(company, company.authorised_id, now)])
    return made + reopened(box, has_folders)


def _delegate(company: Company, account_id: str, now: datetime) -> Delegate:
    return Delegate(id=delegate_id(company.id, account_id), company_id=company.id, account_id=account_id, since=now)


def _need(company: Company, state: CompanyState) -> None:
    if company.state is not state:
        raise IllegalMoveError("company.state")
