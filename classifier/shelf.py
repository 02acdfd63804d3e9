"""A shelf of versions (模型版本): which one serves, and the way back. Light enough for any process to import.

A version is a folder of its own and is never changed. ``current.json`` names the one that serves and those before it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from minxin.classifier.durable import write_durably
from minxin.core.errors import DamagedError, MinxinError, NotFoundError, UnavailableError

# Below the data folder's ``model``: offices from labelled letters, abuse from posts, offices from unlabelled letters.
TRAINED, ABUSE, SELF_TAUGHT = "trained", "abuse", "selftaught"
WORK: Final = "work"  # no version: what is being made
POINTER: Final = "current.json"
_MOST_BEFORE = 20

T = TypeVar("T")
OnDamaged = Callable[[str, MinxinError], None]


class Pointer(Struct, frozen=True):
    """The version that serves, and what served before it, the latest first."""

    current: str | None = None
    before: tuple[str, ...] = ()


_pointer = msgspec.json.Decoder(Pointer)


class Shelf:
    """The versions in one folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def pointer(self) -> Pointer:
        """What serves; nothing does where nothing was made, or where it can't be read."""
        try:
            return _pointer.decode((self.folder / POINTER).read_bytes())
        except (OSError, msgspec.MsgspecError):
            return Pointer()

    def names(self) -> list[str]:
        """Return all versions, whole or not, the last in the alphabet first."""
        if not self.folder.is_dir():
            return []
        return sorted((path.name for path in self.folder.iterdir() if self._holds(path.name)), reverse=True)

    def put(self, made: Path, version: str) -> Path:
        """Put a finished folder here under its version; one that stood there is replaced."""
        place = self.folder / version
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        return made.rename(place)

    def use(self, version: str, check: Callable[[Path], object]) -> None:
        """Let a version serve.

        Raises ``NotFoundError`` for one that is not here, and whatever ``check`` raises for its folder.
        """
        if not self._holds(version):
            raise NotFoundError("train.version.missing", version=version)
        check(self.folder / version)
        pointer = self.pointer
        if pointer.current != version:
            before = tuple(name for name in (pointer.current, *pointer.before) if name and name != version)
            self._point(Pointer(version, before[:_MOST_BEFORE]))

    def back(self, check: Callable[[Path], object]) -> str | None:
        """Let the last version before the one that serves do so again, and return its name.

        Without one before it, none serves any more and None is returned. Raises ``NotFoundError`` when none serves, and
        whatever ``check`` raises for the folder of the one before.
        """
        pointer = self.pointer
        if pointer.current is None:
            raise NotFoundError("train.version.none")
        if not pointer.before:
            self._point(Pointer())
            return None
        check(self.folder / pointer.before[0])
        self._point(Pointer(pointer.before[0], pointer.before[1:]))
        return pointer.before[0]

    def serving(self, load: Callable[[Path], T], on_damaged: OnDamaged = lambda version, error: None) -> T | None:
        """Load the version that serves, or the last one before it that is whole; None when there is none.

        ``load`` raises ``DamagedError`` or ``UnavailableError`` for one that can't be used, of which ``on_damaged`` is
        told.
        """
        pointer = self.pointer
        for version in filter(None, (pointer.current, *pointer.before)):
            try:
                return load(self.folder / version)
            except (DamagedError, UnavailableError) as error:
                on_damaged(version, error)
        return None

    def _point(self, pointer: Pointer) -> None:
        write_durably(self.folder / POINTER, msgspec.json.encode(pointer))

    def _holds(self, name: str) -> bool:
        path = self.folder / name
        return path.parent == self.folder and path.is_dir() and name != WORK and "." not in name


def chosen(models: Path) -> tuple[str | None, ...]:
    """Return what serves of each kind below the data folder's ``model``: a judge that starts now loads it."""
    return tuple(Shelf(models / kind).pointer.current for kind in (TRAINED, ABUSE, SELF_TAUGHT))
