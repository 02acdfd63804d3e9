"""What a command does with versions that are kept (版本管理): lists them, lets another serve, goes back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from minxin.classifier.shelf import Shelf

NONE_SERVES: Final = "不再使用 / none serves any more"


def add_version_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that handle versions, of which one excludes the others."""
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="list the versions that are kept, and do nothing else")
    instead.add_argument("--use", metavar="VERSION", help="let this version serve, and do nothing else")
    instead.add_argument("--back", action="store_true", help="let the version before serve, and do nothing else")


def wants_versions(args: argparse.Namespace) -> bool:
    """Say whether one of these arguments was given."""
    return bool(args.list or args.use or args.back)


def handle_versions(
    args: argparse.Namespace,
    shelf: Shelf,
    check: Callable[[Path], object],
    figures: Callable[[Path], str],
    names: Sequence[str] | None = None,
) -> None:
    """Do what was asked, and list the versions with their ``figures``, the one that serves with a star.

    ``names`` are the versions in another order than that of their names. Raises what :class:`Shelf` does.
    """
    if args.use:
        shelf.use(args.use, check)
    elif args.back and shelf.back(check) is None:
        print(NONE_SERVES)
    current = shelf.pointer.current
    for name in shelf.names() if names is None else names:
        print(f"{'*' if name == current else ' '} {name}  {figures(shelf.folder / name)}")
