"""The trained models that are kept: the shelf of versions (:mod:`minxin.classifier.shelf`) for models of offices."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from minxin.classifier.shelf import TRAINED, OnDamaged, Pointer, Shelf
from minxin.classifier.trained.card import Card, read_card
from minxin.classifier.trained.model import TrainedModel, load_trained
from minxin.core.errors import DamagedError, InvalidInputError


class Kept(Struct, frozen=True):
    """A version on the shelf; ``card`` is None when it is damaged."""

    version: str
    card: Card | None


def shelf_of(models: Path) -> Path:
    """Return the folder of the versions below the data folder's ``model``."""
    return models / TRAINED


def pointer_of(models: Path) -> Pointer:
    """Return what serves; nothing does where nothing was trained, or where it can't be read."""
    return _shelf(models).pointer


def versions(models: Path) -> list[Kept]:
    """Return all versions, the newest first."""
    shelf = _shelf(models)
    kept = [Kept(name, _card(shelf.folder / name)) for name in shelf.names()]
    return sorted(kept, key=lambda one: one.card.made_at.timestamp() if one.card else 0.0, reverse=True)


def current_trained(models: Path, on_damaged: OnDamaged = lambda version, error: None) -> TrainedModel | None:
    """Return the model that serves, or the last one before it that is whole; None when there is none.

    ``on_damaged`` is told of each one that can't be used. ``models`` is the data folder's ``model``.
    """
    return _shelf(models).serving(load_trained, on_damaged)


def put(models: Path, made: Path, version: str) -> Path:
    """Put a finished folder on the shelf under its version; one that stood there is replaced."""
    return _shelf(models).put(made, version)


def use(models: Path, version: str) -> None:
    """Let a version serve.

    Raises :class:`NotFoundError` for one that is not kept, :class:`DamagedError` for one that is damaged,
    :class:`InvalidInputError` for one whose labels are not offices, :class:`UnavailableError` where it can't run.
    """
    _shelf(models).use(version, must_route)


def back(models: Path) -> str | None:
    """Let the last version before the one that serves do so again, and return its name; None when there is none.

    Raises :class:`NotFoundError` when none serves, and what :func:`use` raises.
    """
    return _shelf(models).back(must_route)


def must_route(folder: Path) -> None:
    """Load a version; raises what :func:`use` does, but for one that is not kept."""
    if not load_trained(folder).card.routable:
        raise InvalidInputError("train.version.not_offices", version=folder.name)


def _shelf(models: Path) -> Shelf:
    return Shelf(shelf_of(models))


def _card(folder: Path) -> Card | None:
    try:
        return read_card(folder)
    except DamagedError:
        return None
