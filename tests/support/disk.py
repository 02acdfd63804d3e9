"""A network disk with one of everything, by ids that addresses can name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace
from PIL import Image
from support.web import City

from minxin.core.actor import Actor
from minxin.core.changes import Changes, Record, blob_of
from minxin.mailbox.disk import moves
from minxin.mailbox.disk.moves import Ground
from minxin.mailbox.disk.records import TOP, Disk, DiskItem, DiskShare, DiskUpload, FileVersion
from minxin.mailbox.disk.tree import Tree


def picture() -> bytes:
    """Return a small PNG file."""
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(out, "PNG")
    return out.getvalue()


async def disk_belongings(city: City, actor: Actor) -> Mapping[str, str]:
    """Give the actor's disk a file with two versions, a picture, things in the bin, uploads and a share."""
    now = city.clock.now()
    texts = [blob_of(b"first"), blob_of(b"second"), blob_of(picture())]
    versions = tuple(FileVersion(blob.id, len(blob.data), now) for blob in texts[1::-1])
    file = DiskItem(id="disk_file", owner_id=actor.id, folder_id=TOP, name="a.txt", changed_at=now, versions=versions)
    image = FileVersion(texts[2].id, len(texts[2].data), now)
    upload = DiskUpload(
        id="disk_upload",
        owner_id=actor.id,
        folder_id=TOP,
        name="up.txt",
        size_bytes=9,
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    share = DiskShare(
        id="disk_share",
        owner_id=actor.id,
        item_id=file.id,
        shown_name="W",
        password_hash="",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    records: list[Record] = [
        file,
        replace(file, id="disk_picture", name="b.png", versions=(image,)),
        replace(file, id="disk_moved", name="c.txt"),
        replace(file, id="disk_binned", name="d.txt", binned_at=now),
        replace(file, id="disk_deleted", name="e.txt", binned_at=now),
        *(replace(upload, id=upload_id) for upload_id in ("disk_upload", "disk_upload_gone", "disk_upload_dropped")),
        share,
    ]
    held = sum(one.held_bytes for one in records if isinstance(one, DiskItem)) + 27
    ground = Ground(Disk(id=actor.id, changed_at=now), Tree([]), city.services.disk.rules, 10**7, now)
    changes = Changes(inserts=records, blobs=texts, usages=moves.use(ground, held))
    await city.store.commit(changes + moves.touch(ground))
    return {record.id: record.id for record in records}
