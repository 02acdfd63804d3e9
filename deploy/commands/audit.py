"""``minxin audit verify``: proves that no letter, file, answer, event or audit entry vanished or was changed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from minxin.consult.verify import LettersVerdict, verify_letters
from minxin.core.changes import Head
from minxin.core.errors import MinxinError
from minxin.core.verify import Verdict, verify
from minxin.deploy.settings import load_settings
from minxin.store.sqlite.snapshot import SqliteEvidence, open_snapshot

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

    Only reads, from one snapshot, and may run beside the server.
    """
    try:
        with open_snapshot(load_settings(args.config, data=args.data).data) as evidence:
            verdict, letters = asyncio.run(_verify(evidence, dict(args.known)))
    except MinxinError as error:
        print(f"can't be verified: {error.reason}", file=sys.stderr)
        return UNUSABLE
    print(_counts(verdict, letters))
    broken = _broken(verdict, letters)
    print(f"BROKEN: {broken}" if broken else "everything holds")
    return BROKEN if broken else HOLDS


async def _verify(evidence: SqliteEvidence, known: dict[str, Head]) -> tuple[Verdict, LettersVerdict | None]:
    """Prove the chains, and then by their events the letters; broken chains prove nothing about letters."""
    verdict = await verify(evidence, known)
    return verdict, await verify_letters(evidence) if verdict.broken is None else None


def _broken(verdict: Verdict, letters: LettersVerdict | None) -> str | None:
    if verdict.broken is not None:
        return f"{verdict.broken.chain} number {verdict.broken.seq}: {verdict.broken.problem}"
    if letters is not None and letters.broken is not None:
        return f"letter {letters.broken.number} ({letters.broken.letter_id}): {letters.broken.problem}"
    return None


def _known(text: str) -> tuple[str, Head]:
    chain, _, head = text.rpartition("=")
    seq, _, digest = head.partition(":")
    if not chain or not seq.isdecimal() or not digest:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHAIN=SEQ:HASH")
    return chain, Head(int(seq), digest)


def _counts(verdict: Verdict, letters: LettersVerdict | None) -> str:
    read = [
        f"{verdict.numbers} letter numbers",
        f"{verdict.streams} chains with {verdict.events} events",
        f"{verdict.audit} audit entries",
        f"{verdict.checkpoints} checkpoints",
    ]
    if letters is not None:
        read += [f"{letters.letters} letters", f"{letters.files} originals and files"]
    return f"{', '.join(read)} read"
