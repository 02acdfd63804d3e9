"""Decisions about what lies on a disk: pure, each returns the changes that make it so.

Every decision writes the disk's own record too (``records.Disk``), and what it adds to or takes from the disk's
counter, which the commit holds against the quota.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec.structs import replace

from minxin.core.changes import Blob, Changes, Record, Usage
from minxin.core.errors import InvalidInputError, NotFoundError, TooManyTriesError
from minxin.core.ids import new_id
from minxin.mailbox.disk.records import TOP, Disk, DiskItem, DiskUpload, FileVersion
from minxin.mailbox.disk.rules import MIB, DiskRules
from minxin.mailbox.disk.tree import Tree, clean_name, name_key

MARK_MAX: Final = 300
A_DAY: Final = timedelta(days=1)


class Ground(NamedTuple):
    """What a decision stands on: the disk as it was read, what lies on it, its limits, and the instant."""

    disk: Disk
    tree: Tree
    rules: DiskRules
    quota_bytes: int
    now: datetime


class Moved(NamedTuple):
    """The item as it will be, and the changes that make it so."""

    item: DiskItem
    changes: Changes


def usage_key(owner_id: str) -> str:
    """Return the name of the disk's counter."""
    return f"disk:{owner_id}"


def use(ground: Ground, add_bytes: int) -> list[Usage]:
    """Return what counts so many bytes more (or fewer) to the disk."""
    most = ground.quota_bytes if add_bytes > 0 else None
    return [Usage(usage_key(ground.disk.id), add_bytes, most)] if add_bytes else []


def touch(ground: Ground, brought_bytes: int = 0) -> Changes:
    """Write the disk's own record, as every decision about what lies where must, with how much was brought.

    Raises ``TooManyTriesError`` ``disk.day`` when it is more than one account may bring within a day.
    """
    since = ground.disk.written_since
    if since is None or ground.now - since >= A_DAY:
        since, before = ground.now, 0
    else:
        before = ground.disk.written_bytes
    if brought_bytes and before + brought_bytes > ground.rules.day_bytes:
        wait = since + A_DAY - ground.now
        raise TooManyTriesError("disk.day", retry_after_s=max(1, int(wait.total_seconds())))
    disk = replace(ground.disk, changed_at=ground.now, written_since=since, written_bytes=before + brought_bytes)
    return Changes(puts=[disk]) if ground.disk.version else Changes(inserts=[disk])


def make_folder(ground: Ground, folder_id: str, name: str) -> Moved:
    """Make a folder; raises ``InvalidInputError``: ``disk.name``, ``.name_taken``, ``.too_deep``, ``.too_many``."""
    kept = _new_place(ground, folder_id, name)
    _check_depth(ground, folder_id, 1)
    item = DiskItem(id=new_id(), owner_id=ground.disk.id, folder_id=folder_id, name=kept, changed_at=ground.now)
    return Moved(item, touch(ground) + Changes(inserts=[item]))


def put_file(ground: Ground, folder_id: str, name: str, blob: Blob, counted_bytes: int = 0) -> Moved:
    """Keep the bytes under this name: as a new file, or as the newest version of the file that has the name.

    The same bytes once more change nothing but the time. ``counted_bytes`` were counted when they were announced.
    Raises ``InvalidInputError`` when the name is a folder's, ``NotFoundError`` when the folder is gone.
    """
    ground.tree.folder(folder_id)
    kept = clean_name(name)
    version = FileVersion(blob.id, len(blob.data), ground.now)
    known = ground.tree.named(folder_id, kept)
    if known is not None and known.is_folder:
        raise InvalidInputError("disk.name_taken", field="name", name=kept)
    blobs = Changes(blobs=[blob])
    if known is not None:
        moved = _new_version(ground, known, version, counted_bytes)
        return Moved(moved.item, moved.changes + blobs)
    _new_place(ground, folder_id, kept)
    item = DiskItem(
        id=new_id(),
        owner_id=ground.disk.id,
        folder_id=folder_id,
        name=kept,
        changed_at=ground.now,
        versions=(version,),
    )
    usages = use(ground, item.held_bytes - counted_bytes)
    brought = item.held_bytes - counted_bytes
    return Moved(item, touch(ground, brought) + blobs + Changes(inserts=[item], usages=usages))


def _new_version(ground: Ground, known: DiskItem, version: FileVersion, counted_bytes: int) -> Moved:
    # A program that locks a name before it writes leaves an empty file there, which is no version that anybody misses.
    same = known.current.blob_id == version.blob_id or not known.current.size_bytes
    rest = known.versions[1:] if same else known.versions
    item = replace(known, versions=(version, *rest)[: ground.rules.versions], changed_at=ground.now)
    usages = use(ground, item.held_bytes - known.held_bytes - counted_bytes)
    brought = version.size_bytes - counted_bytes
    return Moved(item, touch(ground, brought) + Changes(puts=[item], usages=usages))


def rename(ground: Ground, item_id: str, name: str) -> Moved:
    """Give the item another name; raises ``InvalidInputError``: ``disk.name``, ``.name_taken``."""
    return move(ground, item_id, ground.tree.living(item_id).folder_id, name)


def move(ground: Ground, item_id: str, folder_id: str, name: str | None = None) -> Moved:
    """Lay the item into the folder, under another name if given.

    Raises ``NotFoundError``, ``InvalidInputError``: ``disk.name``, ``.name_taken``, ``.into_itself``, ``.too_deep``.
    """
    item = ground.tree.living(item_id)
    folder = ground.tree.folder(folder_id)
    kept = item.name if name is None else clean_name(name)
    if folder is not None and item in (folder, *ground.tree.above(folder)):
        raise InvalidInputError("disk.into_itself", field="folder")
    _check_name(ground, folder_id, kept, item)
    _check_depth(ground, folder_id, _height(ground.tree, item))
    moved = replace(item, folder_id=folder_id, name=kept, changed_at=ground.now)
    return Moved(moved, touch(ground) + Changes(puts=[moved]))


def move_over(ground: Ground, item_id: str, folder_id: str, name: str) -> Moved:
    """Lay the item into the folder under this name, and what has the name there into the bin."""
    over = ground.tree.named(folder_id, clean_name(name))
    if over is None or over.id == item_id:
        return move(ground, item_id, folder_id, name)
    binned = replace(over, binned_at=ground.now)
    rest = Tree({**ground.tree.items, over.id: binned}.values())
    moved = move(ground._replace(tree=rest), item_id, folder_id, name)
    # In this order: the name must be free before it is taken.
    return Moved(moved.item, Changes(puts=[binned]) + moved.changes)


def note(ground: Ground, item_id: str, values: Mapping[str, str | None]) -> Moved:
    """Keep properties of the item by their names, or take them away (None).

    Raises ``InvalidInputError`` ``disk.properties`` when they would be too many or too long.
    """
    item, rules = ground.tree.living(item_id), ground.rules
    kept = {**dict(item.properties), **values}
    properties = tuple((name, value) for name, value in kept.items() if value is not None)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in properties)
    if len(properties) > rules.properties or size > rules.properties_bytes:
        raise InvalidInputError("disk.properties", field="properties", most=rules.properties)
    noted = replace(item, properties=properties)
    return Moved(noted, touch(ground) + Changes(puts=[noted]))


def throw_away(ground: Ground, item_id: str) -> Changes:
    """Lay the item into the bin with all that is in it; it goes on being counted until it is deleted."""
    item = ground.tree.living(item_id)
    return touch(ground) + Changes(puts=[replace(item, binned_at=ground.now)])


def restore(ground: Ground, item_id: str) -> Moved:
    """Take the item out of the bin: to where it lay, or to the top when that is gone; with a number if need be."""
    item = _thrown_away(ground, item_id)
    folder = ground.tree.items.get(item.folder_id)
    folder_id = folder.id if folder is not None and not ground.tree.in_bin(folder) else TOP
    name = ground.tree.free_name(folder_id, item.name)
    restored = replace(item, folder_id=folder_id, name=name, binned_at=None, changed_at=ground.now)
    return Moved(restored, touch(ground) + Changes(puts=[restored]))


def delete(ground: Ground, item_ids: Iterable[str]) -> Changes:
    """Delete for good what is in the bin, with all that is in it."""
    gone: dict[str, DiskItem] = {}
    for item_id in item_ids:
        gone |= {one.id: one for one in ground.tree.under(_thrown_away(ground, item_id))}
    if not gone:
        return Changes()
    deletes: list[Record] = list(gone.values())
    freed = sum(item.held_bytes for item in gone.values())
    return touch(ground) + Changes(deletes=deletes, usages=use(ground, -freed))


def expired(ground: Ground) -> list[str]:
    """Return what has been in the bin for longer than the retention."""
    since = ground.now - ground.rules.bin_life
    return [item.id for item in ground.tree.binned() if item.binned_at is not None and item.binned_at <= since]


def bring_back(ground: Ground, item_id: str, number: int) -> Moved:
    """Make an older version (from 1) the newest one; nothing is counted twice."""
    item, version = _version(ground, item_id, number)
    rest = item.versions[:number] + item.versions[number + 1 :]
    changed = replace(item, versions=(replace(version, at=ground.now), *rest), changed_at=ground.now)
    return Moved(changed, touch(ground) + Changes(puts=[changed]))


def drop_version(ground: Ground, item_id: str, number: int) -> Moved:
    """Delete an older version (from 1) for good."""
    item, version = _version(ground, item_id, number)
    changed = replace(item, versions=item.versions[:number] + item.versions[number + 1 :])
    return Moved(changed, touch(ground) + Changes(puts=[changed], usages=use(ground, -version.size_bytes)))


def copy(ground: Ground, item_id: str, folder_id: str, name: str) -> Moved:
    """Lay a copy of the item, with all that lives in it, into the folder; of files the newest version.

    The bytes are kept once and counted twice. Raises as :func:`move` does.
    """
    item = ground.tree.living(item_id)
    folder = ground.tree.folder(folder_id)
    if folder is not None and item in (folder, *ground.tree.above(folder)):
        raise InvalidInputError("disk.into_itself", field="folder")
    kept = clean_name(name)
    _check_name(ground, folder_id, kept, None)
    _check_depth(ground, folder_id, _height(ground.tree, item))
    sources = [one for one in ground.tree.under(item) if not ground.tree.in_bin(one)]
    _check_number(ground, len(sources))
    ids = {one.id: new_id() for one in sources}
    copies = [
        replace(
            one,
            id=ids[one.id],
            version=0,
            folder_id=ids.get(one.folder_id, folder_id) if one is not item else folder_id,
            name=kept if one is item else one.name,
            versions=one.versions[:1],
            changed_at=ground.now,
        )
        for one in sources
    ]
    inserts: list[Record] = list(copies)
    usages = use(ground, sum(one.held_bytes for one in copies))
    return Moved(copies[0], touch(ground) + Changes(inserts=inserts, usages=usages))


class Announced(NamedTuple):
    """A file that is about to come: where to, its name and size, and the sender's mark of it."""

    folder_id: str
    name: str
    size_bytes: int
    mark: str = ""


def begin_upload(ground: Ground, file: Announced, under_way: int) -> tuple[DiskUpload, Changes]:
    """Begin an upload and count its whole size; ``under_way`` is how many there are.

    Raises ``NotFoundError``, ``InvalidInputError``: ``disk.name``, ``.name_taken``, ``.too_many``, ``.uploads``.
    """
    ground.tree.folder(file.folder_id)
    kept = clean_name(file.name)
    known = ground.tree.named(file.folder_id, kept)
    if file.size_bytes < 0:
        raise InvalidInputError("disk.size", field="files")
    if file.size_bytes > ground.rules.file_bytes:
        raise InvalidInputError("disk.file_size", field="files", most=ground.rules.file_bytes // MIB)
    if known is None:
        _check_number(ground, 1)
    elif known.is_folder:
        raise InvalidInputError("disk.name_taken", field="name", name=kept)
    if under_way >= ground.rules.uploads:
        raise InvalidInputError("disk.uploads", field="files", most=ground.rules.uploads)
    upload = DiskUpload(
        id=new_id(),
        owner_id=ground.disk.id,
        folder_id=file.folder_id,
        name=kept,
        size_bytes=file.size_bytes,
        created_at=ground.now,
        expires_at=ground.now + ground.rules.upload_life,
        mark=file.mark[:MARK_MAX],
    )
    usages = use(ground, upload.size_bytes)
    return upload, touch(ground, upload.size_bytes) + Changes(inserts=[upload], usages=usages)


def _version(ground: Ground, item_id: str, number: int) -> tuple[DiskItem, FileVersion]:
    item = ground.tree.file(item_id)
    if not 1 <= number < len(item.versions):
        raise NotFoundError
    return item, item.versions[number]


def _thrown_away(ground: Ground, item_id: str) -> DiskItem:
    item = ground.tree.items.get(item_id)
    if item is None or item.binned_at is None:
        raise NotFoundError
    return item


def _new_place(ground: Ground, folder_id: str, name: str) -> str:
    ground.tree.folder(folder_id)
    kept = clean_name(name)
    _check_name(ground, folder_id, kept, None)
    _check_number(ground, 1)
    return kept


def _check_name(ground: Ground, folder_id: str, name: str, but: DiskItem | None) -> None:
    key = name_key(name)
    if any(name_key(one.name) == key for one in ground.tree.inside(folder_id) if one != but):
        raise InvalidInputError("disk.name_taken", field="name", name=name)


def _check_number(ground: Ground, more: int) -> None:
    if len(ground.tree.items) + more > ground.rules.items:
        raise InvalidInputError("disk.too_many", field="name", most=ground.rules.items)


def _check_depth(ground: Ground, folder_id: str, height: int) -> None:
    folder = ground.tree.items.get(folder_id)
    depth = len(ground.tree.above(folder)) + 1 if folder else 0
    if depth + height > ground.rules.depth:
        raise InvalidInputError("disk.too_deep", field="folder", most=ground.rules.depth)


def _height(tree: Tree, item: DiskItem) -> int:
    """Return how many levels the item and what is in it make."""
    above = len(tree.above(item))
    return max(len(tree.above(one)) for one in tree.under(item)) - above + 1
