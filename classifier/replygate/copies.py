"""Whether an answer is copied from an earlier one (照搬): most of its words stand there, and the letters differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minxin.classifier.replygate.sentences import matter_of, shingles
from minxin.classifier.text import fold
from minxin.core.judgement import judged_text
from minxin.core.reply_check import Finding, Flaw, ReplyToCheck, Severity

# What is the answer's own: basis, contact and remedy are the same in many answers, and rightly so.
OWN_PARTS: Final = ("finding", "result")
_SIZE: Final = 5
_LEAST: Final = 20  # shingles; two sentences of a few words are alike by chance
_COPIED: Final = 0.8
_ALIKE: Final = 0.3  # share of the shorter letter's matter that the other has: the same answer fits both


def copy_findings(reply: ReplyToCheck) -> Iterator[Finding]:
    """Yield the earlier answer that this one copies most of, when it was given to a letter about something else."""
    own = shingles((reply.parts.get(name, "") for name in OWN_PARTS), _SIZE)
    if len(own) < _LEAST:
        return
    shares = [(len(own & shingles((one.answer,), _SIZE)) / len(own), one) for one in reply.earlier]
    copied = [(share, one) for share, one in shares if share >= _COPIED]
    letter = judged_text(reply.subject, reply.body)
    for share, one in sorted(copied, key=lambda pair: -pair[0]):
        if not _alike(letter, one.letter):
            yield Finding(Flaw.COPIED, Severity.WARNING, OWN_PARTS[0], about=f"{one.number}, {share:.0%}")
            return


def _alike(letter: str, other: str) -> bool:
    first, second = matter_of(fold(letter).text), matter_of(fold(other).text)
    least = min(len(first), len(second))
    return least > 0 and len(first & second) >= _ALIKE * least
