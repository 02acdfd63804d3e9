"""Like letters (相似来信): offered to a writer before he sends, and to whoever works on a letter.

A citizen is shown what is published and what he wrote himself. Staff are shown what they may see by the access door.
A sealed letter is like none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from minxin.consult.access import may_see
from minxin.consult.alike_ports import LetterMatcher
from minxin.consult.alike_records import LetterMarks
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, LetterState, PublicCopy, WorkOrder
from minxin.core.actor import Actor
from minxin.core.alike import Alike, AlikeText
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError
from minxin.core.paging import PageRequest

MOST_SHOWN: Final = 5
_CANDIDATES: Final = 60  # of which a handler may see a few
_COMPARED: Final = 16
_COPIES_AMONG: Final = 300
_OWN: Final = 20
_LEARNT_FROM: Final = 300
_PAGE: Final = 100
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LikeLetter(Struct, frozen=True):
    """A letter like another, with its work orders that the reader may see; ``same_writer`` wrote both."""

    letter: Letter
    orders: tuple[WorkOrder, ...]
    alike: Alike
    same_writer: bool


class LikeCopy(Struct, frozen=True):
    """A published letter with its answer that is like what is being written."""

    copy: PublicCopy
    alike: Alike


class Offer(Struct, frozen=True):
    """What a writer is offered before he sends: what was answered to others, and what he wrote before."""

    published: tuple[LikeCopy, ...] = ()
    own: tuple[LikeLetter, ...] = ()


class LikeLetters:
    """Finds like letters. Comparing takes milliseconds and is done off the event loop."""

    def __init__(self, store: LetterStore, clock: Clock, matcher: LetterMatcher) -> None:
        self._store = store
        self._clock = clock
        self._matcher = matcher

    async def mark(self, limit: int) -> int:
        """Mark up to ``limit`` letters that have no marks yet and return how many there were; idempotent."""
        letters = await self._store.letters_to_mark(limit)
        if letters:
            records = await asyncio.to_thread(lambda: [self._marked(letter) for letter in letters])
            try:
                await self._store.commit(Changes(inserts=list(records)))
            except DuplicateError:
                return 0  # another process of the service was faster
        return len(letters)

    async def learn(self) -> None:
        """Learn from the newest letters what all letters have in common."""
        letters: list[tuple[str, str]] = []
        page = PageRequest(None, _PAGE)
        end = self._clock.now()
        while len(letters) < _LEARNT_FROM:
            found = await self._store.letters_within(_BEGINNING, end, page)
            letters += [(letter.subject, letter.text) for letter in found.items]
            if found.next is None:
                break
            page = PageRequest(found.next, _PAGE)
        await asyncio.to_thread(self._matcher.learn, letters)

    async def of_letter(self, actor: Actor, letter: Letter) -> tuple[LikeLetter, ...]:
        """Return the letters like one that the actor got through the access door, as far as he may see them."""
        if letter.sealed:
            return ()
        kept = await self._store.get(LetterMarks, letter.id)
        marks = kept.marks if kept else (await asyncio.to_thread(self._marked, letter)).marks
        ids = [one for one in await self._store.letters_marked(marks, _CANDIDATES) if one != letter.id]
        visible = await self._visible(actor, ids)
        others = [seen[0] for seen in visible.values()][:_COMPARED]
        found = await asyncio.to_thread(self._compare, self._text(letter), others)
        return tuple(
            LikeLetter(*visible[one.id], one, visible[one.id][0].writer_id == letter.writer_id)
            for one in found[:MOST_SHOWN]
        )

    async def while_writing(self, actor: Actor, subject: str, text: str, place: str) -> Offer:
        """Return what is like the words that somebody is about to send."""
        places = await asyncio.to_thread(self._matcher.places, subject, text, place)
        asked = AlikeText("", self._clock.now(), subject, text, places)
        marks = await asyncio.to_thread(self._matcher.marks, subject, text, places)
        ids = await self._store.letters_marked(marks, _COPIES_AMONG)
        copies = {copy.id: copy for copy in await self._store.published_among(ids)}
        ranked = [copies[one] for one in ids if one in copies][:_COMPARED]
        published = await asyncio.to_thread(self._compare_copies, asked, ranked)
        mine = await self._store.letters_of(actor.id, PageRequest(None, _OWN))
        own = {letter.id: letter for letter in mine.items if letter.state is not LetterState.WITHDRAWN}
        again = await asyncio.to_thread(self._compare, asked, list(own.values()))
        return Offer(
            tuple(LikeCopy(copies[one.id], one) for one in published[:MOST_SHOWN]),
            tuple(LikeLetter(own[one.id], (), one, same_writer=True) for one in again[:MOST_SHOWN]),
        )

    async def _visible(self, actor: Actor, ids: Sequence[str]) -> dict[str, tuple[Letter, tuple[WorkOrder, ...]]]:
        """Return the letters that the actor may see, in the order of the ids, by the rule of the access door."""
        orders: dict[str, list[WorkOrder]] = {one: [] for one in ids}
        letters = {letter.id: letter for letter in await self._store.letters_with(ids)}
        for order in await self._store.orders_of_letters(list(letters)):
            orders[order.letter_id].append(order)
        found = {}
        for letter in (letters[one] for one in ids if one in letters):
            seen = tuple(order for order in orders[letter.id] if may_see(actor, letter, order))
            if not letter.sealed and (seen or may_see(actor, letter, None)):
                found[letter.id] = (letter, seen)
        return found

    def _marked(self, letter: Letter) -> LetterMarks:
        places = self._matcher.places(letter.subject, letter.text, letter.place)
        return LetterMarks(id=letter.id, marks=self._matcher.marks(letter.subject, letter.text, places))

    def _compare(self, asked: AlikeText, others: Iterable[Letter]) -> list[Alike]:
        return self._matcher.alike(asked, [self._text(letter) for letter in others])

    def _compare_copies(self, asked: AlikeText, copies: Iterable[PublicCopy]) -> list[Alike]:
        texts = []
        for copy in copies:
            places = self._matcher.places(copy.subject, copy.text, "")
            texts.append(AlikeText(copy.id, copy.proposed_at, copy.subject, copy.text, places))
        return self._matcher.alike(asked, texts)

    def _text(self, letter: Letter) -> AlikeText:
        places = self._matcher.places(letter.subject, letter.text, letter.place)
        return AlikeText(letter.id, letter.received_at, letter.subject, letter.text, places)
