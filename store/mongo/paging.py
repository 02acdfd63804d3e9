"""Records of one collection, all of them or in pages by cursor, in the order of an index."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from msgspec import Struct

from minxin.core.changes import Record
from minxin.core.paging import Page, PageRequest, decode_cursor, encode_cursor, page_size
from minxin.store.mongo.client import Document
from minxin.store.mongo.reading import Filter, Reader, Sort
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)
T = TypeVar("T")
Sieve = Callable[[list[Document]], Awaitable[list[Document]]]

SIFTED_AT_ONCE: Final = 500


class Order(Struct, frozen=True):
    """The fields that a list is sorted by, the last one unique, with their types."""

    fields: tuple[str, ...]
    types: tuple[type, ...]
    descending: bool = False

    def by(self) -> Sort:
        """Return the fields as a query is sorted by them."""
        return tuple(f"-{field}" for field in self.fields) if self.descending else self.fields

    def after(self, page: PageRequest) -> list[Filter]:
        """Return the conditions that skip what came before; raises ``InvalidInputError``.

        The first of two is what an index can begin at: it does not see through the alternatives of the second.
        """
        if page.after is None:
            return []
        return self.beyond(*decode_cursor(page.after, *self.types))

    def beyond(self, *place: int | str) -> list[Filter]:
        """Return the conditions that skip everything up to this place."""
        beyond = "$lt" if self.descending else "$gt"
        if len(place) == 1:
            return [{self.fields[0]: {beyond: place[0]}}]
        same: Document = {}
        ways: list[Filter] = []
        for field, value in zip(self.fields, place, strict=True):
            ways.append({**same, field: {beyond: value}})
            same[field] = value
        first: Filter = up_to(place[0]) if self.descending else {"$gte": place[0]}
        return [{self.fields[0]: first}, {"$or": ways}]


def since(field: str, instant: datetime, page: PageRequest) -> Document:
    """Return the condition that a list begins at an instant; a later page begins at its cursor alone."""
    return {field: {"$gte": micros(instant)}} if page.after is None else {}


def all_of(*conditions: Filter) -> Filter:
    """Return the condition that all of these hold."""
    kept = [one for one in conditions if one]
    if len(kept) < 2:
        return kept[0] if kept else {}
    names = [name for one in kept for name in one]
    if len(set(names)) == len(names):
        return {name: value for one in kept for name, value in one.items()}
    return {"$and": kept}


def up_to(last: int | str) -> Document:
    """Return the condition that a value is this one or less, as the bound that every server reads alike.

    SecantusDB loses what equals ``$lte`` when the index has more fields.
    """
    return {"$lt": last + 1 if isinstance(last, int) else text_after(last)}


def holding(field: str, text: str) -> Document:
    """Return the condition that the field holds the text somewhere, byte for byte: no pattern, nothing to escape."""
    return {"$gte": [{"$indexOfBytes": [f"${field}", {"$literal": text}]}, 0]}


def text_after(text: str) -> str:
    """Return the least text that sorts after this one, as MongoDB compares."""
    return text + "\0"


async def sifted(
    reader: Reader,
    name: str,
    where: Filter,
    order: Order,
    after: list[Filter],
    wanted: int,
    fields: Iterable[str],
    sieve: Sieve,
) -> list[Document]:
    """Return the first documents in an order that a look into other collections keeps, ``wanted`` of them at most.

    Nothing but a walk in batches tells them: MongoDB joins either one document after the other, or not across shards.
    """
    found: list[Document] = []
    shown = (*order.fields, *fields)
    while len(found) < wanted:
        here = all_of(where, *after)
        batch = await reader.find(name, here, by=order.by(), most=SIFTED_AT_ONCE, fields=shown)
        found += await sieve(batch)
        if len(batch) < SIFTED_AT_ONCE:
            break
        after = order.beyond(*(batch[-1][field] for field in order.fields))
    return found[:wanted]


async def one_record(reader: Reader, table: Table[R], where: Filter, *, by: Sort = ()) -> R | None:
    """Return the first record that the condition names, or None."""
    found = await reader.one(table.name, where, by=by, fields=("body",))
    return table.record(found["body"]) if found else None


async def all_records(reader: Reader, table: Table[R], where: Filter, *, by: Sort = (), most: int = 0) -> list[R]:
    """Return every record that the condition names, ``most`` of them at most unless it is 0."""
    found = await reader.find(table.name, where, by=by, most=most, fields=("body",))
    return [table.record(one["body"]) for one in found]


async def record_page(reader: Reader, table: Table[R], where: Filter, order: Order, page: PageRequest) -> Page[R]:
    """Return one page of the records that the condition names."""
    return await page_of(reader, table.name, where, order, page, ("body",), lambda one: table.record(one["body"]))


async def page_of(
    reader: Reader,
    name: str,
    where: Filter,
    order: Order,
    page: PageRequest,
    fields: Iterable[str],
    make: Callable[[Document], T],
) -> Page[T]:
    """Return one page of what is made of the documents."""
    size = page_size(page)
    shown = (*order.fields, *fields)
    found = await reader.find(name, all_of(where, *order.after(page)), by=order.by(), most=size + 1, fields=shown)
    return cut(found, size, order, make)


def cut(found: Sequence[Document], size: int, order: Order, make: Callable[[Document], T]) -> Page[T]:
    """Make a page of up to ``size`` of the documents; what is more of them says that another page follows."""
    kept = found[:size]
    more = encode_cursor(*(kept[-1][field] for field in order.fields)) if len(found) > size else None
    return Page([make(one) for one in kept], more)
