"""From a solved letter to an entry in one step (来信转知识条目): question, answer and basis, without names."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from minxin.consult.access import access_order
from minxin.consult.decision import Deed
from minxin.consult.knowledge.access import access_entry, may_write
from minxin.consult.knowledge.decisions import day_of, drafted
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.knowledge.words import ANSWER_MAX, BASIS_MAX, QUESTION_MAX, EntryWords
from minxin.consult.ports import LetterStore, PersonalDataFinder, Writers
from minxin.consult.records import Letter, OrderState, Share, WorkOrder
from minxin.consult.redaction import Redaction, redact, tally
from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import IllegalMoveError, NotFoundError
from minxin.core.personal import Personal

SOLVED: Final = (OrderState.ANSWERED, OrderState.CLOSED)


class Taken(Struct, frozen=True):
    """What an entry was taken from: the letter's own words, and what was found in them and taken out.

    Of ``found`` the kinds in ``core.personal.MARKED_ONLY`` are still in the draft's words.
    """

    letter_id: str
    order_id: str
    question: str
    answer: str
    basis: str
    found: dict[Personal, int]


def original(letter: Letter, order: WorkOrder) -> tuple[str, str, str]:
    """Return question, answer and basis of a solved letter as they are.

    Raises ``IllegalMoveError`` ``knowledge.sealed`` or ``knowledge.no_answer``.
    """
    if letter.sealed or order.sealed:
        raise IllegalMoveError("knowledge.sealed")
    if order.state not in SOLVED or order.reply is None:
        raise IllegalMoveError("knowledge.no_answer")
    parts = order.reply.parts
    question = letter.subject if order.share is Share.WHOLE else order.point
    return question, f"{parts.finding}\n\n{parts.result}", parts.basis


def may_become(actor: Actor, letter: Letter, order: WorkOrder) -> bool:
    """Say whether the actor may make an entry of the work order's answer."""
    solved = order.state in SOLVED and order.reply is not None and order.office_id is not None
    return solved and not letter.sealed and not order.sealed and may_write(actor, order.office_id or "")


class LetterEntries:
    """Makes entries of solved letters; raises ``NotFoundError`` for a work order that the actor may not see."""

    def __init__(self, store: LetterStore, clock: Clock, writers: Writers, finder: PersonalDataFinder) -> None:
        self._store = store
        self._clock = clock
        self._writers = writers
        self._finder = finder

    async def of_order(self, actor: Actor, order: WorkOrder) -> list[KnowledgeEntry]:
        """Return the entries that were drafted from the work order's letter and that the actor may see."""
        found = await self._store.knowledge_of_letter(order.letter_id)
        return [entry for entry in found if may_write(actor, entry.office_id)]

    async def draft(self, actor: Actor, order_id: str, *, origin: str) -> str:
        """Draft an entry of the answer, without personal data, and return its id; the office that answered owns it.

        Raises ``IllegalMoveError`` ``knowledge.sealed`` or ``knowledge.no_answer``.
        """
        case, order = await access_order(self._store, actor, order_id)
        if order.office_id is None or not may_write(actor, order.office_id):
            raise NotFoundError
        question, answer, basis = await self._redacted(case.letter, order)
        deed = Deed(actor, self._clock.now(), origin)
        words = EntryWords(
            question=question.text[:QUESTION_MAX],
            answer=answer.text[:ANSWER_MAX],
            basis=basis.text[:BASIS_MAX],
            checked_on=day_of(deed.at),
        )
        changes = drafted(deed, order.office_id, words, letter_id=case.letter.id)
        await self._store.commit(changes)
        return changes.inserts[0].id

    async def taken(self, actor: Actor, entry_id: str) -> Taken | None:
        """Return what the entry was taken from, None when it is from no letter that the actor may see."""
        entry = await access_entry(self._store, actor, entry_id)
        for order in await self._store.orders_of(entry.letter_id) if entry.letter_id else ():
            if order.office_id == entry.office_id and order.reply is not None:
                return await self._taken(actor, order)
        return None

    async def _taken(self, actor: Actor, order: WorkOrder) -> Taken | None:
        try:
            case, order = await access_order(self._store, actor, order.id)
            words = original(case.letter, order)
        except (NotFoundError, IllegalMoveError):
            return None
        redacted = await self._redacted(case.letter, order)
        return Taken(case.letter.id, order.id, *words, tally(one.found for one in redacted))

    async def _redacted(self, letter: Letter, order: WorkOrder) -> tuple[Redaction, Redaction, Redaction]:
        question, answer, basis = original(letter, order)
        names = (await self._writers.name_of(letter.writer_id),)

        def found() -> tuple[Redaction, Redaction, Redaction]:
            return (
                redact(question, self._finder.find(question), names),
                redact(answer, self._finder.find(answer), names, office_lines=True),
                redact(basis, self._finder.find(basis), names, office_lines=True),
            )

        return await asyncio.to_thread(found)
