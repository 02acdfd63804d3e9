"""Uploads that go on where they stopped (断点续传), after a broken line or a restart of the service.

The words are those of tus 1.0.0: an upload is created with its size, tells its offset, takes pieces at that offset, and
is a file with the last one. Each piece is durable before its offset is told.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes, Usage, blob_of
from minxin.core.errors import ConflictError, DamagedError, InvalidInputError, NotFoundError, TooLargeError
from minxin.mailbox.disk import moves
from minxin.mailbox.disk.kit import DiskKit
from minxin.mailbox.disk.moves import Announced, Ground, Moved
from minxin.mailbox.disk.records import TOP, DiskItem, DiskUpload
from minxin.mailbox.kit import Attempt, Decided


class OffsetError(ConflictError):
    """The piece does not begin where the last one ended; ``params['offset']`` says where that is."""


class DiskUploads:
    """Files that come in pieces onto one's own disk."""

    def __init__(self, kit: DiskKit) -> None:
        self._kit = kit

    async def begin(self, actor: Actor, file: Announced, *, origin: str) -> DiskUpload:
        """Begin an upload and count its whole size; a file without a byte is kept at once.

        Raises ``QuotaError`` ``disk.full``, ``NotFoundError``, ``InvalidInputError`` (``disk.…``).
        """
        kit = self._kit

        async def decide(now: datetime) -> Decided[DiskUpload]:
            ground = await kit.ground(actor, now)
            under_way = [one for one in await kit.store.disk_uploads(actor.id) if one.expires_at > now]
            upload, changes = moves.begin_upload(ground, file, len(under_way))
            if not upload.size_bytes:
                kept = moves.put_file(ground, upload.folder_id, upload.name, blob_of(b""))
                return Decided(kept.changes, upload)
            return Decided(changes, upload)

        return await kit.carry_out(Attempt(actor, "disk_upload", file.folder_id, origin), decide)

    async def state(self, actor: Actor, upload_id: str) -> DiskUpload:
        """Return one's own upload that is under way: the one door to uploads; raises ``NotFoundError``."""
        upload = await self._kit.store.get(DiskUpload, upload_id)
        if upload is None or upload.owner_id != actor.id or upload.expires_at <= self._kit.kit.clock.now():
            raise NotFoundError
        return upload

    async def append(
        self, actor: Actor, upload_id: str, offset: int, data: bytes, *, origin: str
    ) -> DiskUpload | DiskItem:
        """Keep a piece, durably, and return the upload; with the last piece the file that it has become.

        Raises ``NotFoundError``, :class:`OffsetError` with the right ``offset``, ``TooLargeError`` for a piece that is
        larger than one may be or goes beyond the end, ``InvalidInputError`` ``disk.piece`` for a tiny one.
        """
        upload = await self.state(actor, upload_id)
        self._check(upload, offset, data)
        if offset + len(data) == upload.size_bytes:
            return await self._finish(actor, upload, data, origin)
        piece = blob_of(data)
        grown = replace(
            upload,
            received_bytes=offset + len(data),
            pieces=(*upload.pieces, piece.id),
            expires_at=self._kit.kit.clock.now() + self._kit.rules.upload_life,
        )
        try:
            await asyncio.shield(self._kit.store.commit(Changes(puts=[grown], blobs=[piece])))
        except ConflictError as error:
            # Two connections brought the same piece: the one that is late asks again where to go on.
            known = await self.state(actor, upload_id)
            raise OffsetError("disk.offset", offset=known.received_bytes) from error
        return grown

    async def drop(self, actor: Actor, upload_id: str, *, origin: str) -> None:
        """Give an upload up; what it was counted for is free again."""

        async def decide(now: datetime) -> Decided[None]:
            return Decided(dropped(await self.state(actor, upload_id)), None)

        await self._kit.carry_out(Attempt(actor, "disk_upload_drop", upload_id, origin), decide)

    def _check(self, upload: DiskUpload, offset: int, data: bytes) -> None:
        rules, end = self._kit.rules, offset + len(data)
        if offset != upload.received_bytes:
            raise OffsetError("disk.offset", offset=upload.received_bytes)
        if len(data) > rules.piece_bytes or end > upload.size_bytes:
            raise TooLargeError
        if len(data) < rules.least_piece_bytes and end < upload.size_bytes:
            raise InvalidInputError("disk.piece", field="files", least=rules.least_piece_bytes)

    async def _finish(self, actor: Actor, upload: DiskUpload, last: bytes, origin: str) -> DiskItem:
        """Make it a file in the commit that takes the last piece: there is no moment between the two."""
        kit = self._kit
        blob = blob_of(b"".join([*[await self._piece(one) for one in upload.pieces], last]))

        async def decide(now: datetime) -> Decided[DiskItem]:
            known = await self.state(actor, upload.id)
            if known.received_bytes != upload.received_bytes:
                raise OffsetError("disk.offset", offset=known.received_bytes)
            ground = await kit.ground(actor, now)
            folder_id, name = _place(ground, known)
            moved: Moved = moves.put_file(ground, folder_id, name, blob, known.size_bytes)
            return Decided(moved.changes + Changes(deletes=[known]), moved.item)

        return await kit.carry_out(Attempt(actor, "disk_put", upload.id, origin), decide)

    async def _piece(self, blob_id: str) -> bytes:
        data = await self._kit.store.blob(blob_id)
        if data is None:
            raise DamagedError
        return data


def dropped(upload: DiskUpload) -> Changes:
    """Return what ends an upload without a file."""
    return Changes(deletes=[upload], usages=[Usage(moves.usage_key(upload.owner_id), -upload.size_bytes)])


def _place(ground: Ground, upload: DiskUpload) -> tuple[str, str]:
    """Return where the file goes: where it was meant to, unless that went away or became a folder meanwhile."""
    folder = ground.tree.items.get(upload.folder_id)
    gone = folder is None or not folder.is_folder or ground.tree.in_bin(folder)
    folder_id = TOP if gone else upload.folder_id
    known = ground.tree.named(folder_id, upload.name)
    taken = known is not None and known.is_folder
    return folder_id, ground.tree.free_name(folder_id, upload.name) if taken else upload.name
