"""``minxin copy``: moves a city from one store into another while it serves."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError
from minxin.deploy.moving import compare, copy, finish
from minxin.store.mongo.client import Driver

NAME: Final = "copy"
HELP: Final = "move the city from one store into another while it serves (迁库)"

DONE, DIFFERS = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    where = "sqlite:FOLDER, mongodb://…/database, or @FILE with such an address in it"
    parser.add_argument("--from", dest="source", required=True, metavar="ADDRESS", help=where)
    parser.add_argument("--to", dest="target", required=True, metavar="ADDRESS", help="the same; an empty store")
    parser.add_argument("--driver", type=Driver, default=Driver.PYMONGO, choices=list(Driver), help="for MongoDB")
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--final", action="store_true", help="the last step, once the service has stopped")
    step.add_argument("--check", action="store_true", help="only compare two stores that nobody writes to")


def run(args: argparse.Namespace) -> int:
    """Copy, finish or compare; 0 when all is well, 1 when the stores differ or the copy does not hold."""
    source, target = _address(args.source), _address(args.target)
    if source == target:
        raise ConfigError("the source and the target are the same")
    given = (source, target, args.driver, _say, _show)
    if args.check:
        return DONE if asyncio.run(compare(*given)) else DIFFERS
    if args.final:
        return DONE if asyncio.run(finish(*given)) else DIFFERS
    asyncio.run(copy(*given))
    return DONE


def _address(text: str) -> str:
    """Return the address; one with a password in it belongs into a file, where other users see no arguments."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{text[1:]} can't be read") from error


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(text, flush=True)


def _show(part: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{done / max(total, 1):4.0%} {part}", end="", file=sys.stderr, flush=True)
