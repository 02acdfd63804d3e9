"""Whom somebody may mean while he types (收件人建议): his contacts, then the official directory, then recent people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.mailbox.contacts.directory import Official
from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.contacts.spelling import rank, typed_words
from minxin.mailbox.mail.records import Person

MOST_SUGGESTED: Final = 10


class RecipientSource(StrEnum):
    """Where a suggestion comes from, in the order in which they stand."""

    CONTACT = "contact"
    OFFICIAL = "official"
    RECENT = "recent"


class Suggestion(Struct, frozen=True, kw_only=True):
    """Somebody to write to. ``official`` is the office or post that the house says the address is of, else empty."""

    name: str
    address: str
    source: RecipientSource
    official: str = ""


def official_title(entry: Official, language: str) -> str:
    """Return what an official entry is called: the office, with the post where it is one."""
    office = entry.office.of(language)
    return f"{office} {entry.post}".strip() if entry.person else office


def suggest(
    typed: str,
    contacts: Iterable[Contact],
    entries: Iterable[Official],
    recent: Iterable[Person],
    official: Mapping[str, Official],
    language: str,
) -> list[Suggestion]:
    """Return who fits what was typed, the best first, each address once; nothing for nothing typed.

    ``official`` are all entries by address: they alone say what is marked, whatever a contact calls it.
    """
    wanted = typed_words(typed)
    if not wanted:
        return []
    found: dict[str, tuple[int, int, Suggestion]] = {}

    def offer(source: RecipientSource, name: str, address: str, *also: str) -> None:
        ranks = [one for name_ in (name, *also) if (one := rank(name_, address, wanted)) is not None]
        entry = official.get(address.lower())
        title = official_title(entry, language) if entry is not None else ""
        if ranks and address.lower() not in found:
            place = list(RecipientSource).index(source)
            offered = Suggestion(name=name, address=address, source=source, official=title)
            found[address.lower()] = (place, min(ranks), offered)

    for contact in contacts:
        for address in contact.addresses:
            offer(RecipientSource.CONTACT, contact.name, address)
    for entry in entries:
        name = entry.person or entry.office.of(language)
        offer(
            RecipientSource.OFFICIAL,
            name,
            entry.address,
            entry.office.full,
            entry.office.short,
            entry.office.english,
            entry.post,
        )
    for person in recent:
        offer(RecipientSource.RECENT, person.name, person.address)
    ordered = sorted(found.values(), key=lambda one: one[:2])
    return [suggestion for _, _, suggestion in ordered[:MOST_SUGGESTED]]
