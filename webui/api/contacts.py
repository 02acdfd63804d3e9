"""Settings of mailboxes, contacts, and whom one may write to, for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.contacts.rules import MOST_ADDRESSES, NAME_CHARS, NOTE_CHARS
from minxin.mailbox.contacts.suggesting import RecipientSource
from minxin.mailbox.mail.settings import BoxSettings, between, days_of
from minxin.webui.api.mail import TAG
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    Sent,
    Shown,
    reads,
)
from minxin.webui.context import language

_BOX: Final = "/mailboxes/{id}"
_ONE: Final = "/contacts/{id}"


class VacationNotice(Sent, frozen=True):
    """What is answered while one is away, on whole days in Shanghai; without a day it has no limit on that side."""

    subject: str
    text: str
    first_day: date | None = None
    last_day: date | None = None


class MailboxSettings(Sent, frozen=True):
    """What is set for a mailbox. `blocked` holds addresses, and whole domains as `@domain`."""

    signature: str = ""
    vacation: VacationNotice | None = None
    blocked: list[str] = field(default_factory=list)


class ContactWritten(Sent, frozen=True):
    """Somebody to be kept; the address that is used most comes first."""

    name: Annotated[str, Meta(max_length=NAME_CHARS)]
    addresses: Annotated[list[str], Meta(max_length=MOST_ADDRESSES)]
    note: Annotated[str, Meta(max_length=NOTE_CHARS)] = ""


class ContactShown(Shown, frozen=True):
    """A contact."""

    id: str
    name: str
    addresses: list[str]
    note: str


class ContactList(Shown, frozen=True):
    """The contacts of a mailbox by name."""

    items: list[ContactShown]


class WordsQuery(Sent, frozen=True):
    """Characters, pinyin, or the first letters of it."""

    q: Annotated[str, Meta(max_length=60)] = ""


class RecipientShown(Shown, frozen=True):
    """Somebody who may be meant. `official` is the office that the house says the address is of, else empty."""

    name: str
    address: str
    source: RecipientSource
    official: str


class RecipientList(Shown, frozen=True):
    """Who may be meant, the likeliest first."""

    items: list[RecipientShown]


async def settings(call: Call[Nothing, Nothing]) -> MailboxSettings:
    """Return what is set for a mailbox."""
    return _settings_shown(await call.services.mailroom.settings.of(call.actor, call.part("id")))


async def change_settings(call: Call[MailboxSettings, Nothing]) -> MailboxSettings:
    """Set all of it anew; what is left out is as if never set."""
    body, keeping = call.body, call.services.mailroom.settings
    sent = body.vacation
    vacation = between(sent.subject, sent.text, sent.first_day, sent.last_day) if sent is not None else None
    kept = await keeping.set_all(
        call.actor, call.part("id"), signature=body.signature, vacation=vacation, blocked=body.blocked
    )
    return _settings_shown(kept)


async def contacts(call: Call[Nothing, WordsQuery]) -> ContactList:
    """Return the contacts of a mailbox."""
    found = await call.services.contacts.all(call.actor, call.part("id"), call.query.q)
    return ContactList(items=[_contact_shown(one) for one in found])


async def add(call: Call[ContactWritten, Nothing]) -> Outcome[ContactShown]:
    """Keep a contact; who is there already is returned as he is."""
    body = call.body
    made = await call.services.contacts.add(
        call.actor, call.part("id"), name=body.name, addresses="\n".join(body.addresses), note=body.note
    )
    return Outcome(_contact_shown(made), 201)


async def change(call: Call[ContactWritten, Nothing]) -> ContactShown:
    """Change a contact."""
    body, door = call.body, call.services.contacts
    await door.change(call.actor, call.part("id"), name=body.name, addresses="\n".join(body.addresses), note=body.note)
    _, contact = await door.one(call.actor, call.part("id"))
    return _contact_shown(contact)


async def remove(call: Call[Nothing, Nothing]) -> Nothing:
    """Delete a contact."""
    await call.services.contacts.remove(call.actor, call.part("id"))
    return Nothing()


async def suggestions(call: Call[Nothing, WordsQuery]) -> RecipientList:
    """Return who may be meant: contacts, official addresses, people written to lately."""
    found = await call.services.contacts.suggest(
        call.actor, call.part("id"), call.query.q, language(call.request).value
    )
    return RecipientList(
        items=[
            RecipientShown(name=one.name, address=one.address, source=one.source, official=one.official)
            for one in found
        ]
    )


def _settings_shown(kept: BoxSettings) -> MailboxSettings:
    vacation = None
    if kept.vacation is not None:
        first, last = days_of(kept.vacation)
        vacation = VacationNotice(
            subject=kept.vacation.subject, text=kept.vacation.text, first_day=first, last_day=last
        )
    return MailboxSettings(signature=kept.signature, vacation=vacation, blocked=list(kept.blocked))


def _contact_shown(contact: Contact) -> ContactShown:
    return ContactShown(id=contact.id, name=contact.name, addresses=list(contact.addresses), note=contact.note)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "getMailboxSettings",
        f"{_BOX}/settings",
        TAG,
        N_("Read what is set for a mailbox"),
        settings,
        Nothing,
        MailboxSettings,
    ),
    Operation(
        name="changeMailboxSettings",
        method=Method.PUT,
        path=f"{_BOX}/settings",
        tag=TAG,
        summary=N_("Set signature, vacation notice and blocked senders"),
        description="All of it is set anew: what is left out is as if it had never been set.",
        handler=change_settings,
        body=MailboxSettings,
        query=Nothing,
        answer=MailboxSettings,
        statuses=(200,),
    ),
    reads(
        "listContacts", f"{_BOX}/contacts", TAG, N_("List the contacts of a mailbox"), contacts, WordsQuery, ContactList
    ),
    Operation(
        name="addContact",
        method=Method.POST,
        path=f"{_BOX}/contacts",
        tag=TAG,
        summary=N_("Keep a contact"),
        handler=add,
        body=ContactWritten,
        query=Nothing,
        answer=ContactShown,
        statuses=(201,),
    ),
    Operation(
        name="changeContact",
        method=Method.PUT,
        path=_ONE,
        tag=TAG,
        summary=N_("Change a contact"),
        handler=change,
        body=ContactWritten,
        query=Nothing,
        answer=ContactShown,
        statuses=(200,),
    ),
    Operation(
        name="deleteContact",
        method=Method.DELETE,
        path=_ONE,
        tag=TAG,
        summary=N_("Delete a contact"),
        handler=remove,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
    ),
    reads(
        "suggestRecipients",
        f"{_BOX}/suggestions",
        TAG,
        N_("Ask who may be meant while somebody types a recipient"),
        suggestions,
        WordsQuery,
        RecipientList,
        description="Staff are offered their colleagues too. Only `official` says that an address is an office's.",
    ),
)

_VACATION: Final = VacationNotice(
    subject="外出，三月十日回来", text="急事请拨打 12345。", first_day=date(2026, 3, 3), last_day=date(2026, 3, 9)
)
_CONTACT: Final = ContactShown(
    id="aB1cD2eF3gH4iJ5kL6mN7o", name="李明", addresses=["liming@citizen.binhai.example"], note=""
)
_SUGGESTION: Final = RecipientShown(
    name="滨海市城市管理局",
    address="cgj@gov.binhai.example",
    source=RecipientSource.OFFICIAL,
    official="滨海市城市管理局",
)
CONTACT_EXAMPLES: Final[tuple[Struct, ...]] = (
    _VACATION,
    MailboxSettings(signature="王芳\n海晏区", vacation=_VACATION, blocked=["@shop.example"]),
    ContactWritten(name="李明", addresses=["liming@citizen.binhai.example"]),
    _CONTACT,
    ContactList(items=[_CONTACT]),
    _SUGGESTION,
    RecipientList(items=[_SUGGESTION]),
)
