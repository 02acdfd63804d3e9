"""What the reply gate says (答复质检), as people read it: each finding in words, each point with what answers it."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from minxin.core.reply_check import Finding, ReplyCheck, Severity
from minxin.webui.i18n import Language, sentences


class FindingView(Struct, frozen=True):
    """One finding: ``text`` says what is wrong, ``quote`` is what stands there now."""

    severity: Severity
    text: str
    part: str
    quote: str


class AnsweredView(Struct, frozen=True):
    """A point of the letter, and the sentence that answers it; empty when none does."""

    title: str
    quote: str


class CheckView(Struct, frozen=True):
    """A check; ``seen`` names its warnings, so that a form can say which ones somebody has read."""

    findings: tuple[FindingView, ...]
    answers: tuple[AnsweredView, ...]
    warnings: int
    seen: str


def check_view(check: ReplyCheck, language: Language) -> CheckView:
    """Return the check in the reader's language."""
    return CheckView(
        findings=tuple(
            FindingView(one.severity, finding_text(one, language), one.part, one.quote) for one in check.findings
        ),
        answers=tuple(AnsweredView(one.point.title, one.quote) for one in check.answers),
        warnings=len(check.warnings),
        seen=seen_by(check),
    )


def finding_text(finding: Finding, language: Language) -> str:
    """Return what is wrong, in one or two sentences."""
    words = sentences()
    part = words.sentence(f"part.{finding.part}", language) if finding.part else ""
    return words.sentence(f"gate.{finding.flaw}", language, part=part, about=finding.about)


def seen_by(check: ReplyCheck) -> str:
    """Return a name for the warnings of a check: other warnings, another name."""
    named = [f"{one.flaw} {one.part} {one.about} {one.quote}" for one in check.warnings]
    return hashlib.sha256("\n".join(named).encode("utf-8", "replace")).hexdigest()[:16]
