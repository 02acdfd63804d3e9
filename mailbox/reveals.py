"""What staff see of a citizen, and the reveal that the citizen sees (最小必要; PIPL art. 51)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes, Event
from minxin.core.errors import InvalidInputError
from minxin.core.privacy import Vault, mask_id_number, mask_name, mask_phone
from minxin.mailbox.accounts import need, stream_of
from minxin.mailbox.records import Account

KIND = "revealed"
# Who must visit, phone or check a writer; section chiefs and signers decide on the text and need no name.
ROLES = (Role.CLERK, Role.HANDLER, Role.CALLER, Role.DISCIPLINE)


class Datum(StrEnum):
    """What can be revealed, one at a time."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id_number"


class MaskedPerson(Struct, frozen=True):
    """A citizen as staff see him: 王**, 138****1234, 110***********2X. Empty is what is not stored."""

    name: str
    phone: str
    id_number: str


class Request(Struct, frozen=True):
    """Who wants to see what, why, and for which letter."""

    actor: Actor
    what: Datum
    reason: str
    letter_id: str


class Reveal(Struct, frozen=True):
    """One look at the account holder's data, as he sees it: the office and the post, never the person."""

    at: datetime
    office_id: str | None
    post: str
    what: Datum
    reason: str
    letter_id: str


def masked(vault: Vault, account: Account) -> MaskedPerson:
    """Return the account holder masked."""
    phone = vault.open(account.phone, "phone")
    id_number = vault.open(account.id_number, "id_number") if account.id_number else ""
    return MaskedPerson(
        mask_name(account.name),
        mask_phone(phone) if phone else "",
        mask_id_number(id_number) if id_number else "",
    )


def reveal(vault: Vault, account: Account, request: Request, now: datetime) -> tuple[str, Changes]:
    """Return the full datum and the event that tells the account holder.

    Raises ``NotAllowedError`` for a role that never needs it, ``InvalidInputError`` when it is not stored.
    """
    need(request.actor, *ROLES)
    value = _value(vault, account, request.what)
    if not value:
        raise InvalidInputError("realname.reveal.nothing", field="what")
    data = {
        "what": request.what.value,
        "reason": request.reason,
        "letter_id": request.letter_id,
        "post": request.actor.post,
    }
    event = Event(stream_of(account.id), KIND, now, request.actor.id, request.actor.office_id, data)
    return value, Changes(events=[event])


def reveals_of(events: Iterable[Event]) -> list[Reveal]:
    """Return every look at the data in the account's events, newest first."""
    found = [
        Reveal(
            event.at,
            event.office_id,
            event.data["post"],
            Datum(event.data["what"]),
            event.data["reason"],
            event.data["letter_id"],
        )
        for event in events
        if event.kind == KIND
    ]
    return found[::-1]


def _value(vault: Vault, account: Account, what: Datum) -> str:
    if what is Datum.NAME:
        return account.name
    if what is Datum.PHONE:
        return vault.open(account.phone, "phone")
    return vault.open(account.id_number, "id_number") if account.id_number else ""
