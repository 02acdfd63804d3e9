"""Proves that no letter, file, answer, event or audit entry vanished or was changed (存证核验)."""

from __future__ import annotations

from minxin.consult.verify import LettersVerdict, verify_letters
from minxin.core.changes import Head
from minxin.core.verify import Verdict, verify
from minxin.deploy.storing import Evidence


async def prove(evidence: Evidence, known: dict[str, Head]) -> tuple[Verdict, LettersVerdict | None]:
    """Prove the chains, and then by their events the letters; broken chains prove nothing about letters."""
    verdict = await verify(evidence, known)
    return verdict, await verify_letters(evidence) if verdict.broken is None else None


def first_break(verdict: Verdict, letters: LettersVerdict | None) -> str | None:
    """Return what does not fit, or None when everything holds."""
    if verdict.broken is not None:
        return f"{verdict.broken.chain} number {verdict.broken.seq}: {verdict.broken.problem}"
    if letters is not None and letters.broken is not None:
        return f"letter {letters.broken.number} ({letters.broken.letter_id}): {letters.broken.problem}"
    return None


def what_was_read(verdict: Verdict, letters: LettersVerdict | None) -> str:
    """Return one line of figures."""
    read = [
        f"{verdict.numbers} letter numbers",
        f"{verdict.streams} chains with {verdict.events} events",
        f"{verdict.audit} audit entries",
        f"{verdict.checkpoints} checkpoints",
    ]
    if letters is not None:
        read += [f"{letters.letters} letters", f"{letters.files} originals and files"]
    return f"{', '.join(read)} read"
