"""What the parts of an answer must hold (答复要素): a basis with its clause, a telephone, a plan with a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from minxin.classifier.replygate.sentences import Sentence
from minxin.classifier.replygate.tone import at
from minxin.classifier.replygate.wording import wording
from minxin.classifier.text import fold
from minxin.core.reply_check import Finding, Flaw, Severity

_DAY: Final = re.compile(r"(?:(\d{4}) ?年)? ?(\d{1,2}) ?月 ?(\d{1,2}) ?日(?:之?前|以前|底前|起|完成)")
_HALF_YEAR: Final = 183


def basis_findings(basis: str) -> Iterator[Finding]:
    """Yield what a basis lacks: it names a law, document or clause, or says that none applies."""
    words, folded = wording(), fold(basis).text
    if words.no_basis.search(folded):
        return
    if not words.basis.search(folded) or words.vague.search(folded):
        yield Finding(Flaw.BASIS_MISSING, Severity.WARNING, "basis", 0, len(basis), basis)
    elif not words.clause.search(folded):
        yield Finding(Flaw.BASIS_WITHOUT_CLAUSE, Severity.NOTE, "basis", 0, len(basis), basis)


def contact_findings(contact: str) -> Iterator[Finding]:
    """Yield what is wrong with the contact: it has an office's telephone number."""
    words, folded = wording(), fold(contact).text
    if not words.phone.search(folded):
        yield Finding(Flaw.CONTACT_WITHOUT_PHONE, Severity.WARNING, "contact", 0, len(contact), contact)
    elif words.private.search(folded):
        yield Finding(Flaw.CONTACT_PRIVATE, Severity.NOTE, "contact", 0, len(contact), contact)


def plan_findings(result: list[Sentence], promises: Iterable[str]) -> Iterator[Finding]:
    """Yield the first sentence of a result that is only a plan, when neither it nor a promise names a day."""
    words = wording()
    if any(promises) or any(words.done.search(one.folded) or words.day.search(one.folded) for one in result):
        return
    plans = (one for one in result if words.plan.search(one.folded))
    yield from (at(one, Flaw.PLAN_WITHOUT_DAY, Severity.WARNING) for one in list(plans)[:1])


def day_findings(sentences: Iterable[Sentence], today: date) -> Iterator[Finding]:
    """Yield the days until which something is planned, and which are past.

    A day without its year is taken for the nearest one: what lies less than half a year back is only worth a look.
    """
    for sentence in sentences:
        if not wording().plan.search(sentence.folded):
            continue
        for match in _DAY.finditer(sentence.folded):
            day = _date(match, today)
            if day is None or day >= today:
                continue
            if match[1]:
                yield at(sentence, Flaw.DAY_PAST, Severity.WARNING, day.isoformat())
            elif (today - day).days < _HALF_YEAR:
                yield at(sentence, Flaw.DAY_UNCLEAR, Severity.NOTE, day.isoformat())


def _date(match: re.Match[str], today: date) -> date | None:
    try:
        return date(int(match[1] or today.year), int(match[2]), int(match[3]))
    except ValueError:
        return None
