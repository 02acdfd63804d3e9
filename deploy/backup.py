"""Backup and restoring (备份与恢复): the store and the models, without any key.

What the store holds of phones and ID numbers is encrypted with the master key, which is never in a backup: keep it
apart, and the file of settings and the city's folder as well. What can be made again is left out: the encoder, the
vectors that are kept, and what went out by the folders ``mail`` and ``sms``.

A backup holds the store as the one file of the embedded engine, whatever engine it was in: each can be restored into
either.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pyrage.x25519 import Identity, Recipient

from minxin import __version__
from minxin.core.clock import Clock
from minxin.core.errors import ConfigError, DamagedError
from minxin.deploy.moving import save
from minxin.deploy.sealed_archive import seal, unseal
from minxin.deploy.settings import Settings
from minxin.store.mongo.client import Driver
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.copying import check_store, copy_store

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
_MODELS: Final = "model"
_MADE_AGAIN: Final = "encoder-"


def back_up(
    settings: Settings, target: Path, recipients: Sequence[Recipient], clock: Clock, progress: Callable[[float], None]
) -> None:
    """Write a sealed backup of the store and the data folder to ``target``, beside a server that goes on.

    The copy of the store lies unsealed in the data folder for as long as it takes. Raises ``ConfigError`` and what
    :func:`copy_store` and :func:`save` raise.
    """
    data = settings.data
    if target.exists():
        raise ConfigError(f"{target} is there already")
    if not settings.store and not (data / FILE).is_file():
        raise ConfigError(f"there is no store in {data}")
    begun = clock.now()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=data) as scratch:
        copy = Path(scratch) / FILE
        if settings.store:
            driver = Driver(settings.store_driver)
            asyncio.run(save(settings.store, copy.parent, driver, lambda _, done, all_: progress(done / max(all_, 1))))
        else:
            copy_store(data, copy, progress)
        manifest = Path(scratch) / MANIFEST
        manifest.write_text(json.dumps({"format": FORMAT, "minxin": __version__, "begun": begun.isoformat()}))
        seal(target, recipients, [(MANIFEST, manifest), (FILE, copy), *_models(data)])


def restore(source: Path, identities: Sequence[Identity], data: Path) -> dict[str, Any]:
    """Unpack a backup into the new folder ``data``, check each page of the store, and return what the backup says.

    The folder is there whole or not at all. Raises ``ConfigError`` when it exists with something in it or the backup
    can't be used, ``DamagedError`` when it is damaged.
    """
    if data.exists() and any(data.iterdir()):
        raise ConfigError(f"{data} is not empty")
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{data.name}-", dir=data.parent) as scratch:
        folder = Path(scratch) / "data"
        folder.mkdir(mode=0o700)
        unseal(source, identities, folder)
        manifest = _manifest(source, folder)
        check_store(folder)
        _sync(folder)
        os.replace(folder, data)
    _sync_entry(data.parent)
    return manifest


def _models(data: Path) -> Iterator[tuple[str, Path]]:
    models = data / _MODELS
    for path in sorted(models.rglob("*")):
        inside = path.relative_to(models)
        if path.is_file() and not inside.parts[0].startswith((_MADE_AGAIN, ".")):
            yield f"{_MODELS}/{inside.as_posix()}", path


def _manifest(source: Path, folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).unlink()
    except (OSError, ValueError) as error:
        raise DamagedError(f"{source} is no backup of this program") from error
    if manifest.get("format") != FORMAT:
        raise ConfigError(f"{source} was made by version {manifest.get('minxin')}, which this one can't read")
    return manifest


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync_entry(path)
    _sync_entry(folder)


def _sync_entry(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
