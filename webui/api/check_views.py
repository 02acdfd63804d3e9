"""What the reply gate says of an answer (答复质检), as programs are shown it."""

from __future__ import annotations

from minxin.core.judgement import Point, PointKind, judged_text
from minxin.core.reply_check import Flaw, ReplyCheck, Severity
from minxin.webui.api.operations import Shown
from minxin.webui.i18n import Language
from minxin.webui.views.reply_check import finding_text


class PointShown(Shown, frozen=True):
    """One matter of a letter that wants an answer (诉求点). `start` and `end` count characters of the subject, a line
    break and the text; `words` is what stands there.
    """

    title: str
    kind: PointKind
    start: int
    end: int
    words: str


class FindingShown(Shown, frozen=True):
    """One thing that is wrong with an answer. `start` and `end` count characters of the `part`; what is missing has no
    place. `detail` says it in the caller's language.
    """

    flaw: Flaw
    severity: Severity
    part: str
    start: int
    end: int
    quote: str
    about: str
    detail: str


class PointAnswerShown(Shown, frozen=True):
    """A point of the letter and the sentence that answers it; `part` and `quote` are empty when none does."""

    title: str
    part: str
    start: int
    end: int
    quote: str


class ReplyCheckShown(Shown, frozen=True):
    """What the reply gate says of an answer. Signing in spite of a `warning` needs a reason; a `note` is only worth a
    look.
    """

    findings: list[FindingShown]
    answers: list[PointAnswerShown]
    reason_needed: bool


def point_shown(subject: str, text: str, point: Point) -> PointShown:
    """Return a point with its words."""
    words = judged_text(subject, text)[point.start : point.end]
    return PointShown(title=point.title, kind=point.kind, start=point.start, end=point.end, words=words)


def check_shown(check: ReplyCheck, language: Language) -> ReplyCheckShown:
    """Return the check in the caller's language."""
    return ReplyCheckShown(
        findings=[
            FindingShown(
                flaw=one.flaw,
                severity=one.severity,
                part=one.part,
                start=one.start,
                end=one.end,
                quote=one.quote,
                about=one.about,
                detail=finding_text(one, language),
            )
            for one in check.findings
        ],
        answers=[
            PointAnswerShown(title=one.point.title, part=one.part, start=one.start, end=one.end, quote=one.quote)
            for one in check.answers
        ],
        reason_needed=bool(check.warnings),
    )
