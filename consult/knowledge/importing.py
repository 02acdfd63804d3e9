"""Importing entries (导入): every row is decided before anything is written, and with one wrong row nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from minxin.consult.assistant.open_gaps import OpenGaps
from minxin.consult.decision import Deed
from minxin.consult.knowledge import decisions
from minxin.consult.knowledge.access import may_review, may_write
from minxin.consult.knowledge.closing import Told, closed_by, told
from minxin.consult.knowledge.decisions import day_of
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.knowledge.service import personal_in
from minxin.consult.knowledge.sheets import RowFault, SheetRow, read_rows
from minxin.consult.knowledge.words import tidy, words_of
from minxin.consult.ports import LetterStore, PersonalDataFinder
from minxin.consult.records import Office
from minxin.consult.trying import commit_decided
from minxin.core.actor import SYSTEM, Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError, NotFoundError


class Imported(Struct, frozen=True):
    """What became of a file. With any fault nothing was kept."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: tuple[RowFault, ...] = ()


class _Plan:
    """Decides row after row."""

    def __init__(
        self, deed: Deed, offices: Sequence[Office], known: Sequence[KnowledgeEntry], finder: PersonalDataFinder | None
    ) -> None:
        self.changes = Changes()
        self.faults: list[RowFault] = []
        self.unchanged = 0
        self.told: list[Told] = []
        self._deed = deed
        self._finder = finder
        own = [one for one in offices if one.routable]
        self._offices = {name: one.id for one in own for name in (one.id, one.name, one.short, one.name_en) if name}
        self._by_id = {entry.id: entry for entry in known}
        self._by_question = {
            (entry.office_id, version.question): entry
            for entry in known
            for version in (entry.current, entry.proposed)
            if version is not None
        }
        self._taken: dict[str | tuple[str, str], int] = {}

    def take(self, row: SheetRow) -> None:
        """Decide on one row."""
        try:
            self._decide(row)
        except InvalidFormError as error:
            self.faults += [RowFault(row.number, one) for one in error.errors]
        except (InvalidInputError, IllegalMoveError) as error:
            self.faults.append(RowFault(row.number, error))

    def _decide(self, row: SheetRow) -> None:
        office_id = self._office(row)
        words = tidy(row.words)
        entry = self._entry(row, office_id)
        name = entry.id if entry else (office_id, words.question)
        first = self._taken.setdefault(name, row.number)
        if first != row.number:
            raise InvalidInputError("knowledge.row.twice", field="question", row=first)
        if entry is not None and self._is_there(entry, row):
            self.unchanged += 1
        elif self._finder is not None:
            personal = personal_in(words, self._finder)
            published = decisions.published_at_once(self._deed, entry, office_id, words, personal)
            before = entry.current if entry else None
            records = (*published.inserts, *published.puts)
            self.told += [told(before, one) for one in records if isinstance(one, KnowledgeEntry)]
            self.changes += published
        elif entry is not None:
            self.changes += decisions.changed(self._deed, entry, words)
        else:
            self.changes += decisions.drafted(self._deed, office_id, words)

    def _office(self, row: SheetRow) -> str:
        actor = self._deed.actor
        office_id = self._offices.get(row.office) if row.office else actor.office_id
        if office_id not in self._offices.values() or not (actor.id == SYSTEM.id or may_write(actor, office_id or "")):
            raise InvalidInputError("knowledge.row.office", field="office", office=row.office[:40])
        return office_id or ""

    def _entry(self, row: SheetRow, office_id: str) -> KnowledgeEntry | None:
        if not row.entry_id:
            return self._by_question.get((office_id, row.words.question))
        entry = self._by_id.get(row.entry_id)
        if entry is None or entry.office_id != office_id:
            raise InvalidInputError("knowledge.row.id", field="id", id=row.entry_id[:40])
        return entry

    def _is_there(self, entry: KnowledgeEntry, row: SheetRow) -> bool:
        last = entry.current if self._finder is not None else entry.proposed or entry.current
        return last is not None and words_of(last) == tidy(row.words)


class KnowledgeImport:
    """Takes tables of entries in."""

    def __init__(self, store: LetterStore, clock: Clock, finder: PersonalDataFinder, gaps: OpenGaps) -> None:
        self._store = store
        self._clock = clock
        self._finder = finder
        self._gaps = gaps

    async def take(self, actor: Actor, rows: Sequence[Sequence[str]], *, publish: bool, origin: str) -> Imported:
        """Keep the rows as drafts, or with ``publish`` as what is shown; a row that is there as it stands does nothing.

        A row names its entry by id, or by its question in its office; without an office it is the actor's own. All of
        it is one commit. Raises ``NotFoundError`` for who may not write, or not publish.
        """
        office_id = actor.office_id or ""
        allowed = may_review(actor, office_id) if publish else may_write(actor, office_id)
        if actor.id != SYSTEM.id and not allowed:
            raise NotFoundError
        deed = Deed(actor, self._clock.now(), origin)
        read, faults = read_rows(rows, day_of(deed.at))
        result = Imported(faults=tuple(faults))

        async def attempt() -> Changes:
            nonlocal result
            plan = await self._plan(deed, read, publish)
            result = _result(plan, faults)
            if result.faults:
                return Changes()
            counts = {"added": result.added, "changed": result.changed, "unchanged": result.unchanged}
            entry = AuditEntry(
                deed.at, actor.id, "knowledge.imported", "knowledge", "ok", actor.office_id, origin, counts
            )
            # The file is one act: its rows are told by the entries' own events.
            plan.changes.audit = [entry]
            closed = closed_by(plan.told, await self._gaps.all()) if publish else ()
            return plan.changes + await self._gaps.settle(actor, deed.at, closed)

        if read:
            await commit_decided(self._store, attempt)
        return result

    async def _plan(self, deed: Deed, rows: Sequence[SheetRow], publish: bool) -> _Plan:
        offices = await self._store.offices()
        known = await self._store.knowledge_of_offices(frozenset(one.id for one in offices))
        plan = _Plan(deed, offices, known, self._finder if publish else None)

        def decide() -> None:
            for row in rows:
                plan.take(row)

        await asyncio.to_thread(decide)
        return plan


def _result(plan: _Plan, faults: Sequence[RowFault]) -> Imported:
    wrong = sorted([*faults, *plan.faults], key=lambda fault: fault.row)
    if wrong:
        return Imported(faults=tuple(wrong))
    return Imported(len(plan.changes.inserts), len(plan.changes.puts), plan.unchanged)
