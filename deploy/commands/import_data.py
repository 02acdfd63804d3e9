"""``minxin import``: bring in letters, a register of residents, places, matters or knowledge, from files."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from minxin.core.actor import SYSTEM
from minxin.core.errors import ConfigError
from minxin.deploy.city_matters import told
from minxin.deploy.csv_text import csv_text
from minxin.deploy.house import House, account_rules, open_house
from minxin.deploy.knowledge_import import import_knowledge, rows_told
from minxin.deploy.letter_files import LetterFile, import_letters
from minxin.deploy.place_import import import_places
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import load_settings
from minxin.mailbox.kit import Kit
from minxin.mailbox.register import import_register
from minxin.mailbox.residences import import_residences

NAME = "import"
HELP = "bring in letters, a register of residents, places or knowledge from CSV, matters from JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("what", choices=("letters", "register", "areas", "places", "matters", "knowledge"))
    parser.add_argument(
        "file",
        type=Path,
        help="letters: subject, body and, if known, time, kind, place; register: name, id_number, phone; "
        "areas (where citizens live): id_number, district and, if known, street; "
        "places: name, type, within (district/street) and, if any, aliases (a|b); matters: JSON, see docs/matters.md; "
        "knowledge (CSV or xlsx): question, answer, basis and, if any, what an export has besides",
    )
    parser.add_argument("--publish", action="store_true", help="knowledge: show the entries at once, not as drafts")
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the data folder")


def run(args: argparse.Namespace) -> int:
    """Import the file; the lines that can't be taken are named on standard error (status 1 when there are any)."""
    return asyncio.run(_import(args))


async def _import(args: argparse.Namespace) -> int:
    settings = load_settings(args.config, data=args.data)
    async with open_house(settings, progress=_say) as house:
        if args.what == "register":
            return await _register(house, args.file)
        if args.what == "areas":
            return await _areas(house, args.file)
        if args.what == "places":
            return await _places(house, args.file)
        await ensure_offices(house)
        if args.what == "matters":
            return await _matters(house, args.file)
        if args.what == "knowledge":
            return await _knowledge(house, args.file, publish=args.publish)
        return await _letters(house, args.file)


async def _register(house: House, path: Path) -> int:
    result = await import_register(house.store, house.vault, house.clock, path, SYSTEM, _count)
    _say(f"\nadded {result.added}, changed {result.changed}, unchanged {result.unchanged}")
    for error in result.errors:
        print(f"{path}:{error.line}: {error.reason}", file=sys.stderr)
    return 1 if result.errors else 0


async def _areas(house: House, path: Path) -> int:
    rules = account_rules(house.settings, house.city)
    kit = Kit(house.store, house.vault, house.clock, house.passwords, rules, house.verifier)
    result = await import_residences(kit, await asyncio.to_thread(csv_text, path), SYSTEM, _count)
    _say(f"\nadded {result.added}, said by themselves {result.said}, without an account {result.unknown}")
    for error in result.errors:
        print(f"{path}:{error.line}: {error.reason}", file=sys.stderr)
    return 1 if result.errors else 0


async def _places(house: House, path: Path) -> int:
    result = await import_places(house, path)
    for line, reason in result.errors:
        print(f"{path}:{line}: {reason}", file=sys.stderr)
    if result.errors:
        print("nothing was imported / 没有导入任何地名", file=sys.stderr)
        return 1
    _say(f"added {result.added}, changed {result.changed}, unchanged {result.unchanged}")
    return 0


async def _matters(house: House, path: Path) -> int:
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    taken = await house.matters.take_in(SYSTEM, data, origin="import")
    for fault in taken.faults:
        print(f"{path}: {told(fault)}", file=sys.stderr)
    if taken.faults:
        print("nothing was imported / 没有导入任何事项", file=sys.stderr)
        return 1
    _say(f"added {taken.added}, changed {taken.changed}, unchanged {taken.unchanged}")
    return 0


async def _knowledge(house: House, path: Path, *, publish: bool) -> int:
    result = await import_knowledge(house, path, publish=publish)
    for row, reason in rows_told(result):
        print(f"{path}:{row}: {reason}", file=sys.stderr)
    if result.faults:
        print("nothing was imported / 没有导入任何条目", file=sys.stderr)
        return 1
    _say(f"added {result.added}, changed {result.changed}, unchanged {result.unchanged}")
    return 0


async def _letters(house: House, path: Path) -> int:
    result = await import_letters(house, LetterFile(path), _count)
    _say(
        f"\nimported {result.added}, known already {result.known}, routed {result.routed}, for a clerk {result.waiting}"
    )
    for line, reason in result.errors:
        print(f"{path}:{line}: {reason}", file=sys.stderr)
    return 1 if result.errors else 0


def _count(lines: int) -> None:
    print(f"\r{lines}", end="", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)
