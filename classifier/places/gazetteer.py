"""The gazetteer (地名库): names with where they lie, and the longest one that begins at a place in a text.

Names are kept as a tree of characters, so that a look-up costs the length of the name and not the size of the book.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from minxin.classifier.text import fold
from minxin.core.places import Area, PlaceKind

LEAST_NAME: Final = 2  # characters; a single one is a word of the language
MOST_NAME: Final = 30

_END: Final = ""
# The area of such a place goes down to the place itself.
_IS_AREA: Final = frozenset({PlaceKind.DISTRICT, PlaceKind.STREET, PlaceKind.COMMUNITY, PlaceKind.VILLAGE})


class Entry(Struct, frozen=True):
    """A place with the area that it lies in (``within``) and the other names that people call it by."""

    name: str
    kind: PlaceKind
    within: Area
    aliases: tuple[str, ...] = ()

    @property
    def area(self) -> Area:
        """Return the area that a letter about this place is about."""
        return (*self.within, self.name) if self.kind in _IS_AREA else self.within


class Gazetteer:
    """Finds known names; entries may be added at any time, and adding one again changes nothing."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[Entry, None] = {}
        self._tree: dict[str, Any] = {}
        self._streets: dict[Area, None] = {}
        self.longest = 0
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Add an entry under its name and aliases; a name of one character is left out."""
        if entry in self._entries:
            return
        self._entries[entry] = None
        if entry.kind is PlaceKind.STREET:
            self._streets[entry.area] = None
        for name in (entry.name, *entry.aliases):
            folded = folded_name(name)
            if LEAST_NAME <= len(folded) <= MOST_NAME:
                self._insert(folded, entry)

    def remove(self, entry: Entry) -> None:
        """Take an entry out; one that is not there changes nothing."""
        if entry not in self._entries:
            return
        del self._entries[entry]
        self._streets.pop(entry.area, None)
        for name in (entry.name, *entry.aliases):
            node: dict[str, Any] = self._tree
            for character in folded_name(name):
                node = node.get(character, {})
            if entry in node.get(_END, ()):
                node[_END].remove(entry)
                if not node[_END]:
                    del node[_END]

    def longest_at(self, folded: str, start: int) -> tuple[int, tuple[Entry, ...]]:
        """Return the end of the longest known name that begins there, with its entries; ``start`` when none does."""
        node = self._tree
        end, found = start, ()
        for position in range(start, min(start + self.longest, len(folded))):
            if folded[position] not in node:
                break
            node = node[folded[position]]
            if _END in node:
                end, found = position + 1, tuple(node[_END])
        return end, found

    def named(self, name: str) -> tuple[Entry, ...]:
        """Return the entries that have exactly this name or alias."""
        folded = folded_name(name)
        end, found = self.longest_at(folded, 0)
        return found if folded and end == len(folded) else ()

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries in the order in which they were added."""
        return tuple(self._entries)

    def streets(self) -> tuple[Area, ...]:
        """Return the areas of all streets and towns."""
        return tuple(self._streets)

    def _insert(self, folded: str, entry: Entry) -> None:
        node = self._tree
        for character in folded:
            node = node.setdefault(character, {})
        node.setdefault(_END, []).append(entry)
        self.longest = max(self.longest, len(folded))


def folded_name(name: str) -> str:
    """Return a name as it is looked up: width, case and traditional forms folded, white space out."""
    return "".join(fold(name).text.split())
