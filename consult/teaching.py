"""What the judge learnt from whom (教学记录), and taking it back: a wrong choice must not be repeated by a machine."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from minxin.consult.decision import Deed
from minxin.consult.ports import LetterStore
from minxin.consult.records import Example
from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest

TEACHERS: Final = (Role.CLERK, Role.MANAGER)


def taken_back(deed: Deed, example: Example) -> Changes:
    """Return the example as one that teaches nothing any more; once is enough."""
    if example.taken_back_at is not None:
        return Changes()
    said = replace(example, taken_back_by=deed.actor.id, taken_back_at=deed.at)
    entry = AuditEntry(
        deed.at, deed.actor.id, "example.taken_back", example.id, office_id=deed.actor.office_id, origin=deed.origin
    )
    return Changes(puts=[said], audit=[entry])


class Teaching:
    """Shows what people's choices teach, and takes it back."""

    def __init__(self, store: LetterStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def examples(self, actor: Actor, page: PageRequest) -> Page[Example]:
        """Return the choices that the judge learns from, newest first.

        Raises ``NotFoundError`` for who has no business with them.
        """
        if not actor.is_a(*TEACHERS):
            raise NotFoundError
        return await self._store.examples(page)

    async def take_back(self, actor: Actor, example_id: str, *, origin: str) -> None:
        """Have the judge forget a choice: its next judgement is as if it had not been made.

        Raises ``NotFoundError`` for a choice that there is not, and for anybody but a clerk or manager.
        """
        example = await self._store.get(Example, example_id) if actor.is_a(*TEACHERS) else None
        if example is None:
            raise NotFoundError
        await self._store.commit(taken_back(Deed(actor, self._clock.now(), origin), example))
