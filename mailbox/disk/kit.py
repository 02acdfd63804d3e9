"""Read, decide, commit: the shell that the services of the disk share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from minxin.core.actor import Actor, Role
from minxin.core.errors import InvalidInputError, NotAllowedError, QuotaError
from minxin.mailbox.disk.moves import Ground
from minxin.mailbox.disk.ports import DiskStore
from minxin.mailbox.disk.records import Disk
from minxin.mailbox.disk.rules import MIB, DiskRules
from minxin.mailbox.disk.tree import Tree
from minxin.mailbox.kit import Attempt, Decided, Kit, Refused, Turns, carry_out
from minxin.mailbox.mail.records import Box

T = TypeVar("T")
_KIB: Final = 1024


@dataclass(frozen=True)
class DiskKit:
    """What the services of the disk work with."""

    kit: Kit
    store: DiskStore
    rules: DiskRules
    turns: Turns = field(default_factory=Turns)

    async def quota_bytes(self, actor: Actor) -> int:
        """Return how much the actor's disk holds; his box may have a quota of its own for it."""
        box = await self.store.get(Box, actor.id)
        if box is not None:
            return self.rules.most(box)
        return self.rules.citizen_bytes if actor.is_a(Role.CITIZEN) else self.rules.staff_bytes

    async def ground(self, actor: Actor, now: datetime) -> Ground:
        """Return the actor's own disk as it is: the one door to disks.

        Nobody, of whatever role, sees another's. Raises ``NotAllowedError`` ``disk.not_yet`` for who is not verified.
        """
        if not actor.roles:
            raise NotAllowedError("disk.not_yet")
        # The disk's record first: whatever is committed between the two reads makes the decision a conflict.
        disk = await self.store.get(Disk, actor.id) or Disk(id=actor.id, changed_at=now)
        tree = Tree(await self.store.disk_items(actor.id))
        return Ground(disk, tree, self.rules, await self.quota_bytes(actor), now)

    async def carry_out(self, attempt: Attempt, decide: Callable[[datetime], Awaitable[Decided[T] | Refused]]) -> T:
        """Decide and commit, one at a time for each disk; raises ``QuotaError`` ``disk.full`` in words for people."""
        async with self.turns.of(attempt.actor.id):
            try:
                return await carry_out(self.kit, attempt, decide)
            except QuotaError as error:
                raise full(error) from error


def full(error: QuotaError) -> QuotaError:
    """Return the refusal as the owner is told of it: how much is free, and how much was needed."""
    used, add, most = (_number(error.params[name]) for name in ("used", "add", "most"))
    free = size_text(max(0, most - used))
    return QuotaError("disk.full", field="files", needed=size_text(add), free=free, most=size_text(most))


def size_text(size_bytes: int) -> str:
    """Return a size as people read it: rounded up, so that nobody is told that what does not fit does."""
    if size_bytes < _KIB:
        return f"{size_bytes} B"
    unit, name = (MIB, "MB") if size_bytes >= MIB else (_KIB, "KB")
    tenths = -(-size_bytes * 10 // unit)
    return f"{tenths // 10}.{tenths % 10} {name}" if tenths % 10 else f"{tenths // 10} {name}"


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise InvalidInputError("error.quota", field="files")
    return value
