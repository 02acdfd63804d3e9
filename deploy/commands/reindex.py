"""``minxin reindex``: fill a new search index beside the one that is searched, and switch to it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from minxin.consult.search.filling import SearchFilling
from minxin.core.clock import SystemClock
from minxin.core.errors import ConfigError
from minxin.deploy.searching import open_search
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.storing import open_store, store_exists

NAME: Final = "reindex"
HELP: Final = "fill the search index anew while the service runs (重建索引)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder with the store (else as configured)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def run(args: argparse.Namespace) -> int:
    """Build the index; raises ``ConfigError``, ``UnavailableError``, ``BuildUnderWayError``."""
    print(asyncio.run(_reindex(load_settings(args.config, data=args.data))))
    return 0


async def _reindex(settings: Settings) -> str:
    if not await store_exists(settings):
        raise ConfigError("there is no store to fill an index from")
    async with AsyncExitStack() as stack:
        store = await open_store(settings)
        stack.push_async_callback(store.close)
        engine = open_search(settings)
        stack.push_async_callback(engine.close)
        done = await SearchFilling(store, engine, SystemClock()).rebuild(_show)
        state = await engine.state()
    size_mb = state.size_bytes / 1_000_000
    return f"{state.name}: {done} letters, {state.entries} entries, {size_mb:.1f} MB"


def _show(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}", end="", file=sys.stderr, flush=True)
