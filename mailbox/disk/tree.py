"""What lies where on one disk (目录树), and the names that may stand beside each other. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.disk.records import TOP, DiskItem
from minxin.mailbox.mime.filename import safe_filename

NAME_MAX = 100


def name_key(name: str) -> str:
    """Return what names are told apart by: not by case, nor by how a letter with an accent is composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def clean_name(name: str) -> str:
    """Return the name as it is kept; raises ``InvalidInputError`` ``disk.name`` when nothing is left of it."""
    kept = safe_filename(unicodedata.normalize("NFC", name[: NAME_MAX * 10]), "")
    if not kept:
        raise InvalidInputError("disk.name", field="name")
    return kept


class Tree:
    """All items of one disk, and the questions that decisions ask of them."""

    def __init__(self, items: Iterable[DiskItem]) -> None:
        self.items = {item.id: item for item in items}
        self._inside: dict[str, list[DiskItem]] = defaultdict(list)
        for item in self.items.values():
            self._inside[item.folder_id].append(item)

    def living(self, item_id: str) -> DiskItem:
        """Return the item; raises ``NotFoundError`` when it is not there or in the bin."""
        item = self.items.get(item_id)
        if item is None or self.in_bin(item):
            raise NotFoundError
        return item

    def folder(self, folder_id: str) -> DiskItem | None:
        """Return the living folder, None for the top one; raises ``NotFoundError``."""
        if folder_id == TOP:
            return None
        item = self.living(folder_id)
        if not item.is_folder:
            raise NotFoundError
        return item

    def file(self, item_id: str) -> DiskItem:
        """Return the living file; raises ``NotFoundError``."""
        item = self.living(item_id)
        if item.is_folder:
            raise NotFoundError
        return item

    def inside(self, folder_id: str) -> list[DiskItem]:
        """Return what lies in the folder and was not thrown away by itself: folders first, by name."""
        found = [item for item in self._inside[folder_id] if item.binned_at is None]
        return sorted(found, key=lambda item: (not item.is_folder, name_key(item.name), item.id))

    def binned(self) -> list[DiskItem]:
        """Return what was thrown away, the newest first."""
        found = [item for item in self.items.values() if item.binned_at is not None]
        return sorted(found, key=lambda item: (item.binned_at, item.id), reverse=True)

    def named(self, folder_id: str, name: str) -> DiskItem | None:
        """Return the item of this name in the folder."""
        key = name_key(name)
        return next((item for item in self.inside(folder_id) if name_key(item.name) == key), None)

    def above(self, item: DiskItem) -> list[DiskItem]:
        """Return the folders that the item lies in, from the top down, living or not."""
        found: list[DiskItem] = []
        folder = self.items.get(item.folder_id)
        while folder is not None:
            found.append(folder)
            folder = self.items.get(folder.folder_id)
        return found[::-1]

    def under(self, item: DiskItem) -> list[DiskItem]:
        """Return the item and everything in it at any depth, what was thrown away in it before included."""
        found = [item]
        for one in found:
            found += self._inside[one.id]
        return found

    def in_bin(self, item: DiskItem) -> bool:
        """Say whether the item, or a folder that it lies in, was thrown away."""
        return any(one.binned_at is not None for one in (item, *self.above(item)))

    def free_name(self, folder_id: str, name: str) -> str:
        """Return the name, or the first of ``name (2)``, ``name (3)`` … that nothing in the folder has."""
        stem, dot, ending = name.rpartition(".")
        if not stem:
            stem, dot, ending = name, "", ""
        taken = {name_key(item.name) for item in self.inside(folder_id)}
        number, free = 1, name
        while name_key(free) in taken:
            number += 1
            free = f"{stem} ({number}){dot}{ending}"
        return free

    def at_path(self, names: list[str]) -> DiskItem | None:
        """Return the item that the names lead to from the top, None for the top itself; raises ``NotFoundError``."""
        item: DiskItem | None = None
        for name in names:
            if item is not None and not item.is_folder:
                raise NotFoundError
            item = self.named(item.id if item else TOP, name)
            if item is None:
                raise NotFoundError
        return item

    @property
    def held_bytes(self) -> int:
        """Return what all items are counted for."""
        return sum(item.held_bytes for item in self.items.values())
