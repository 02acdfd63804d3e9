"""Contacts (通讯录): whom the holder of a box writes to, and whom he may mean while he types."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, InvalidInputError, NotFoundError
from minxin.core.ids import new_id
from minxin.core.paging import PageRequest
from minxin.mailbox.contacts.directory import OfficialDirectory
from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.contacts.rules import MOST_CONTACTS, Card, checked, same
from minxin.mailbox.contacts.spelling import rank, sort_key, typed_words
from minxin.mailbox.contacts.suggesting import Suggestion, suggest
from minxin.mailbox.contacts.vcard import read_cards, write_cards
from minxin.mailbox.mail.access import access_box
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import Box, FolderRole, Person
from minxin.mailbox.ports import MailStore

TRIES: Final = 8
RECENT: Final = 100  # mails that were sent last
MOST_CHOICES: Final = 300


class Brought(Struct, frozen=True):
    """What came of an import: how many contacts are new, and how many were there already."""

    new: int
    known: int


class Contacts:
    """The contacts of boxes, for whoever may open them."""

    def __init__(self, store: MailStore, clock: Clock, directory: OfficialDirectory) -> None:
        self._store = store
        self._clock = clock
        self.directory = directory

    async def all(self, actor: Actor, box_id: str, words: str = "") -> list[Contact]:
        """Return the contacts of the box by name, those that fit the words when there are any."""
        box = await access_box(self._store, actor, box_id)
        wanted = typed_words(words)
        found = [
            one
            for one in await self._store.contacts_of(box.id)
            if not wanted or any(rank(one.name, address, wanted) is not None for address in one.addresses)
        ]
        return sorted(found, key=lambda one: (sort_key(one.name), one.id))

    async def one(self, actor: Actor, contact_id: str) -> tuple[Box, Contact]:
        """Return a contact with its box; raises ``NotFoundError``."""
        contact = await self._store.get(Contact, contact_id)
        if contact is None:
            raise NotFoundError
        return await access_box(self._store, actor, contact.box_id), contact

    async def add(self, actor: Actor, box_id: str, *, name: str, addresses: str, note: str = "") -> Contact:
        """Keep a new contact; who is there already by name and address is not kept twice.

        ``addresses`` stand on lines. Raises ``InvalidFormError``, ``InvalidInputError`` (``contact.too_many``).
        """
        card = checked(name, addresses, note)
        made = new_id()
        kept: Contact | None = None

        async def decide(now: datetime) -> Changes:
            nonlocal kept
            box = await access_box(self._store, actor, box_id)
            there = await self._store.contacts_of(box.id)
            kept = next((one for one in there if same(_card(one), card)), None)
            if kept is not None:
                return Changes()
            if len(there) >= MOST_CONTACTS:
                raise InvalidInputError("contact.too_many", most=MOST_CONTACTS)
            kept = _contact(made, box.id, card, now)
            return Changes(inserts=[kept])

        await self._carry_out(decide)
        if kept is None:
            raise NotFoundError
        return kept

    async def change(self, actor: Actor, contact_id: str, *, name: str, addresses: str, note: str) -> None:
        """Keep what was changed; raises ``InvalidFormError``, ``NotFoundError``."""
        card = checked(name, addresses, note)

        async def decide(now: datetime) -> Changes:
            _, contact = await self.one(actor, contact_id)
            changed = replace(contact, name=card.name, addresses=card.addresses, note=card.note, changed_at=now)
            return Changes(puts=[changed])

        await self._carry_out(decide)

    async def remove(self, actor: Actor, contact_id: str) -> str:
        """Delete a contact and return whose box it was of; raises ``NotFoundError``."""
        box_id = ""

        async def decide(_: datetime) -> Changes:
            nonlocal box_id
            box, contact = await self.one(actor, contact_id)
            box_id = box.id
            return Changes(deletes=[contact])

        await self._carry_out(decide)
        return box_id

    async def bring(self, actor: Actor, box_id: str, data: bytes) -> Brought:
        """Take the contacts of a vCard file over, those that are there already left out.

        All of them or none: raises ``InvalidInputError`` (``contact.file.empty``, ``contact.too_many``).
        """
        cards = await asyncio.to_thread(read_cards, data)
        if not cards:
            raise InvalidInputError("contact.file.empty", field="attachments")
        brought = Brought(0, 0)

        async def decide(now: datetime) -> Changes:
            nonlocal brought
            box = await access_box(self._store, actor, box_id)
            there = [_card(one) for one in await self._store.contacts_of(box.id)]
            known = {(sort_key(card.name), address.lower()) for card in there for address in card.addresses}
            new = []
            for card in cards:
                keys = {(sort_key(card.name), address.lower()) for address in card.addresses}
                if not keys & known:
                    new.append(card)
                    known |= keys
            if len(there) + len(new) > MOST_CONTACTS:
                raise InvalidInputError("contact.too_many", field="attachments", most=MOST_CONTACTS)
            brought = Brought(len(new), len(cards) - len(new))
            return Changes(inserts=[_contact(new_id(), box.id, card, now) for card in new])

        await self._carry_out(decide)
        return brought

    async def cards(self, actor: Actor, box_id: str, version: str) -> bytes:
        """Return all contacts of the box as vCards of the version."""
        return write_cards([_card(one) for one in await self.all(actor, box_id)], version)

    async def suggest(self, actor: Actor, box_id: str, words: str, language: str = "zh") -> list[Suggestion]:
        """Return who may be meant by what was typed: contacts, then official entries, then people written to lately.

        Chinese is found by its characters, its pinyin, and the first letters of it. Staff are offered their
        colleagues too.
        """
        box = await access_box(self._store, actor, box_id)
        entries = await self.directory.offices()
        if any(role is not Role.CITIZEN for role in actor.roles):
            entries += await self.directory.posts()
        contacts = await self._store.contacts_of(box.id)
        official = await self.directory.by_address_of_all()
        return suggest(words, contacts, entries, await self._recent(box), official, language)

    async def choices(self, actor: Actor, box_id: str, language: str = "zh") -> list[Person]:
        """Return whom a form may list to choose from without a script: contacts, people written to lately, offices."""
        people = [Person(one.name, address) for one in await self.all(actor, box_id) for address in one.addresses]
        people += await self._recent(await access_box(self._store, actor, box_id))
        people += [Person(one.office.of(language), one.address) for one in await self.directory.offices()]
        found: dict[str, Person] = {}
        for one in people:
            found.setdefault(one.address.lower(), one)
        return list(found.values())[:MOST_CHOICES]

    async def _recent(self, box: Box) -> list[Person]:
        """Return whom mail was sent to, the last one first, each once."""
        sent = await self._store.mail_items(role_folder(box.id, FolderRole.SENT), PageRequest(None, RECENT))
        people = {person.address.lower(): person for item in reversed(sent.items) for person in item.to}
        return [one for one in reversed(people.values()) if one.address]

    async def _carry_out(self, decide: Callable[[datetime], Awaitable[Changes]]) -> None:
        for _ in range(TRIES):
            changes = await decide(self._clock.now())
            if changes == Changes():
                return
            try:
                await asyncio.shield(self._store.commit(changes))
            except ConflictError:
                continue
            return
        raise ConflictError


def _card(contact: Contact) -> Card:
    return Card(name=contact.name, addresses=contact.addresses, note=contact.note)


def _contact(made: str, box_id: str, card: Card, now: datetime) -> Contact:
    return Contact(id=made, box_id=box_id, name=card.name, addresses=card.addresses, note=card.note, changed_at=now)
