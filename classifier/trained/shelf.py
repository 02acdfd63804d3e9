"""The trained models that are kept (模型版本): which one serves, and the way back.

A version is a folder of its own and is never changed. ``current.json`` names the one that serves and those before it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.classifier.durable import write_durably
from minxin.classifier.trained.card import Card, read_card
from minxin.classifier.trained.model import TrainedModel, load_trained
from minxin.core.errors import DamagedError, InvalidInputError, MinxinError, NotFoundError, UnavailableError

FOLDER, WORK, POINTER = "trained", "work", "current.json"
_MOST_BEFORE = 20


class Pointer(Struct, frozen=True):
    """The version that serves, and what served before it, the latest first."""

    current: str | None = None
    before: tuple[str, ...] = ()


class Kept(Struct, frozen=True):
    """A version on the shelf; ``card`` is None when it is damaged."""

    version: str
    card: Card | None


_pointer = msgspec.json.Decoder(Pointer)


def shelf_of(models: Path) -> Path:
    """Return the folder of the versions below the data folder's ``model``."""
    return models / FOLDER


def pointer_of(models: Path) -> Pointer:
    """Return what serves; nothing does where nothing was trained, or where it can't be read."""
    try:
        return _pointer.decode((shelf_of(models) / POINTER).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Pointer()


def versions(models: Path) -> list[Kept]:
    """Return all versions, the newest first."""
    shelf = shelf_of(models)
    names = [path.name for path in shelf.iterdir() if _is_version(path)] if shelf.is_dir() else []
    kept = [Kept(name, _card(shelf / name)) for name in sorted(names, reverse=True)]
    return sorted(kept, key=lambda one: one.card.made_at.timestamp() if one.card else 0.0, reverse=True)


def current_trained(
    models: Path, on_damaged: Callable[[str, MinxinError], None] = lambda version, error: None
) -> TrainedModel | None:
    """Return the model that serves, or the last one before it that is whole; None when there is none.

    ``on_damaged`` is told of each one that can't be used. ``models`` is the data folder's ``model``.
    """
    pointer = pointer_of(models)
    for version in filter(None, (pointer.current, *pointer.before)):
        try:
            return load_trained(shelf_of(models) / version)
        except (DamagedError, UnavailableError) as error:
            on_damaged(version, error)
    return None


def put(models: Path, made: Path, version: str) -> Path:
    """Put a finished folder on the shelf under its version; one that stood there is replaced."""
    place = shelf_of(models) / version
    shutil.rmtree(place, ignore_errors=True)
    return made.rename(place)


def use(models: Path, version: str) -> None:
    """Let a version serve from the next start of the judge on.

    Raises :class:`NotFoundError` for one that is not kept, :class:`DamagedError` for one that is damaged,
    :class:`InvalidInputError` for one whose labels are not offices, :class:`UnavailableError` where it can't run.
    """
    folder = shelf_of(models) / version
    if not _is_version(folder):
        raise NotFoundError("train.version.missing", version=version)
    if not load_trained(folder).card.routable:
        raise InvalidInputError("train.version.not_offices", version=version)
    pointer = pointer_of(models)
    if pointer.current != version:
        before = tuple(name for name in (pointer.current, *pointer.before) if name and name != version)
        _write(models, Pointer(version, before[:_MOST_BEFORE]))


def back(models: Path) -> str | None:
    """Let the last version before the one that serves do so again, and return its name.

    Without one before it, none serves any more and None is returned. Raises :class:`NotFoundError` when none serves,
    and what :func:`use` raises.
    """
    pointer = pointer_of(models)
    if pointer.current is None:
        raise NotFoundError("train.version.none")
    if not pointer.before:
        _write(models, Pointer())
        return None
    load_trained(shelf_of(models) / pointer.before[0])
    _write(models, Pointer(pointer.before[0], pointer.before[1:]))
    return pointer.before[0]


def _write(models: Path, pointer: Pointer) -> None:
    write_durably(shelf_of(models) / POINTER, msgspec.json.encode(pointer))


def _is_version(path: Path) -> bool:
    return path.parent.name == FOLDER and path.is_dir() and path.name != WORK and "." not in path.name


def _card(folder: Path) -> Card | None:
    try:
        return read_card(folder)
    except DamagedError:
        return None
