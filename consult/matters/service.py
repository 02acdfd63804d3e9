"""The catalogue as the house uses it: read whole, taken in from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.assistant.ports import Retriever
from minxin.consult.deadlines import local_day
from minxin.consult.decision import Deed
from minxin.consult.matters.cases import Answers
from minxin.consult.matters.checks import Fault
from minxin.consult.matters.entries import MatterEntry, entry_of, matter_of
from minxin.consult.matters.finding import find_matters
from minxin.consult.matters.planner import Inquiry, Plan, inquire
from minxin.consult.matters.ports import MatterReads
from minxin.consult.matters.reading import read_matters
from minxin.consult.matters.records import Matter
from minxin.consult.records import Office
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.calendar import Calendar
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import InvalidInputError, NotFoundError, UnavailableError
from minxin.core.fresh import Fresh
from minxin.core.passages import Source, passage_id
from minxin.core.store import Store

# What another process imported may be shown this late: hundreds of people look at once.
FRESH: Final = timedelta(seconds=1)
MOST_FOUND: Final = 10
_encode: Final = msgspec.json.Encoder().encode


class MatterStore(Store, MatterReads, Protocol):
    """The store as the catalogue sees it."""

    async def offices(self) -> list[Office]:
        """Return all offices by id."""
        ...


class Taken(Struct, frozen=True):
    """What became of a file; with any fault nothing was kept."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()


def taken_in(deed: Deed, entries: Sequence[MatterEntry], kept: Sequence[Matter]) -> Changes:
    """Return what a checked file changes: new matters, and those of which it says something else than before."""
    by_code = {matter.id: matter for matter in kept}
    changes = Changes()
    for entry in entries:
        before = by_code.get(entry.code)
        if before is None:
            changes.inserts.append(matter_of(entry, deed.at))
        elif entry_of(before) != entry:
            changes.puts.append(replace(matter_of(entry, deed.at), version=before.version))
    counts = {"added": len(changes.inserts), "changed": len(changes.puts)}
    changes.audit.append(
        AuditEntry(
            deed.at,
            deed.actor.id,
            "matters.imported",
            "matters",
            office_id=deed.actor.office_id,
            data=counts,
            origin=deed.origin,
        )
    )
    return changes


class Matters:
    """Shows the catalogue to everybody, and takes in what the administrator brings."""

    def __init__(
        self, store: MatterStore, clock: Clock, calendar: Calendar, retriever: Retriever, *, fresh: timedelta = FRESH
    ) -> None:
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._retriever = retriever
        self._offered: Fresh[Mapping[str, Matter]] = Fresh(fresh)

    async def offered(self) -> Mapping[str, Matter]:
        """Return the matters on offer by code, in the order of their codes."""
        return await self._offered.get(self._store.generation(Matter), self._read)

    async def one(self, code: str) -> Matter:
        """Return a matter on offer; raises ``NotFoundError``."""
        found = (await self.offered()).get(code)
        if found is None:
            raise NotFoundError
        return found

    async def search(self, words: str) -> list[Matter]:
        """Return at most :data:`MOST_FOUND` matters that the words may mean, the likeliest first."""
        offered = await self.offered()
        try:
            hits = await self._retriever.search(words, MOST_FOUND, frozenset({Source.MATTER}))
        except UnavailableError:
            hits = []
        codes = [hit.passage_id.removeprefix(passage_id(Source.MATTER, "")) for hit in hits]
        found = [offered[code] for code in codes if code in offered]
        return found or find_matters(offered.values(), words)[:MOST_FOUND]

    async def inquire(self, codes: Sequence[str], answers: Answers) -> Inquiry:
        """Return what is still to be asked about these matters, or the plan that begins today.

        Raises as :func:`planner.inquire`.
        """
        return inquire(codes, await self.offered(), answers, local_day(self._clock.now()), self._calendar)

    async def plan(self, codes: Sequence[str], answers: Answers) -> Plan:
        """Return the plan; raises ``InvalidInputError`` ``plan.unanswered`` while something is still to be asked."""
        plan = (await self.inquire(codes, answers)).plan
        if plan is None:
            raise InvalidInputError("plan.unanswered", field="answers")
        return plan

    async def take_in(self, actor: Actor, data: bytes, *, origin: str) -> Taken:
        """Keep the matters of a file, all or none; a matter that the file does not name stays as it is.

        Raises ``NotFoundError`` for who is no administrator.
        """
        if actor != SYSTEM and not actor.is_a(Role.ADMINISTRATOR):
            raise NotFoundError
        kept = await self._store.matters()
        read = read_matters(data, [office.id for office in await self._store.offices()], kept)
        if read.faults:
            return Taken(faults=read.faults)
        changes = taken_in(Deed(actor, self._clock.now(), origin), read.entries, kept)
        await self._store.commit(changes)
        added, changed = len(changes.inserts), len(changes.puts)
        return Taken(added, changed, len(read.entries) - added - changed)

    async def as_file(self, actor: Actor) -> bytes:
        """Return the whole catalogue, withdrawn matters too, as a file that :meth:`take_in` reads as no change.

        Raises ``NotFoundError`` for who is no administrator.
        """
        if not actor.is_a(Role.ADMINISTRATOR):
            raise NotFoundError
        entries = [entry_of(matter) for matter in await self._store.matters()]
        return msgspec.json.format(_encode({"matters": entries}), indent=2)

    async def _read(self) -> Mapping[str, Matter]:
        return {matter.id: matter for matter in await self._store.matters() if not matter.withdrawn}
