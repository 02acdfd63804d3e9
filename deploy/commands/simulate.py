"""``minxin simulate``: a city of any size with years of letters, for trials of speed and for practice."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from minxin.core.errors import ConfigError
from minxin.deploy.bar import Bar
from minxin.deploy.house import open_house
from minxin.deploy.logs import set_up_logs
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.simulation import Size, simulate

NAME = "simulate"
HELP = "make a city of many letters for trials"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--data", type=Path, required=True, help="an empty folder, or one where simulate was stopped")
    parser.add_argument("--store", metavar="ADDRESS", help="a MongoDB replica set: mongodb://…/database")
    parser.add_argument("--citizens", type=int, default=100_000, help="how many people live there")
    parser.add_argument("--letters", type=int, default=1_000_000, help="how many letters they wrote")
    parser.add_argument("--years", type=int, default=3, help="how many years ago the first one came")
    parser.add_argument("--seed", type=int, default=1, help="which of all such cities")


def run(args: argparse.Namespace) -> int:
    """Write until all letters are there; a second run after a stop goes on where the first one ended."""
    for name, most in (("citizens", 5_000_000), ("letters", 10_000_000), ("years", 10)):
        if not 1 <= getattr(args, name) <= most:
            raise ConfigError(f"--{name} {getattr(args, name)} is not between 1 and {most}")
    settings = load_settings(None, {}, data=args.data, store=args.store, demo=True)
    set_up_logs()
    asyncio.run(_simulate(settings, Size(args.citizens, args.letters, args.years, args.seed)))
    return 0


async def _simulate(settings: Settings, size: Size) -> None:
    bar = Bar(size.letters)
    async with open_house(settings) as house:
        started = time.monotonic()
        written = await simulate(house, size, bar.show)
        seconds = time.monotonic() - started
    print(f"\n{written} 封 / letters, {seconds:.1f} s, {written / max(seconds, 0.001):.0f} /s", flush=True)
