"""``minxin audit verify``: proves that no letter, file, answer, event or audit entry vanished or was changed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from minxin.consult.verify import LettersVerdict
from minxin.core.changes import Head
from minxin.core.errors import MinxinError
from minxin.core.verify import Verdict
from minxin.deploy.proving import first_break, prove, what_was_read
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.storing import open_evidence

NAME: Final = "audit"
HELP: Final = "check the chains, the audit log, the ledger, and what the letters say (存证核验)"

HOLDS, BROKEN, UNUSABLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("action", choices=["verify"], help="verify: check everything and name the first break")
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

    Only reads, and may run beside the server.
    """
    try:
        settings = load_settings(args.config, data=args.data)
        verdict, letters = asyncio.run(_verify(settings, dict(args.known)))
    except MinxinError as error:
        print(f"can't be verified: {error.reason}", file=sys.stderr)
        return UNUSABLE
    print(what_was_read(verdict, letters))
    broken = first_break(verdict, letters)
    print(f"BROKEN: {broken}" if broken else "everything holds")
    return BROKEN if broken else HOLDS


async def _verify(settings: Settings, known: dict[str, Head]) -> tuple[Verdict, LettersVerdict | None]:
    async with open_evidence(settings) as evidence:
        return await prove(evidence, known)


def _known(text: str) -> tuple[str, Head]:
    chain, _, head = text.rpartition("=")
    seq, _, digest = head.partition(":")
    if not chain or not seq.isdecimal() or not digest:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHAIN=SEQ:HASH")
    return chain, Head(int(seq), digest)
