"""The knowledge base as staff work on it and everybody reads it (知识库)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from typing import Final

from msgspec.structs import replace

from minxin.consult.assistant.gaps import Gap
from minxin.consult.assistant.open_gaps import OpenGaps
from minxin.consult.decision import Deed
from minxin.consult.knowledge import decisions
from minxin.consult.knowledge.access import WRITING_ROLES, access_entry, may_write
from minxin.consult.knowledge.closing import closed_by, told
from minxin.consult.knowledge.decisions import PersonalIn, day_of, must_be
from minxin.consult.knowledge.passages import shown_on
from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.words import WAY_MAX, WAYS_MAX, EntryWords
from minxin.consult.ports import LetterStore, PersonalDataFinder
from minxin.consult.publication import CENTRE_ROLES
from minxin.consult.records import Office
from minxin.consult.redaction import certain_in, redact, tally
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor
from minxin.core.audit import SealedEvent
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.personal import Personal

WARNED_BEFORE: Final = timedelta(days=30)
MARKS_NAMED: Final = 50  # of a gap: one that is still open is enough to know it by
_READ: Final = ("question", "answer", "basis")


def personal_in(words: EntryWords | EntryVersion, finder: PersonalDataFinder) -> PersonalIn:
    """Return by field what an entry can't hold and these words do; takes time in proportion to them."""
    texts = {field: str(getattr(words, field)) for field in _READ}
    texts["other_ways"] = "\n".join(words.other_ways)
    return {field: certain_in(text, finder.find(text)) for field, text in texts.items()}


class Knowledge:
    """Keeps the knowledge base. Staff's methods raise ``NotFoundError`` for an entry that the actor may not see."""

    def __init__(self, store: LetterStore, clock: Clock, finder: PersonalDataFinder, gaps: OpenGaps) -> None:
        self._store = store
        self._clock = clock
        self._finder = finder
        self._gaps = gaps

    @property
    def today(self) -> date:
        """Return the day on which entries are shown or not."""
        return day_of(self._clock.now())

    async def shown(self, entry_id: str) -> KnowledgeEntry:
        """Return an entry that everybody may read today; raises ``NotFoundError`` for any other."""
        entry = await self._store.get(KnowledgeEntry, entry_id)
        if entry is None or shown_on(entry, self.today) is None:
            raise NotFoundError
        return entry

    async def all_shown(self, office_id: str | None, text: str, page: PageRequest) -> Page[KnowledgeEntry]:
        """Return what everybody may read today, the last changed first."""
        return await self._store.knowledge_entries(EntryFilter(office_id, shown_on=self.today, text=text), page)

    async def entries(self, actor: Actor, wanted: EntryFilter, page: PageRequest) -> Page[KnowledgeEntry]:
        """Return the entries that the actor may work on; raises ``NotFoundError`` for who works on none."""
        if not actor.is_a(*WRITING_ROLES):
            raise NotFoundError
        if not actor.is_a(*CENTRE_ROLES):
            wanted = replace(wanted, office_id=actor.office_id or "")
        return await self._store.knowledge_entries(wanted, page)

    async def entry(self, actor: Actor, entry_id: str) -> KnowledgeEntry:
        """Return one entry with its drafts and versions."""
        return await access_entry(self._store, actor, entry_id)

    async def events(self, actor: Actor, entry_id: str) -> list[SealedEvent]:
        """Return every step of the entry."""
        entry = await access_entry(self._store, actor, entry_id)
        return await self._store.events(decisions.stream_of(entry.id))

    async def left_in(self, version: EntryVersion) -> dict[Personal, int]:
        """Return what personal data a finder still sees in the words, for the second person to look at."""
        texts = [getattr(version, field) for field in _READ]
        found = await asyncio.to_thread(
            lambda: [redact(text, self._finder.find(text), office_lines=True).found for text in texts]
        )
        return tally(found)

    async def for_gaps(self, actor: Actor) -> list[KnowledgeEntry]:
        """Return the entries of all offices whose draft is written for a gap; ``NotFoundError`` for who writes none."""
        if not actor.is_a(*WRITING_ROLES):
            raise NotFoundError
        return await self._store.knowledge_for_gaps()

    async def writable(self, actor: Actor, entry_ids: Collection[str]) -> dict[str, KnowledgeEntry]:
        """Return by id those of the entries that the actor may write."""
        found = await self._store.get_all(KnowledgeEntry, entry_ids)
        return {one.id: one for one in found.values() if may_write(actor, one.office_id)}

    async def as_asked(self, gap: Gap) -> tuple[str, ...]:
        """Return the gap's questions as an entry may have them: short, each once, without personal data."""

        def read() -> Iterator[str]:
            for text in gap.questions:
                yield redact(text, self._finder.find(text)).text.strip()[:WAY_MAX]

        return tuple(dict.fromkeys(filter(None, await asyncio.to_thread(lambda: list(read())))))[:WAYS_MAX]

    async def draft(
        self, actor: Actor, office_id: str, words: EntryWords, *, origin: str, gap: Gap | None = None
    ) -> str:
        """Begin an entry of the office, and return its id; with a gap its publication closes it.

        Raises ``InvalidInputError`` ``knowledge.office`` for an office that the actor may not write for, and
        ``InvalidFormError``.
        """
        office = await self._store.get(Office, office_id)
        if office is None or not may_write(actor, office_id):
            raise InvalidInputError("knowledge.office", field="office_id")
        changes = decisions.drafted(self._deed(actor, origin), office_id, words, gap_mark_ids=_marks_of(gap))
        await self._store.commit(changes)
        return changes.inserts[0].id

    async def change(
        self,
        actor: Actor,
        entry_id: str,
        words: EntryWords,
        seen: int | None,
        *,
        origin: str,
        gap: Gap | None = None,
    ) -> None:
        """Write the entry's draft anew, for a gap too; ``seen`` is the version of the record that was edited.

        Raises ``ConflictError`` when somebody else changed it in between, ``IllegalMoveError``, ``InvalidFormError``.
        """
        deed = self._deed(actor, origin)
        marks = _marks_of(gap)
        await self._decide(
            actor, entry_id, seen, lambda entry: decisions.changed(deed, entry, words, gap_mark_ids=marks)
        )

    async def submit(self, actor: Actor, entry_id: str, *, origin: str) -> None:
        """Have the draft reviewed (送审)."""
        deed = self._deed(actor, origin)

        async def attempt() -> Changes:
            entry = await access_entry(self._store, actor, entry_id)
            return decisions.submitted(deed, entry, await self._personal(entry))

        await commit_decided(self._store, attempt)

    async def approve(self, actor: Actor, entry_id: str, seen: int | None, *, origin: str) -> None:
        """Publish what is in review, as the second person, and close the gaps that it answers.

        Raises ``ConflictError`` when it is not what was seen.
        """
        deed = self._deed(actor, origin)

        async def attempt() -> Changes:
            entry = await access_entry(self._store, actor, entry_id)
            must_be(entry, seen)
            changes = decisions.published(deed, entry, await self._personal(entry))
            answered = [told(entry.current, shown) for shown in changes.puts if isinstance(shown, KnowledgeEntry)]
            closed = closed_by(answered, await self._gaps.all())
            return changes + await self._gaps.settle(actor, deed.at, closed)

        await commit_decided(self._store, attempt)

    async def send_back(self, actor: Actor, entry_id: str, comment: str, *, origin: str) -> None:
        """Give what is in review back to be put right (退回修改)."""
        deed = self._deed(actor, origin)
        await self._decide(actor, entry_id, None, lambda entry: decisions.sent_back(deed, entry, comment))

    async def withdraw(self, actor: Actor, entry_id: str, reason: str, *, origin: str) -> None:
        """Take the entry off (撤下)."""
        deed = self._deed(actor, origin)
        await self._decide(actor, entry_id, None, lambda entry: decisions.withdrawn(deed, entry, reason))

    async def drop(self, actor: Actor, entry_id: str, *, origin: str) -> None:
        """Throw the draft away (放弃草稿)."""
        deed = self._deed(actor, origin)
        await self._decide(actor, entry_id, None, lambda entry: decisions.dropped(deed, entry))

    async def take_over(self, actor: Actor, entry_id: str, number: int, *, origin: str) -> None:
        """Write a new draft from an old version (沿用旧版本)."""
        deed = self._deed(actor, origin)
        await self._decide(actor, entry_id, None, lambda entry: decisions.taken_over(deed, entry, number))

    async def _decide(
        self, actor: Actor, entry_id: str, seen: int | None, decide: Callable[[KnowledgeEntry], Changes]
    ) -> None:
        async def attempt() -> Changes:
            entry = await access_entry(self._store, actor, entry_id)
            must_be(entry, seen)
            return decide(entry)

        await commit_decided(self._store, attempt)

    async def _personal(self, entry: KnowledgeEntry) -> PersonalIn:
        if entry.proposed is None:
            return {}
        return await asyncio.to_thread(personal_in, entry.proposed, self._finder)

    def _deed(self, actor: Actor, origin: str) -> Deed:
        return Deed(actor, self._clock.now(), origin)


def _marks_of(gap: Gap | None) -> tuple[str, ...]:
    """Return the gap's last marks: groups change as people ask, the newest marks stay in it longest."""
    return tuple(mark.id for mark in gap.marks[-MARKS_NAMED:]) if gap else ()
