"""``minxin backup``: a sealed copy of the store and the models, while the service runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from minxin.core.clock import SystemClock
from minxin.core.errors import ConfigError
from minxin.deploy.backup import back_up
from minxin.deploy.sealed_archive import new_key, recipients_of
from minxin.deploy.settings import load_settings

NAME: Final = "backup"
HELP: Final = "write an encrypted backup while the service runs (备份)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("target", type=Path, nargs="?", metavar="FILE", help="the new file that is written")
    parser.add_argument(
        "--new-key", type=Path, metavar="FILE", help="make a key for restoring, and print its public key"
    )
    parser.add_argument(
        "--for",
        dest="recipients",
        action="append",
        metavar="age1…",
        help="the public key that the backup is sealed for, may be given again (else as configured)",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder with the store (else as configured)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def run(args: argparse.Namespace) -> int:
    """Make a key, or a backup; raises ``ConfigError`` when there is nobody to seal it for."""
    if args.new_key:
        print(new_key(args.new_key))
        return 0
    if args.target is None:
        raise ConfigError("name the FILE to write, or --new-key FILE")
    settings = load_settings(args.config, data=args.data)
    recipients = recipients_of(args.recipients or settings.backup_for.split())
    if not recipients:
        raise ConfigError(
            "nobody to seal the backup for: give --for age1… or set backup_for (minxin backup --new-key FILE)"
        )
    back_up(settings, args.target, recipients, SystemClock(), _show)
    print(f"{args.target}: {args.target.stat().st_size / 1e6:.1f} MB")
    return 0


def _show(share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)
