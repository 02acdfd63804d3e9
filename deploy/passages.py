"""What can be found (检索内容): knowledge, matters, duties and published answers, for the process that searches.

The store is asked what changed, at most twice a second; of published answers there may be a hundred thousand, which
are read and told a lot at a time. Whatever the searching process knows is a copy: what is shown is read afresh, and
only when it may be shown today.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from minxin.classifier.retrieval.entries import Entry
from minxin.consult.assistant.passage_ports import PublishedReads
from minxin.consult.assistant.passages import may_be_shown, passage_of_duty, passage_of_published
from minxin.consult.knowledge.passages import passage_of_entry
from minxin.consult.knowledge.ports import KnowledgeReads
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.matters.passages import passages_of_matter
from minxin.consult.matters.ports import MatterReads
from minxin.consult.matters.records import Matter
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, Office, PublicCopy
from minxin.consult.synonyms.ports import SynonymReads
from minxin.core.clock import SHANGHAI, Clock
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.core.passages import Hit, Passage, Source, passage_id
from minxin.deploy.retrieval_frames import Changed, News, SynonymTable
from minxin.deploy.retrieval_process import RetrievalProcess

FRESH: Final = timedelta(seconds=0.5)
# A record is stamped before it is committed, by a clock that may be another machine's.
OVERLAP: Final = timedelta(seconds=10)
PIECE: Final = MAX_PAGE  # entries that are told at once: some tenths of a second to hear
MOST_QUOTED: Final = 2_000  # characters of a published letter that are searched beside its answer
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FeedReads(KnowledgeReads, MatterReads, PublishedReads, SynonymReads, Protocol):
    """What the feed asks of the store."""

    async def offices(self) -> list[Office]: ...


class PassageFeed:
    """Tells one searching process what changed since it was told last, at first everything."""

    def __init__(self, store: FeedReads, clock: Clock, *, fresh: timedelta = FRESH) -> None:
        self._store = store
        self._clock = clock
        self._fresh_s = fresh.total_seconds()
        self._asked_at = -self._fresh_s
        self._since = dict.fromkeys((Source.KNOWLEDGE, Source.MATTER, Source.PUBLISHED), _BEGINNING)
        self._told: dict[str, int] = {}  # the hash of each entry: their texts would take hundreds of megabytes
        self._ends: dict[str, date] = {}
        self._synonym_changes = 0

    async def news(self) -> AsyncIterator[News]:
        """Yield what changed since the last call; raises the store's errors."""
        if time.monotonic() - self._asked_at < self._fresh_s:
            return
        known, matters, offices, changes = await asyncio.gather(
            self._store.knowledge_since(self._since[Source.KNOWLEDGE]),
            self._store.matters_since(self._since[Source.MATTER]),
            self._store.offices(),
            self._store.synonym_changes(),
        )
        for piece in self._pieces((*_of_knowledge(known), *_of_matters(matters), *_of_duties(offices))):
            yield piece
        self._look_on(Source.KNOWLEDGE, (entry.changed_at for entry in known))
        self._look_on(Source.MATTER, (matter.changed_at for matter in matters))
        async for copies in self._published():
            for piece in self._pieces(tuple(_of_published(copies))):
                yield piece
            self._look_on(Source.PUBLISHED, (copy.decided_at for copy in copies if copy.decided_at))
        if changes != self._synonym_changes:
            yield SynonymTable(tuple((pair.said, pair.meant) for pair in await self._store.all_synonyms()))
            self._synonym_changes = changes
        self._asked_at = time.monotonic()

    async def _published(self) -> AsyncIterator[Sequence[PublicCopy]]:
        start, page = self._since[Source.PUBLISHED], PageRequest(None, PIECE)
        while True:
            found = await self._store.published_since(start, page)
            yield found.items
            if found.next is None:
                return
            page = PageRequest(found.next, PIECE)

    def _look_on(self, source: Source, changed: Iterable[datetime]) -> None:
        self._since[source] = max((self._since[source], *(at - OVERLAP for at in changed)))

    def _pieces(self, now: Sequence[tuple[str, Passage | None, str]]) -> list[Changed]:
        """Return what changed, in pieces; the last version of a passage is what counts."""
        today = self._clock.now().astimezone(SHANGHAI).date()
        gone = {one for one, end in self._ends.items() if end < today}
        entries: dict[str, Entry] = {}
        for one, passage, more in now:
            if passage is None or (passage.valid_until is not None and passage.valid_until < today):
                gone.add(one)
                continue
            gone.discard(one)
            entry = entry_of(passage, more)
            if self._told.get(one) != hash(entry):
                entries[one] = entry
            if passage.valid_until is not None:
                self._ends[one] = passage.valid_until
            else:
                self._ends.pop(one, None)
        gone &= self._told.keys()
        for one in gone:
            del self._told[one]
            self._ends.pop(one, None)
        self._told |= {one: hash(entry) for one, entry in entries.items()}
        fresh = tuple(entries.values())
        pieces = [Changed((), tuple(sorted(gone)))] if gone else []
        return pieces + [Changed(fresh[at : at + PIECE], ()) for at in range(0, len(fresh), PIECE)]


def entry_of(passage: Passage, more: str = "") -> Entry:
    """Return what of a passage is searched; ``more`` are words that belong to it and are not shown."""
    cases = (condition.value for condition in passage.conditions)
    body = "\n".join(part for part in (passage.text, *cases, more) if part)
    return Entry(id=passage.id, kind=passage.source.value, heads=(passage.title, *passage.other_ways), body=body)


def _of_knowledge(entries: Iterable[KnowledgeEntry]) -> Iterator[tuple[str, Passage | None, str]]:
    for entry in entries:
        yield passage_id(Source.KNOWLEDGE, entry.id), passage_of_entry(entry), ""


def _of_matters(matters: Iterable[Matter]) -> Iterator[tuple[str, Passage | None, str]]:
    for matter in matters:
        passage = next(iter(passages_of_matter(matter)), None)
        yield passage_id(Source.MATTER, matter.id), passage, ""


def _of_duties(offices: Iterable[Office]) -> Iterator[tuple[str, Passage | None, str]]:
    for office in offices:
        yield passage_id(Source.DUTY, office.id), passage_of_duty(office), ""


def _of_published(copies: Iterable[PublicCopy]) -> Iterator[tuple[str, Passage | None, str]]:
    for copy in copies:
        yield passage_id(Source.PUBLISHED, copy.id), passage_of_published(copy), copy.text[:MOST_QUOTED]


class PassageSearch:
    """``consult.assistant.ports.Retriever``: found by the child, read from the store."""

    def __init__(self, store: LetterStore, clock: Clock, process: RetrievalProcess) -> None:
        self._store = store
        self._clock = clock
        self._process = process

    async def search(self, question: str, limit: int = 10, sources: frozenset[Source] | None = None) -> list[Hit]:
        """Return at most ``limit`` hits, best first; raises ``UnavailableError`` when nothing can be searched."""
        found = await self._process.find(question, limit, sources)
        return [Hit(one.id, one.score, one.confidence) for one in found]

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Return by id those of the passages that may be shown today."""
        of = {source: [one.partition(":")[2] for one in ids if one.startswith(f"{source}:")] for source in Source}
        entries, matters, offices, copies, letters = await asyncio.gather(
            self._store.get_all(KnowledgeEntry, of[Source.KNOWLEDGE]),
            self._store.get_all(Matter, of[Source.MATTER]),
            self._store.get_all(Office, of[Source.DUTY]),
            self._store.get_all(PublicCopy, of[Source.PUBLISHED]),
            self._store.get_all(Letter, of[Source.PUBLISHED]),
        )
        found = [passage_of_entry(entry) for entry in entries.values()]
        found += [passage for matter in matters.values() for passage in passages_of_matter(matter)]
        found += [passage_of_duty(office) for office in offices.values()]
        shown = (copy for copy in copies.values() if may_be_shown(copy, letters.get(copy.id)))
        found += [passage_of_published(copy) for copy in shown]
        today = self._clock.now().astimezone(SHANGHAI).date()
        return {
            passage.id: passage
            for passage in found
            if passage is not None and (passage.valid_until is None or passage.valid_until >= today)
        }


def feeds(store: FeedReads, clock: Clock) -> Callable[[], PassageFeed]:
    """Return what makes a feed for each searching process."""
    return lambda: PassageFeed(store, clock)
