"""``minxin migrate``: bring the store to the schema and the indexes of this version, without opening a door."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Final

from minxin.deploy.settings import load_settings
from minxin.deploy.storing import migrate_store, store_name

NAME: Final = "migrate"
HELP: Final = "bring the store to this version's schema and indexes (迁移)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def run(args: argparse.Namespace) -> int:
    """Do what the next start would do, and look at every index again; a newer store is a ``ConfigError`` (status 2)."""
    settings = load_settings(args.config)
    asyncio.run(migrate_store(settings))
    print(f"{store_name(settings)}: up to date")
    return 0
