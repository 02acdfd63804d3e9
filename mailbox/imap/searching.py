"""What a SEARCH asks for (RFC 3501 section 6.4.4), as a test of one mail after the other.

A key says what it must know of a mail: what the list knows anyway, its header, or its text. Keys that know less are
asked first, so that a search for unread mail with a word reads the texts of unread mail only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import IntEnum
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.imap.dates import read_day
from minxin.mailbox.imap.sets import Range, picked, read_set
from minxin.mailbox.imap.structure import header_fields
from minxin.mailbox.imap.words import BadCommandError, Words
from minxin.mailbox.mail.folded import folded
from minxin.mailbox.mail.records import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, MailItem
from minxin.mailbox.mime.charset import codec_of
from minxin.mailbox.mime.headers import field_text

DEPTH_MAX: Final = 20
KEYS_MAX: Final = 500
_ASCII: Final = frozenset({"us-ascii", "ascii"})
_SET_START: Final = re.compile(rb"[\d*]")
_NAME: Final = re.compile(rb"[A-Za-z0-9.]+")


class BadCharsetError(Exception):
    """The words of a search are in a charset that we do not know (RFC 3501, 6.4.4: NO [BADCHARSET])."""


class Knows(IntEnum):
    """What must be known of a mail to test it."""

    ITEM = 0
    HEADER = 1
    TEXT = 2


class Candidate(Struct, kw_only=True):
    """A mail that is tested: its number in the folder, and as much as was read of it so far."""

    number: int
    item: MailItem
    header: bytes = b""
    text: str = ""


class Key(Struct, frozen=True):
    """One test, and what it must know."""

    knows: Knows
    holds: Callable[[Candidate], bool]


class Search(Struct, frozen=True):
    """All keys, those that know least first; a mail is found when every one holds."""

    keys: tuple[Key, ...]
    modseq: bool

    def by(self, knows: Knows) -> tuple[Key, ...]:
        """Return the keys that must know this and no more."""
        return tuple(key for key in self.keys if key.knows is knows)


_FLAGS: Final = {
    b"ANSWERED": ANSWERED,
    b"DELETED": DELETED,
    b"DRAFT": DRAFT,
    b"FLAGGED": FLAGGED,
    b"SEEN": SEEN,
}
_FIELDS: Final = frozenset({b"BCC", b"CC", b"TO"})
_DAYS: Final[dict[bytes, Callable[[date, date], bool]]] = {
    b"BEFORE": lambda day, given: day < given,
    b"ON": lambda day, given: day == given,
    b"SINCE": lambda day, given: day >= given,
}


class SearchReader:
    """Reads a search. ``numbers`` and ``uids`` are those of the folder, for the sets that stand in it."""

    def __init__(self, words: Words, numbers: Sequence[int], uids: Sequence[int]) -> None:
        self._words = words
        self._numbers = numbers
        self._uids = uids
        self._codec = "utf-8"
        self._count = 0
        self._modseq = False

    def read(self) -> Search:
        """Read everything; raises ``BadCommandError``, ``BadCharsetError``."""
        if self._words.skip(b"CHARSET "):
            label = self._words.astring().decode("ascii", "replace").lower()
            codec = "utf-8" if label in _ASCII else codec_of(label)
            if not codec:
                raise BadCharsetError
            self._codec = codec
            self._words.space()
        keys = self._keys(0)
        self._words.end()
        return Search(tuple(sorted(keys, key=lambda key: key.knows)), self._modseq)

    def _keys(self, depth: int) -> list[Key]:
        keys = [self._key(depth)]
        while self._words.skip(b" "):
            keys.append(self._key(depth))
        return keys

    def _key(self, depth: int) -> Key:
        self._count += 1
        if depth > DEPTH_MAX or self._count > KEYS_MAX:
            raise BadCommandError("the search is too long or too deep")
        if self._words.skip(b"("):
            keys = self._keys(depth + 1)
            self._words.need(b")")
            return _all(keys)
        if self._words.sees_any(_SET_START):
            return _numbered(read_set(self._words), self._numbers)
        return self._named(self._words.word(_NAME).upper(), depth)

    def _named(self, name: bytes, depth: int) -> Key:
        simple = _simple(name)
        if simple is not None:
            return simple
        self._words.space()
        if name == b"NOT":
            key = self._key(depth + 1)
            return Key(key.knows, lambda one: not key.holds(one))
        if name == b"OR":
            first = self._key(depth + 1)
            self._words.space()
            second = self._key(depth + 1)
            return Key(max(first.knows, second.knows), lambda one: first.holds(one) or second.holds(one))
        return self._number(name) or self._day(name) or self._text(name)

    def _number(self, name: bytes) -> Key | None:
        if name == b"UID":
            return _uid(read_set(self._words), self._uids)
        if name in (b"LARGER", b"SMALLER"):
            size, larger = self._words.number(), name == b"LARGER"
            return _item(lambda item: item.size_bytes > size if larger else item.size_bytes < size)
        if name in (b"KEYWORD", b"UNKEYWORD"):
            flag, wanted = self._words.flag().lower(), name == b"KEYWORD"
            return _item(lambda item: (flag in {one.lower() for one in item.flags}) is wanted)
        if name == b"MODSEQ":
            return self._stamp()
        return None

    def _stamp(self) -> Key:
        self._modseq = True
        if self._words.sees(b'"'):  # the flag and whose it is, which is all the same here (RFC 7162, 3.1.5)
            self._words.string()
            self._words.space()
            self._words.atom()
            self._words.space()
        least = self._words.number()
        return Key(Knows.ITEM, lambda one: one.item.stamp >= least)

    def _day(self, name: bytes) -> Key | None:
        sent, bare = name.startswith(b"SENT"), name.removeprefix(b"SENT")
        compare = _DAYS.get(bare)
        if compare is None:
            return None
        given = read_day(self._words.astring())
        if sent:
            return _item(lambda item: item.date is not None and compare(item.date.astimezone(SHANGHAI).date(), given))
        return _item(lambda item: compare(item.received_at.astimezone(SHANGHAI).date(), given))

    def _text(self, name: bytes) -> Key:
        field = b""
        if name == b"HEADER":
            field = self._words.astring().lower()
            self._words.space()
        elif name in _FIELDS:
            field = name.lower()
        wanted = folded(self._words.astring().decode(self._codec, "replace"))
        if field:
            return Key(Knows.HEADER, lambda one: _in_field(one.header, field, wanted))
        if name == b"SUBJECT":
            return _item(lambda item: wanted in folded(item.subject))
        if name == b"FROM":
            return _item(lambda item: wanted in folded(f"{item.sender.name} <{item.sender.address}>"))
        if name == b"BODY":
            return Key(Knows.TEXT, lambda one: wanted in folded(one.text))
        if name == b"TEXT":
            return Key(Knows.TEXT, lambda one: wanted in folded(one.text) or _in_field(one.header, b"", wanted))
        raise BadCommandError("unknown search key")


def _simple(name: bytes) -> Key | None:
    if name in (b"ALL", b"OLD"):
        return _item(lambda _: True)
    if name in (b"NEW", b"RECENT"):  # nothing is ever \Recent here, see session.py
        return _item(lambda _: False)
    if name in _FLAGS:
        flag = _FLAGS[name]
        return _item(lambda item: flag in item.flags)
    if name.startswith(b"UN") and name[2:] in _FLAGS:
        flag = _FLAGS[name[2:]]
        return _item(lambda item: flag not in item.flags)
    return None


def _item(holds: Callable[[MailItem], bool]) -> Key:
    return Key(Knows.ITEM, lambda one: holds(one.item))


def _all(keys: list[Key]) -> Key:
    return Key(max(key.knows for key in keys), lambda one: all(key.holds(one) for key in keys))


def _numbered(wanted: tuple[Range, ...], numbers: Sequence[int]) -> Key:
    found = frozenset(picked(wanted, numbers))
    return Key(Knows.ITEM, lambda one: one.number in found)


def _uid(wanted: tuple[Range, ...], uids: Sequence[int]) -> Key:
    found = frozenset(picked(wanted, uids))
    return Key(Knows.ITEM, lambda one: one.item.uid in found)


def _in_field(header: bytes, name: bytes, wanted: str) -> bool:
    """Say whether a field with the name (any when it is empty) holds the text; an empty text is in every field."""
    return any(
        wanted in folded(field_text(field.value.decode("utf-8", "surrogateescape")))
        for field in header_fields(header)
        if not name or field.name.lower() == name
    )
