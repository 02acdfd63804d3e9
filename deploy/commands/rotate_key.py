"""``minxin rotate-key``: seal personal data with a new key while the service runs (密钥轮换)."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from minxin.core.clock import SystemClock
from minxin.core.errors import ConfigError
from minxin.core.privacy import LOOK_S, Vault, add_key, keys_of, load_key
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.storing import open_store, store_exists
from minxin.mailbox.resealing import Resealing

NAME: Final = "rotate-key"
HELP: Final = "seal personal data with a new key while the service runs (密钥轮换)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "step",
        nargs="?",
        choices=("all", "prepare", "reseal"),
        default="all",
        help="prepare: only put a new key into the file, to be brought to every machine; reseal: only what comes then",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder with the store (else as configured)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def run(args: argparse.Namespace) -> int:
    """Rotate the key, or go on with a rotation that was cut off; a file that can't be used is a ``ConfigError``."""
    settings = load_settings(args.config, data=args.data)
    asyncio.run(_rotate(settings, args.step))
    return 0


async def _rotate(settings: Settings, step: str) -> None:
    if not await store_exists(settings):
        raise ConfigError("there is no store: nothing is sealed yet")
    store = await open_store(settings)
    try:
        stale = await Resealing(store, _vault(settings), SystemClock()).stale()
        if step != "reseal":
            _prepare(settings, stale, go_on=step == "all")
        if step == "prepare":
            return
        # Every process looks at the file once a second: from now on none seals with the key before.
        await asyncio.sleep(2 * LOOK_S)
        sealing = Resealing(store, _vault(settings), SystemClock())
        done = await sealing.run(_show)
        done += await sealing.run(_show)  # what was opened between
        left = await sealing.stale()
        await sealing.note(done)
    finally:
        await store.close()
    print(f"{done} accounts sealed anew, {left} left")
    if left:
        raise ConfigError("a process still seals with another key: give it the file, then run this again")


def _prepare(settings: Settings, stale: int, *, go_on: bool) -> None:
    if not stale:
        add_key(settings.key_file)
        print(f"{settings.key_file}: has a new key first of {len(keys_of(load_key(settings.key_file)))}; keep a copy")
    elif go_on:
        print(f"going on: {stale} accounts are sealed with another key")
    else:
        raise ConfigError(f"{stale} accounts are sealed with another key: run minxin rotate-key reseal first")


def _vault(settings: Settings) -> Vault:
    return Vault(load_key(settings.key_file))


def _show(count: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{count}", end="", file=sys.stderr, flush=True)
