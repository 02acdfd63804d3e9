"""``minxin restore``: a data folder, or a MongoDB, from a backup, every page checked, the audit chain verified."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError
from minxin.deploy.backup import restore
from minxin.deploy.commands import audit
from minxin.deploy.moving import finish
from minxin.deploy.sealed_archive import identities_in
from minxin.deploy.settings import Settings, load_settings
from minxin.store.mongo.client import Driver
from minxin.store.sqlite.connect import FILE

NAME: Final = "restore"
HELP: Final = "make a data folder, and the store, from a backup (恢复)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("source", type=Path, metavar="FILE", help="the backup")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the secret key that it is sealed for")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the new data folder")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file; its store must be empty")


def run(args: argparse.Namespace) -> int:
    """Restore, and verify as ``minxin audit verify`` does: its status is this command's."""
    settings = load_settings(args.config, data=args.data)
    manifest = restore(args.source, identities_in(args.key), args.data)
    print(f"restored the backup begun {manifest['begun']} by version {manifest['minxin']}")
    status = _into_store(settings) if settings.store else audit.run(argparse.Namespace(**vars(args), known=[]))
    print("put the master key in its place before the service is started")
    return status


def _into_store(settings: Settings) -> int:
    """Move what was restored into the MongoDB, and prove it there; the file goes when everything is alike."""
    source, driver = f"sqlite:{settings.data}", Driver(settings.store_driver)
    try:
        alike = asyncio.run(finish(source, settings.store, driver, print, lambda *_: None))
    except ConfigError as error:
        raise ConfigError(f"{error.reason}; the backup is unpacked in {settings.data}, minxin copy goes on") from error
    if not alike:
        return audit.BROKEN
    (settings.data / FILE).unlink()
    return audit.HOLDS
