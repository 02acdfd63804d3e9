"""The reply gate (答复质检): reads an answer beside its letter, before it is signed. Words alone, in milliseconds."""

from __future__ import annotations

from typing import Final

from minxin.classifier.replygate.answers import answers_of
from minxin.classifier.replygate.copies import OWN_PARTS, copy_findings
from minxin.classifier.replygate.parts import basis_findings, contact_findings, day_findings, plan_findings
from minxin.classifier.replygate.sentences import sentences_of
from minxin.classifier.replygate.tone import tone_findings
from minxin.core.reply_check import Finding, Flaw, ReplyCheck, ReplyToCheck, Severity

PROMISES: Final = "promises"
_LONGEST: Final = 3_000  # characters of one part; more is never signed


class ReplyGate:
    """Checks answers; holds nothing."""

    def check(self, reply: ReplyToCheck) -> ReplyCheck:
        """Return what is wrong with the answer and which sentence answers each point; any text has an answer.

        A part that is empty is only told as missing by whoever knows which parts an answer must hold.
        """
        parts = {name: text[:_LONGEST] for name, text in reply.parts.items() if text.strip()}
        sentences = [one for name, text in parts.items() for one in sentences_of(name, text)]
        promised = [one for text in reply.promises for one in sentences_of(PROMISES, text)]
        told = [one for one in sentences if one.part in OWN_PARTS]
        answers = answers_of(reply, [*told, *promised])
        findings = [
            Finding(Flaw.POINT_UNANSWERED, Severity.WARNING, about=one.point.title) for one in answers if not one.part
        ]
        findings += basis_findings(parts["basis"]) if "basis" in parts else ()
        findings += contact_findings(parts["contact"]) if "contact" in parts else ()
        findings += plan_findings([one for one in sentences if one.part == "result"], reply.promises)
        findings += day_findings(sentences, reply.today)
        findings += tone_findings(sentences)
        findings += copy_findings(reply)
        return ReplyCheck(tuple(sorted(findings, key=lambda one: one.severity is Severity.NOTE)), answers)
