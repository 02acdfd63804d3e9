"""A short title for a point (诉求点标题), in the writer's own words."""

from __future__ import annotations

import re
from typing import Final

from minxin.classifier.points.wording import wording
from minxin.classifier.text import Folded

TITLE_MAX: Final = 24
LOOSE: Final = " ,，、;；:：\n"  # stands at the ends of a piece and is no part of it
_LOOKED_AT: Final = 8
_LEAST: Final = 6  # characters; less says nothing of a matter
_BREAK: Final = re.compile(r"[。!?;\n]|(?<!\d)[,:]|[,:](?!\d)|(?<=[a-z])\.(?=\s|$)")


def title_of(original: str, folded: Folded, start: int, end: int) -> str:
    """Return the title of folded characters ``start`` to ``end``: at most :data:`TITLE_MAX` characters as written.

    It is the first clause that names a matter and says what is wrong with it or wanted; "…" where it is cut.
    """
    clauses = _clauses(folded.text, start, end)[:_LOOKED_AT]
    best, last = max(clauses, key=lambda clause: (_worth(folded.text[clause[0] : clause[1]]), -clause[0]))
    lead = len(_lead(folded.text[best:last]))
    best += lead if best + lead < last else 0
    first, after = folded.original_span(best, last)
    title = " ".join(original[first:after].split()).rstrip(LOOSE)
    return title if len(title) <= TITLE_MAX else title[: TITLE_MAX - 1] + "…"


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    ends = [(match.start(), match.end()) for match in _BREAK.finditer(text, start, end)]
    bounds = zip([start, *(after for _, after in ends)], [*(before for before, _ in ends), end], strict=True)
    return [(begin, last) for begin, last in bounds if text[begin:last].strip()] or [(start, end)]


def _worth(clause: str) -> int:
    words = wording()
    if words.noise.match(clause) or words.background.search(clause):
        return 0
    named = words.topic_word.search(clause) is not None
    clause = clause[len(_lead(clause)) :]
    wanted = any(one.search(clause) for one in (words.problem, words.request, words.question))
    return 1 + (len(clause) >= _LEAST) * (1 + named + wanted)


def _lead(clause: str) -> str:
    """Return what a clause begins with before it names its matter."""
    match = wording().lead.match(clause.lstrip())
    lead = clause[: len(clause) - len(clause.lstrip())] + (match.group() if match else "")
    return lead
