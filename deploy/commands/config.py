"""``minxin config``: check the settings and print them."""

from __future__ import annotations

import argparse
from pathlib import Path

from minxin.core.calendar_tables import load_calendar
from minxin.core.privacy import load_key
from minxin.deploy.city import load_city
from minxin.deploy.house import load_rules
from minxin.deploy.settings import load_settings

NAME = "config"
HELP = "check the settings and print them, secrets masked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--config", type=Path, help="a TOML file of settings")


def run(args: argparse.Namespace) -> int:
    """Print each setting; a wrong one, or data files that can't be used, is a ``ConfigError`` (status 2)."""
    settings = load_settings(args.config)
    city = load_city(settings.city)
    pack = load_rules(city)
    calendar = load_calendar(settings.calendar)
    for name, value in settings.shown():
        print(f"{name} = {value}")
    print(f"# city: {city.name}, {len(city.offices)} offices")
    print(f"# rules: {pack.id} version {pack.version}, {len(pack.rules)} rules")
    print(f"# calendar: tables for {min(calendar.years)} to {max(calendar.years)}")
    if settings.key_file.exists():
        load_key(settings.key_file)
        print(f"# master key: {settings.key_file} (present, not shown)")
    else:
        print(f"# master key: {settings.key_file} (made at the first start)")
    return 0
