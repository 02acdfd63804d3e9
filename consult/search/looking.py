"""The store's own search (库内检索), for while the engine can't be had: it looks through the newest letters one by one.

It follows the same rules as the indexes do, but looks at so many letters only, and the page says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from minxin.consult.assistant.passages import may_be_shown
from minxin.consult.ports import LetterStore, QueueFilter
from minxin.consult.records import Letter, OrderState, PublicCopy, WorkOrder
from minxin.consult.search.entries import COMPANY, DISCIPLINE, PUBLIC, WRITER, entries_of
from minxin.consult.search.records import FACETS, SearchAnswer, SearchEntry, SearchHit, SearchQuery, ranked_counts
from minxin.consult.search.words import holds
from minxin.core.paging import MAX_PAGE, Page, PageRequest

MOST_LOOKED_AT: Final = 1_000  # letters: a tenth of a millisecond each
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_FIRST: Final = PageRequest(None, MAX_PAGE)
_ALL_STATES: Final = tuple(sorted(OrderState))

Found = tuple[SearchHit, SearchEntry]


async def look_through(store: LetterStore, query: SearchQuery) -> SearchAnswer:
    """Answer a query from the newest letters of the store that its audience may find."""
    found: dict[str, Found] = {}
    batches = _published(store) if query.audience == (PUBLIC,) else _letters(store, query.audience)
    async for letters in batches:
        ids = [letter.id for letter in letters]
        orders: dict[str, list[WorkOrder]] = {one: [] for one in ids}
        for order in await store.orders_of_letters(ids):
            orders[order.letter_id].append(order)
        copies = await store.get_all(PublicCopy, ids)
        cases = [(letter, orders[letter.id], copies.get(letter.id)) for letter in letters]
        found |= {hit.id: (hit, entry) for hit, entry in await asyncio.to_thread(_matching, cases, query)}
    ranked = sorted(found.values(), key=lambda one: (one[0].whole, one[0].place), reverse=True)
    rest = [hit for hit, _ in ranked if query.after is None or (hit.whole, hit.place) < query.after]
    facets = {name: _counted(ranked, name) for name in FACETS}
    return SearchAnswer(tuple(rest[: query.size]), len(ranked), facets)


async def _letters(store: LetterStore, audience: Sequence[str]) -> AsyncIterator[Sequence[Letter]]:
    """Yield the newest letters of each writer and company, sealed ones for their desk, and for staff those of all."""
    for one in audience:
        kind, _, key = one.partition(":")
        if kind in (WRITER, COMPANY):
            read = store.letters_of if kind == WRITER else store.letters_of_company
            async for letters in _newest(partial(read, key)):
                yield letters
    if DISCIPLINE in audience:
        sealed = await store.order_queue(QueueFilter(_ALL_STATES, sealed=True), _FIRST)
        yield list({item.letter.id: item.letter for item in sealed.items}.values())
    if any(one.partition(":")[0] not in (WRITER, COMPANY) for one in audience):
        async for letters in _newest(partial(store.letters_within, _BEGINNING, _END)):
            yield letters


async def _newest(read: Callable[[PageRequest], Awaitable[Page[Letter]]]) -> AsyncIterator[Sequence[Letter]]:
    looked_at, page = 0, _FIRST
    while looked_at < MOST_LOOKED_AT:
        found = await read(page)
        looked_at += len(found.items)
        yield found.items
        if found.next is None:
            break
        page = PageRequest(found.next, MAX_PAGE)


async def _published(store: LetterStore) -> AsyncIterator[Sequence[Letter]]:
    looked_at, page = 0, _FIRST
    while looked_at < MOST_LOOKED_AT:
        found = await store.published_copies(page)
        letters = await store.get_all(Letter, [copy.id for copy in found.items])
        looked_at += len(found.items)
        yield [letters[copy.id] for copy in found.items if may_be_shown(copy, letters.get(copy.id))]
        if found.next is None:
            break
        page = PageRequest(found.next, MAX_PAGE)


def _matching(
    cases: Iterable[tuple[Letter, Sequence[WorkOrder], PublicCopy | None]], query: SearchQuery
) -> list[Found]:
    found = []
    for entry in (entry for case in cases for entry in entries_of(*case)):
        whole = holds(query.wanted, entry.words, entry.whole) if _fits(entry, query) else None
        if whole is not None:
            found.append((SearchHit(entry.id, whole, entry.place), entry))
    return found


def _fits(entry: SearchEntry, query: SearchQuery) -> bool:
    if not set(entry.audience) & set(query.audience):
        return False
    return all(value in getattr(entry, name) for name, value in query.narrowed.chosen())


def _counted(found: Iterable[Found], name: str) -> tuple[tuple[str, int], ...]:
    return ranked_counts(Counter(value for _, entry in found for value in getattr(entry, name)).items())
