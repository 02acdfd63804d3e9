"""``minxin audit verify``: proves that no letter, event or audit entry vanished or was changed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from minxin.core.changes import Head
from minxin.core.errors import MinxinError
from minxin.core.verify import Verdict, verify
from minxin.deploy.settings import load_settings
from minxin.store.sqlite.snapshot import open_snapshot

NAME: Final = "audit"
HELP: Final = "check the chains of events, the audit log and the ledger (存证核验)"

HOLDS, BROKEN, UNUSABLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("action", choices=["verify"], help="verify: walk all chains and name the first break")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder with the store (else as configured)")
    parser.add_argument(
        "--known",
        type=_known,
        action="append",
        default=[],
        metavar="CHAIN=SEQ:HASH",
        help="a head that left the house (on a receipt, in an export) and must be found: ledger=12:9f3c…",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file")


def run(args: argparse.Namespace) -> int:
    """Print what was found; 0 when everything holds, 1 with the first broken entry, 2 when nothing can be read.

    Only reads, from one snapshot, and may run beside the server.
    """
    try:
        with open_snapshot(load_settings(args.config, data=args.data).data) as trail:
            verdict = asyncio.run(verify(trail, dict(args.known)))
    except MinxinError as error:
        print(f"can't be verified: {error.reason}", file=sys.stderr)
        return UNUSABLE
    print(_counts(verdict))
    if verdict.broken is None:
        print("everything holds")
        return HOLDS
    broken = verdict.broken
    print(f"BROKEN: {broken.chain} number {broken.seq}: {broken.problem}")
    return BROKEN


def _known(text: str) -> tuple[str, Head]:
    chain, _, head = text.rpartition("=")
    seq, _, digest = head.partition(":")
    if not chain or not seq.isdecimal() or not digest:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHAIN=SEQ:HASH")
    return chain, Head(int(seq), digest)


def _counts(verdict: Verdict) -> str:
    return (
        f"{verdict.numbers} letter numbers, {verdict.streams} chains with {verdict.events} events, "
        f"{verdict.audit} audit entries, {verdict.checkpoints} checkpoints read"
    )
