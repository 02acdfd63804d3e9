"""What the pages of the network disk show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.mailbox.disk.files import Room, Shelf
from minxin.mailbox.disk.kit import size_text
from minxin.mailbox.disk.records import DiskItem, DiskShare, DiskUpload
from minxin.mailbox.disk.sharing import is_open
from minxin.mailbox.disk.tree import Tree

PAGE_SIZE: Final = 100


class Crumb(Struct, frozen=True):
    """A folder on the way from the top."""

    id: str
    name: str


class ItemRow(Struct, frozen=True):
    """A folder or file in a list; ``size`` is a folder's number of things, or a file's size in words."""

    id: str
    name: str
    is_folder: bool
    size: str
    count: int
    changed_at: datetime


class UploadRow(Struct, frozen=True):
    """An upload that may be gone on with."""

    id: str
    name: str
    received: str
    size: str
    size_bytes: int
    received_bytes: int
    mark: str


class RoomView(Struct, frozen=True):
    """How full the disk is."""

    percent: int
    level: str
    used: str
    quota: str
    free_bytes: int


class FolderView(Struct, frozen=True):
    """One folder with what lies in it; ``item`` is None at the top."""

    id: str
    item: DiskItem | None
    crumbs: list[Crumb]
    rows: list[ItemRow]
    next: str | None
    uploads: list[UploadRow]
    room: RoomView
    in_bin: int


class VersionRow(Struct, frozen=True):
    """A version of a file by its number, 0 for the newest."""

    number: int
    size: str
    at: datetime


class BinRow(Struct, frozen=True):
    """Something in the bin, and when it is deleted for good."""

    id: str
    name: str
    is_folder: bool
    size: str
    binned_at: datetime
    ends_at: datetime


class ShareRow(Struct, frozen=True):
    """A share in the owner's list. ``state`` is ``open``, ``ended`` or ``expired``; a file that is gone has no name."""

    share: DiskShare
    name: str
    state: str


def room_view(room: Room) -> RoomView:
    """Return how full the disk is, in words."""
    free = max(0, room.quota_bytes - room.used_bytes)
    return RoomView(room.percent, room.level, size_text(room.used_bytes), size_text(room.quota_bytes), free)


def folder_view(shelf: Shelf, folder_id: str, after: str = "") -> FolderView:
    """Return the folder, and of what lies in it what follows the item ``after``; raises ``NotFoundError``."""
    item = shelf.tree.folder(folder_id)
    inside = shelf.tree.inside(folder_id)
    start = next((place + 1 for place, one in enumerate(inside) if one.id == after), 0)
    shown = inside[start : start + PAGE_SIZE]
    return FolderView(
        folder_id,
        item,
        crumbs_of(shelf.tree, item),
        [_item_row(shelf.tree, one) for one in shown],
        shown[-1].id if start + PAGE_SIZE < len(inside) else None,
        [_upload_row(one) for one in shelf.uploads if one.folder_id == folder_id],
        room_view(shelf.room),
        len(shelf.tree.binned()),
    )


def crumbs_of(tree: Tree, item: DiskItem | None) -> list[Crumb]:
    """Return the folders above the item, from the top down, without the top itself."""
    return [Crumb(one.id, one.name) for one in tree.above(item)] if item else []


def folder_choices(tree: Tree, moving: DiskItem | None = None) -> list[tuple[str, str]]:
    """Return ``(id, path)`` of every living folder, by path; of a folder that moves none that it holds."""
    inside = {one.id for one in tree.under(moving)} if moving else set()
    found = [
        (one.id, " / ".join([*(up.name for up in tree.above(one)), one.name]))
        for one in tree.items.values()
        if one.is_folder and one.id not in inside and not tree.in_bin(one)
    ]
    return sorted(found, key=lambda pair: pair[1])


def versions_of(item: DiskItem) -> list[VersionRow]:
    """Return the versions of a file, the newest first."""
    return [VersionRow(number, size_text(one.size_bytes), one.at) for number, one in enumerate(item.versions)]


def bin_rows(shelf: Shelf, kept_for: timedelta) -> list[BinRow]:
    """Return what is in the bin, the newest first; ``kept_for`` is the retention."""
    return [
        BinRow(
            one.id,
            one.name,
            one.is_folder,
            size_text(sum(part.held_bytes for part in shelf.tree.under(one))),
            one.binned_at,
            one.binned_at + kept_for,
        )
        for one in shelf.tree.binned()
        if one.binned_at is not None
    ]


def share_rows(shares: Iterable[DiskShare], tree: Tree, now: datetime) -> list[ShareRow]:
    """Return the owner's shares with the names of their files."""
    rows = []
    for share in shares:
        item = tree.items.get(share.item_id)
        gone = item is None or tree.in_bin(item)
        state = "open" if is_open(share, now) and not gone else "ended" if share.revoked_at or gone else "expired"
        rows.append(ShareRow(share, item.name if item else "", state))
    return rows


def _item_row(tree: Tree, item: DiskItem) -> ItemRow:
    size = "" if item.is_folder else size_text(item.current.size_bytes)
    return ItemRow(item.id, item.name, item.is_folder, size, len(tree.inside(item.id)), item.changed_at)


def _upload_row(upload: DiskUpload) -> UploadRow:
    return UploadRow(
        upload.id,
        upload.name,
        size_text(upload.received_bytes),
        size_text(upload.size_bytes),
        upload.size_bytes,
        upload.received_bytes,
        upload.mark,
    )
