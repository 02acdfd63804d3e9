"""``minxin all``: run the whole service in one process."""

from __future__ import annotations

import argparse

from minxin.deploy import serving

NAME = "all"
HELP = "run the whole service in one process"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    serving.add_arguments(parser, NAME)


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    return serving.run(args, NAME)
