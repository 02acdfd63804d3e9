"""Keeps the table of synonyms (同义词表): the administrator says what people call things, and searches know it.

People ask for a 房本 and the entry says 不动产权证书: no likeness of characters tells that both are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from msgspec.structs import replace

from minxin.consult.decision import Deed
from minxin.consult.synonyms.ports import SynonymReads
from minxin.consult.synonyms.records import Synonym
from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.store import Store

# A single character is said in too many other words.
LEAST: Final = 2
MOST: Final = 30


class SynonymStore(Store, SynonymReads, Protocol):
    """The store as the table needs it."""


def synonym_id(said: str, meant: str) -> str:
    """Return the id of a pair of words."""
    return hashlib.sha256(f"{said}\0{meant}".encode()).hexdigest()[:32]


def added(deed: Deed, said: str, meant: str, before: Synonym | None) -> Changes:
    """Return the pair as one in use; saying it again changes nothing.

    Raises ``InvalidInputError`` ``synonyms.length`` beside the word that is too short or too long, ``synonyms.same``
    for a word that is the other one or has it within.
    """
    for field, word in (("said", said), ("meant", meant)):
        if not LEAST <= len(word) <= MOST:
            raise InvalidInputError("synonyms.length", field=field, least=LEAST, most=MOST)
    if said == meant:
        raise InvalidInputError("synonyms.same", field="meant")
    if before is not None and not before.removed:
        return Changes()
    pair = Synonym(
        id=synonym_id(said, meant),
        version=before.version if before else 0,
        said=said,
        meant=meant,
        by=deed.actor.id,
        at=deed.at,
    )
    changes = Changes(audit=[_audit(deed, "synonym.added", pair.id, {"said": said, "meant": meant})])
    (changes.puts if before else changes.inserts).append(pair)
    return changes


def removed(deed: Deed, pair: Synonym) -> Changes:
    """Return the pair as none any more; once is enough."""
    if pair.removed:
        return Changes()
    gone = replace(pair, removed=True, by=deed.actor.id, at=deed.at)
    entry = _audit(deed, "synonym.removed", pair.id, {"said": pair.said, "meant": pair.meant})
    return Changes(puts=[gone], audit=[entry])


class Synonyms:
    """Shows the table and edits it. Methods raise ``NotFoundError`` for anybody but an administrator."""

    def __init__(self, store: SynonymStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def listed(self, actor: Actor, text: str, page: PageRequest) -> Page[Synonym]:
        """Return the pairs that hold the text, by the word that people say."""
        _must_be_administrator(actor)
        return await self._store.synonyms(text.strip(), page)

    async def add(self, actor: Actor, said: str, meant: str, *, origin: str) -> None:
        """Add a pair; raises ``InvalidInputError`` as :func:`added` does."""
        _must_be_administrator(actor)
        said, meant = said.strip(), meant.strip()
        before = await self._store.get(Synonym, synonym_id(said, meant))
        await self._store.commit(added(Deed(actor, self._clock.now(), origin), said, meant, before))

    async def remove(self, actor: Actor, pair_id: str, *, origin: str) -> None:
        """Remove a pair; one that is not there stays away."""
        _must_be_administrator(actor)
        pair = await self._store.get(Synonym, pair_id)
        if pair is not None:
            await self._store.commit(removed(Deed(actor, self._clock.now(), origin), pair))

    async def take_in(self, actor: Actor, pairs: Iterable[tuple[str, str]], *, origin: str) -> None:
        """Put a whole table into an empty store; raises ``InvalidInputError`` as :func:`added` does."""
        deed = Deed(actor, self._clock.now(), origin)
        each: Sequence[Changes] = [added(deed, said, meant, None) for said, meant in dict.fromkeys(pairs)]
        inserts = [pair for changes in each for pair in changes.inserts]
        entry = _audit(deed, "synonym.imported", "synonyms", {"added": len(inserts)})
        await self._store.commit(Changes(inserts=inserts, audit=[entry]))


def _must_be_administrator(actor: Actor) -> None:
    if not actor.is_a(Role.ADMINISTRATOR):
        raise NotFoundError


def _audit(deed: Deed, action: str, target: str, data: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        deed.at, deed.actor.id, action, target, office_id=deed.actor.office_id, origin=deed.origin, data=data
    )
