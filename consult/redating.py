"""Re-dating (重新计算时限): when the table of a year comes, the limits that were provisional are counted again.

A manager sees which open letters move, confirms, and every letter's events hold the date before and after. Sealed
letters are re-dated with the others; nobody is shown them, not even as a count.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.deadlines import Due, Pause
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.notices import Notice
from minxin.consult.ports import LetterStore, QueueFilter
from minxin.consult.records import OPEN_STATES, Assignment, Letter, WorkOrder
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.paging import MAX_PAGE, PageRequest

MOST_SHOWN: Final = 200
MOST_AT_ONCE: Final = 500  # letters of one confirmation: some seconds of commits; the page offers the rest
_OF_LETTER: Final = ("accept_due", "answer_due", "alarm_due")
_OF_ORDER: Final = ("sign_due", "answer_due")
_OF_TURN: Final = ("sign_due", "return_due")
_R = TypeVar("_R", Letter, WorkOrder, Assignment)


class Redated(Struct, frozen=True):
    """A work order before and after; only its dates differ."""

    letter: Letter
    before: WorkOrder
    after: WorkOrder

    @property
    def moves(self) -> bool:
        """Say whether the answer's limit moves, and is not only certain now."""
        return _instant(self.before.answer_due) != _instant(self.after.answer_due)


class Preview(Struct, frozen=True):
    """What would be re-dated: the letters whose answer moves, the first of them, and how many dates only hold now."""

    shown: tuple[Redated, ...]
    moving: int
    settled: int


def redated(record: _R, limits: Limits, pauses: Iterable[Pause] = ()) -> _R:
    """Return the letter, work order or turn with its provisional limits counted again; ``pauses`` are the answer's."""
    names = _OF_LETTER if isinstance(record, Letter) else _OF_ORDER if isinstance(record, WorkOrder) else _OF_TURN
    changed: dict[str, Any] = {}
    for name in names:
        due: Due | None = getattr(record, name)
        if due is not None and due.provisional:
            changed[name] = limits.redate(due, tuple(pauses) if name == "answer_due" else ())
    return replace(record, **changed) if changed else record


def redate(
    deed: Deed, letter: Letter, orders: Sequence[WorkOrder], turns: Sequence[Assignment], limits: Limits
) -> Changes:
    """Return the letter's limits counted again, with the dates before and after in an event of each work order.

    The writer is told when the date of an answer moves. Empty changes when nothing was provisional or is certain now.
    """
    changes = Changes()
    turns_after = {turn.order_id: redated(turn, limits) for turn in turns}
    for before in orders:
        after = redated(before, limits, before.pauses)
        if after == before:
            continue
        turn = turns_after.get(before.id)
        changes += write(
            deed,
            letter,
            "redated",
            order=after,
            tell=Notice.REDATED if Redated(letter, before, after).moves else None,
            assignment=turn.id if turn else None,
            sign_due=instant_of(turn.sign_due) if turn else None,
            answer_due=instant_of(after.answer_due),
            before_sign_due=instant_of(before.sign_due),
            before_answer_due=instant_of(before.answer_due),
            notices=[table.notice for table in limits.calendar.tables[-2:]],
        )
        changes.puts.append(after)
    changes.puts += [turns_after[turn.order_id] for turn in turns if turns_after[turn.order_id] != turn]
    if changes.puts and (whole := redated(letter, limits)) != letter:
        changes.puts.append(whole)
    return changes


class Redating:
    """Shows and does it; raises ``NotFoundError`` for anybody but a manager."""

    def __init__(self, store: LetterStore, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    async def preview(self, actor: Actor) -> Preview:
        """Return which open letters would move; nothing is written."""
        _must_manage(actor)
        moving: list[Redated] = []
        settled = 0
        async for one in self._provisional(sealed=False):
            if one.moves:
                moving.append(one)
            else:
                settled += 1
        moving.sort(key=lambda one: (one.letter.received_at, one.before.number))
        return Preview(tuple(moving[:MOST_SHOWN]), len(moving), settled)

    async def confirm(self, actor: Actor, *, origin: str) -> None:
        """Re-date at most :data:`MOST_AT_ONCE` letters, each in a commit of its own; again goes on with the rest."""
        _must_manage(actor)
        deed = Deed(actor, self._clock.now(), origin)
        letter_ids: dict[str, None] = {}
        for sealed in (False, True):
            async for one in self._provisional(sealed=sealed):
                letter_ids[one.letter.id] = None
        for letter_id in list(letter_ids)[:MOST_AT_ONCE]:
            await self._redate(deed, letter_id)
        await self._store.commit(
            Changes(
                audit=[
                    AuditEntry(
                        deed.at,
                        actor.id,
                        "calendar.redated",
                        "calendar",
                        office_id=actor.office_id,
                        origin=origin,
                        data={"notices": [table.notice for table in self._limits.calendar.tables[-2:]]},
                    )
                ]
            )
        )

    async def _redate(self, deed: Deed, letter_id: str) -> None:
        async def attempt() -> Changes:
            letter = await self._store.get(Letter, letter_id)
            if letter is None:
                return Changes()
            orders = [one for one in await self._store.orders_of(letter_id) if one.state in OPEN_STATES]
            ids = [one.assignment_id for one in orders if one.assignment_id]
            turns = await self._store.get_all(Assignment, ids)
            return redate(deed, letter, orders, list(turns.values()), self._limits)

        await commit_decided(self._store, attempt)

    async def _provisional(self, *, sealed: bool) -> AsyncIterator[Redated]:
        """Yield the open work orders whose dates would change."""
        wanted, after = QueueFilter(tuple(OPEN_STATES), sealed=sealed), None
        while True:
            page = await self._store.order_queue(wanted, PageRequest(after, MAX_PAGE))
            for item in page.items:
                new = redated(item.order, self._limits, item.order.pauses)
                if new != item.order:
                    yield Redated(item.letter, item.order, new)
            after = page.next
            if after is None:
                return


def _instant(due: Due | None) -> object:
    return due.instant if due else None


def _must_manage(actor: Actor) -> None:
    if not actor.is_a(Role.MANAGER):
        raise NotFoundError
