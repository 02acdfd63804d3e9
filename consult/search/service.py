"""Searching letters and published answers (检索): found by an engine, shown from the store.

Whatever an index says is a copy: each letter that it names is asked for at the access door again. While the engine
can't be had, the store is looked through itself, as far as that goes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from msgspec import Struct, structs

from minxin.consult.access import is_shared, may_see
from minxin.consult.assistant.passages import may_be_shown
from minxin.consult.behalf import Principals
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, PublicCopy, WorkOrder
from minxin.consult.search.entries import PUBLIC, audience_of, letter_of, own_audience
from minxin.consult.search.looking import look_through
from minxin.consult.search.marking import Piece, excerpt, marked
from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.records import Backlog, IndexState, Narrowed, SearchAnswer, SearchBuild, SearchQuery
from minxin.consult.search.words import Wanted, wanted_of
from minxin.core.actor import Actor, Role
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError, UnavailableError
from minxin.core.meters import SEARCH_SECONDS
from minxin.core.paging import PageRequest, decode_cursor, encode_cursor, page_size

log = logging.getLogger(__name__)

OWN_FACETS: Final = ("kind", "month")
PATIENCE_S: Final = 3.0  # a page does not wait longer for an engine


class FoundLetter(Struct, frozen=True):
    """A letter that was found, with its work orders that the reader may see; the words looked for are marked."""

    letter: Letter
    orders: tuple[WorkOrder, ...]
    subject: tuple[Piece, ...]
    text: tuple[Piece, ...]


class FoundCopy(Struct, frozen=True):
    """A published answer that was found; the words looked for are marked."""

    copy: PublicCopy
    subject: tuple[Piece, ...]
    text: tuple[Piece, ...]


class Found(Struct, frozen=True):
    """A page of what was found, and what all of it is made of.

    ``limited`` says that the engine could not be asked and the newest letters alone were looked through. ``behind`` is
    how far the index is behind the store.
    """

    letters: tuple[FoundLetter, ...]
    copies: tuple[FoundCopy, ...]
    total: int
    facets: dict[str, tuple[tuple[str, int], ...]]
    next: str | None
    limited: bool
    behind: Backlog


class SearchHealth(Struct, frozen=True):
    """How the search is: ``index`` is None while the engine can't be had, ``lag`` is since when the oldest waits."""

    index: IndexState | None
    behind: Backlog
    lag: timedelta
    build: SearchBuild | None


class LetterSearch:
    """Finds letters for those who may see them, and published answers for everybody."""

    def __init__(self, store: LetterStore, clock: Clock, engine: SearchEngine, principals: Principals) -> None:
        self._store = store
        self._clock = clock
        self._engine = engine
        self._principals = principals

    async def letters(self, actor: Actor, text: str, page: PageRequest, narrowed: Narrowed = Narrowed()) -> Found:  # noqa: B008
        """Return a page of the letters that the actor may see and the words find; all of them without words.

        Raises ``InvalidInputError`` for words that can't be looked for or a bent cursor.
        """
        wanted = wanted_of(text)
        ids, found = await self._find(audience_of(actor), wanted, page, narrowed)
        return structs.replace(found, letters=await self._letters(actor, ids, wanted))

    async def own(self, actor: Actor, text: str, page: PageRequest, narrowed: Narrowed = Narrowed()) -> Found:  # noqa: B008
        """Return a page of the actor's own letters and of those in the name of his companies.

        Facets are kind and month alone: what goes on inside the offices is not told outside of them.

        Raises ``InvalidInputError`` for words that can't be looked for or a bent cursor.
        """
        wanted = wanted_of(text)
        company_ids = await self._principals.company_ids(actor.id)
        within = Narrowed(kind=narrowed.kind, month=narrowed.month)
        ids, found = await self._find(own_audience(actor.id, company_ids), wanted, page, within)
        letters = await self._letters(actor, ids, wanted, company_ids)
        facets = {name: values for name, values in found.facets.items() if name in OWN_FACETS}
        return structs.replace(found, letters=letters, facets=facets)

    async def published(self, text: str, page: PageRequest, narrowed: Narrowed = Narrowed()) -> Found:  # noqa: B008
        """Return a page of the published answers that the words find. Raises ``InvalidInputError``."""
        wanted = wanted_of(text)
        ids, found = await self._find((PUBLIC,), wanted, page, narrowed)
        return structs.replace(found, copies=await self._copies(ids, wanted))

    async def health(self, actor: Actor) -> SearchHealth:
        """Return how the search is, for an administrator; raises ``NotFoundError`` for anybody else."""
        if not actor.is_a(Role.ADMINISTRATOR):
            raise NotFoundError
        return await self.look()

    async def look(self) -> SearchHealth:
        """Return how the search is, for whoever watches the machines: figures alone."""
        behind = await self._store.search_backlog()
        lag = self._clock.now() - behind.oldest if behind.oldest else timedelta()
        try:
            async with asyncio.timeout(PATIENCE_S):
                index = await self._engine.state()
        except (UnavailableError, TimeoutError):
            index = None
        return SearchHealth(index, behind, max(lag, timedelta()), await self._store.search_build())

    async def _find(
        self, audience: tuple[str, ...], wanted: Wanted, page: PageRequest, narrowed: Narrowed
    ) -> tuple[list[str], Found]:
        """Return the ids of the letters of a page, and what is to be said of them all."""
        size = page_size(page)
        query = SearchQuery(
            wanted=wanted, audience=audience, narrowed=narrowed, after=_after(page.after), size=size + 1
        )
        behind = await self._store.search_backlog()
        answer = await self._asked(query, behind)
        limited = answer is None
        if answer is None:
            answer = await look_through(self._store, query)
        hits = answer.hits[:size]
        last = encode_cursor(int(hits[-1].whole), hits[-1].place) if len(answer.hits) > size else None
        found = Found((), (), answer.total, answer.facets, last, limited, behind)
        return [letter_of(hit.id) for hit in hits], found

    async def _asked(self, query: SearchQuery, behind: Backlog) -> SearchAnswer | None:
        """Return the engine's answer, None when it can't be had.

        Nor is it asked while a letter that was sealed waits to be taken out: nobody may find it, not even as a count.
        """
        if behind.sealed:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                if not (await self._engine.state()).name:
                    return None
                with SEARCH_SECONDS.labels("letters").time():
                    return await self._engine.search(query)
        except (UnavailableError, TimeoutError):
            log.warning("the search engine can't be had", extra={"event": "search_down"})
            return None

    async def _letters(
        self, actor: Actor, ids: list[str], wanted: Wanted, company_ids: Collection[str] = ()
    ) -> tuple[FoundLetter, ...]:
        """Ask for each letter at the door again; ``company_ids`` are those whose letters the actor may read."""
        letters = await self._store.get_all(Letter, ids)
        orders: dict[str, list[WorkOrder]] = {one: [] for one in ids}
        for order in await self._store.orders_of_letters(list(letters)):
            orders[order.letter_id].append(order)
        found = []
        for letter in (letters[one] for one in ids if one in letters):
            shared = is_shared(letter, company_ids)
            seen = tuple(order for order in orders[letter.id] if shared or may_see(actor, letter, order))
            if seen or shared or may_see(actor, letter, None):
                found.append(FoundLetter(letter, seen, marked(letter.subject, wanted), excerpt(letter.text, wanted)))
        return tuple(found)

    async def _copies(self, ids: list[str], wanted: Wanted) -> tuple[FoundCopy, ...]:
        copies = await self._store.get_all(PublicCopy, ids)
        letters = await self._store.get_all(Letter, ids)
        shown = [copies[one] for one in ids if one in copies and may_be_shown(copies[one], letters.get(one))]
        return tuple(FoundCopy(one, marked(one.subject, wanted), _excerpt_of(one, wanted)) for one in shown)


def _excerpt_of(copy: PublicCopy, wanted: Wanted) -> tuple[Piece, ...]:
    """Return the letter's words around the first mark, or the answer's where only that has one."""
    found = excerpt(copy.text, wanted)
    if any(piece.marked for piece in found):
        return found
    answer = excerpt(copy.answer, wanted)
    return answer if any(piece.marked for piece in answer) else found


def _after(cursor: str | None) -> tuple[bool, int] | None:
    if cursor is None:
        return None
    whole, place = decode_cursor(cursor, int, int)
    return bool(whole), int(place)
