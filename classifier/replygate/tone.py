"""The tone of an answer (答复口吻): rude words, blame, brush-offs (推诿敷衍) and set phrases (官话套话)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from minxin.classifier.replygate.sentences import Sentence
from minxin.classifier.replygate.wording import wording
from minxin.core.reply_check import Finding, Flaw, Severity


def brushes_off(sentence: Sentence) -> bool:
    """Say whether a sentence puts the writer off and says no more: no day, no rule, nothing done, nowhere to go."""
    words = wording()
    return bool(words.brush_off.search(sentence.folded)) and not words.concrete.search(sentence.folded)


def tone_findings(sentences: Iterable[Sentence]) -> Iterator[Finding]:
    """Yield what is wrong with the tone, sentence by sentence; at most one finding for each."""
    words = wording()
    for sentence in sentences:
        if words.rude.search(sentence.folded):
            yield at(sentence, Flaw.RUDE, Severity.WARNING)
        elif words.blaming.search(sentence.folded):
            yield at(sentence, Flaw.BLAMING, Severity.WARNING)
        elif brushes_off(sentence):
            yield at(sentence, Flaw.BRUSH_OFF, Severity.WARNING)
        elif words.officialese.search(sentence.folded):
            yield at(sentence, Flaw.OFFICIALESE, Severity.NOTE)


def at(sentence: Sentence, flaw: Flaw, severity: Severity, about: str = "") -> Finding:
    """Return a finding that points at a sentence."""
    return Finding(flaw, severity, sentence.part, sentence.start, sentence.end, sentence.text, about)
