"""What a contact may be (联系人), checked as it was typed or read from a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.mailbox.mail.folded import folded
from minxin.mailbox.mime.address import parse_addresses

MOST_CONTACTS: Final = 2_000
MOST_ADDRESSES: Final = 5
NAME_CHARS: Final = 100
NOTE_CHARS: Final = 500


class Card(Struct, frozen=True, kw_only=True):
    """What somebody wrote down of a person: a name, addresses, and a note."""

    name: str
    addresses: tuple[str, ...]
    note: str = ""


def plain_address(text: str) -> str:
    """Return an address with its domain in lower case, empty for what is none."""
    found = parse_addresses(text.strip())
    return found[0].address if len(found) == 1 and not found[0].name else ""


def checked(name: str, addresses: str, note: str) -> Card:
    """Return what was typed, one address on each line; raises ``InvalidFormError`` with what is wrong at each field."""
    errors = []
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= NAME_CHARS:
        errors.append(InvalidInputError("contact.name", field="name", most=NAME_CHARS))
    typed = [line.strip() for line in addresses.splitlines() if line.strip()]
    wrong = next((one for one in typed if not plain_address(one)), None)
    if wrong is not None:
        errors.append(InvalidInputError("contact.address", field="addresses", address=wrong[:NAME_CHARS]))
    elif not 0 < len(typed) <= MOST_ADDRESSES:
        errors.append(InvalidInputError("contact.addresses", field="addresses", most=MOST_ADDRESSES))
    if len(note.strip()) > NOTE_CHARS:
        errors.append(InvalidInputError("contact.note", field="note", most=NOTE_CHARS))
    if errors:
        raise InvalidFormError(errors)
    return Card(name=tidy, addresses=_once(map(plain_address, typed)), note=note.strip())


def taken_over(name: str, addresses: Iterable[str], note: str) -> Card | None:
    """Return what a file says of a person as far as it can be kept, None when there is no address."""
    plain = _once(one for one in map(plain_address, addresses) if one)[:MOST_ADDRESSES]
    if not plain:
        return None
    tidy = " ".join(name.split())[:NAME_CHARS]
    return Card(name=tidy or plain[0], addresses=plain, note=note.strip()[:NOTE_CHARS])


def same(left: Card, right: Card) -> bool:
    """Say whether two cards are of the same person: the same name, and an address in common."""
    common = {one.lower() for one in left.addresses} & {one.lower() for one in right.addresses}
    return bool(common) and folded(left.name) == folded(right.name)


def _once(addresses: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for one in addresses:
        found.setdefault(one.lower(), one)
    return tuple(found.values())
