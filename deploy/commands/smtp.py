"""``minxin smtp``: run a process of the service that has the doors for mail."""

from __future__ import annotations

import argparse

from minxin.deploy import serving

NAME = "smtp"
HELP = "run a process of the service that has the doors for mail"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    serving.add_arguments(parser, NAME)


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    return serving.run(args, NAME)
