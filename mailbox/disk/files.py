"""Files and folders of one's own disk: the list, what comes and goes, the bin, and versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.changes import Changes, blob_of
from minxin.core.errors import DamagedError, NotFoundError
from minxin.mailbox.disk import moves
from minxin.mailbox.disk.kit import DiskKit
from minxin.mailbox.disk.moves import Ground, Moved
from minxin.mailbox.disk.records import TOP, DiskItem, DiskUpload
from minxin.mailbox.disk.rules import ALARM_PERCENT, WARN_PERCENT
from minxin.mailbox.disk.tree import Tree
from minxin.mailbox.kit import Attempt, Decided

T = TypeVar("T")


class Room(Struct, frozen=True):
    """How full a disk is, in bytes; what is in the bin, older versions and uploads under way count."""

    used_bytes: int
    quota_bytes: int

    @property
    def percent(self) -> int:
        """Return how full it is in whole percent, at most 100."""
        return min(100, self.used_bytes * 100 // self.quota_bytes) if self.quota_bytes else 100

    @property
    def level(self) -> str:
        """Return ``""``, or ``warn`` from 80 %, or ``alarm`` from 95 % on."""
        if self.used_bytes * 100 >= self.quota_bytes * ALARM_PERCENT:
            return "alarm"
        return "warn" if self.used_bytes * 100 >= self.quota_bytes * WARN_PERCENT else ""


class Shelf(Struct, frozen=True):
    """A disk as its owner sees it."""

    tree: Tree
    uploads: list[DiskUpload]
    room: Room


class DiskFiles:
    """One's own files. Every method takes the actor whose disk it is."""

    def __init__(self, kit: DiskKit) -> None:
        self._kit = kit

    async def shelf(self, actor: Actor) -> Shelf:
        """Return all that lies on the disk; raises ``NotAllowedError`` for who is not verified."""
        now = self._kit.kit.clock.now()
        ground = await self._kit.ground(actor, now)
        uploads = [one for one in await self._kit.store.disk_uploads(actor.id) if one.expires_at > now]
        key = moves.usage_key(actor.id)
        used = (await self._kit.store.used([key])).get(key, 0)
        return Shelf(ground.tree, uploads, Room(used, ground.quota_bytes))

    async def read(self, actor: Actor, item_id: str, number: int = 0) -> tuple[DiskItem, bytes]:
        """Return a living file with the bytes of one of its versions (0 is the newest); raises ``NotFoundError``."""
        ground = await self._kit.ground(actor, self._kit.kit.clock.now())
        item = ground.tree.file(item_id)
        if not 0 <= number < len(item.versions):
            raise NotFoundError
        data = await self._kit.store.blob(item.versions[number].blob_id)
        if data is None:
            raise DamagedError
        return item, data

    async def put(self, actor: Actor, folder_id: str, name: str, data: bytes, *, origin: str) -> DiskItem:
        """Keep a file, as a new version when the folder has one of this name.

        Raises ``QuotaError`` ``disk.full``, ``NotFoundError``, ``InvalidInputError`` (``disk.…``).
        """
        blob = blob_of(data)
        return await self._move(
            Attempt(actor, "disk_put", TOP, origin), lambda ground: moves.put_file(ground, folder_id, name, blob)
        )

    async def make_folder(self, actor: Actor, folder_id: str, name: str, *, origin: str) -> DiskItem:
        """Make a folder; raises ``InvalidInputError`` (``disk.…``), ``NotFoundError``."""
        return await self._move(
            Attempt(actor, "disk_folder", TOP, origin), lambda ground: moves.make_folder(ground, folder_id, name)
        )

    async def move(
        self, actor: Actor, item_id: str, folder_id: str | None, name: str | None, *, origin: str
    ) -> DiskItem:
        """Lay an item into a folder, or give it a name, or both; None leaves it as it is."""

        def decide(ground: Ground) -> Moved:
            there = ground.tree.living(item_id).folder_id if folder_id is None else folder_id
            return moves.move(ground, item_id, there, name)

        return await self._move(Attempt(actor, "disk_move", item_id, origin), decide)

    async def move_over(self, actor: Actor, item_id: str, folder_id: str, name: str, *, origin: str) -> DiskItem:
        """Lay an item into a folder under this name; what has the name there goes into the bin."""
        return await self._move(
            Attempt(actor, "disk_move", item_id, origin),
            lambda ground: moves.move_over(ground, item_id, folder_id, name),
        )

    async def copy(self, actor: Actor, item_id: str, folder_id: str, name: str, *, origin: str) -> DiskItem:
        """Lay a copy into a folder under this name: the same bytes, counted once more."""
        return await self._move(
            Attempt(actor, "disk_copy", item_id, origin), lambda ground: moves.copy(ground, item_id, folder_id, name)
        )

    async def throw_away(self, actor: Actor, item_id: str, *, origin: str) -> None:
        """Lay an item into the bin."""
        attempt = Attempt(actor, "disk_bin", item_id, origin)
        await self._write(attempt, lambda ground: Decided(moves.throw_away(ground, item_id), None))

    async def restore(self, actor: Actor, item_id: str, *, origin: str) -> DiskItem:
        """Take an item out of the bin."""
        return await self._move(
            Attempt(actor, "disk_restore", item_id, origin), lambda ground: moves.restore(ground, item_id)
        )

    async def delete(self, actor: Actor, item_id: str | None, *, origin: str) -> None:
        """Delete one thing in the bin for good, or all of it (None), with the shares of it."""
        kit = self._kit

        async def decide(now: datetime) -> Decided[None]:
            ground = await kit.ground(actor, now)
            ids = [one.id for one in ground.tree.binned()] if item_id is None else [item_id]
            changes = moves.delete(ground, ids)
            gone = {one.id for one in changes.deletes}
            shares = [one for one in await kit.store.disk_shares(actor.id) if one.item_id in gone]
            return Decided(changes + Changes(deletes=list(shares)), None)

        await kit.carry_out(Attempt(actor, "disk_delete", item_id or actor.id, origin), decide)

    async def bring_back(self, actor: Actor, item_id: str, number: int, *, origin: str) -> DiskItem:
        """Make an older version the newest one."""
        return await self._move(
            Attempt(actor, "disk_version", item_id, origin), lambda ground: moves.bring_back(ground, item_id, number)
        )

    async def drop_version(self, actor: Actor, item_id: str, number: int, *, origin: str) -> DiskItem:
        """Delete an older version for good."""
        return await self._move(
            Attempt(actor, "disk_drop", item_id, origin), lambda ground: moves.drop_version(ground, item_id, number)
        )

    async def note(self, actor: Actor, item_id: str, values: Mapping[str, str | None], *, origin: str) -> DiskItem:
        """Keep what a program notes of an item, by its name; None takes it away."""
        return await self._move(
            Attempt(actor, "disk_note", item_id, origin), lambda ground: moves.note(ground, item_id, values)
        )

    async def _move(self, attempt: Attempt, decide: Callable[[Ground], Moved]) -> DiskItem:
        def decided(ground: Ground) -> Decided[DiskItem]:
            moved = decide(ground)
            return Decided(moved.changes, moved.item)

        return await self._write(attempt, decided)

    async def _write(self, attempt: Attempt, decide: Callable[[Ground], Decided[T]]) -> T:
        async def on_ground(now: datetime) -> Decided[T]:
            return decide(await self._kit.ground(attempt.actor, now))

        return await self._kit.carry_out(attempt, on_ground)
