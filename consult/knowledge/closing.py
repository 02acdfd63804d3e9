"""Which gaps an entry closes when it is published (缺口销号). Pure.

It closes the gaps that it was written for, and those in which somebody asked it in its own words: as its question or as
another way to ask it. A gap goes as a whole: its questions ask the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from minxin.consult.assistant.gaps import Gap
from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry


class Told(Struct, frozen=True):
    """What an entry tells that it did not tell before: the marks it was written for, and questions, folded."""

    entry_id: str
    mark_ids: frozenset[str]
    questions: frozenset[str]


def told(before: EntryVersion | None, after: KnowledgeEntry) -> Told:
    """Return what the entry tells now that the version shown ``before`` did not.

    Where the answer is the same only what is asked anew counts: another date helps nobody whom it did not help.
    """
    shown = after.current
    if shown is None:
        return Told(after.id, frozenset(), frozenset())
    questions = _questions(shown)
    if before is not None and before.answer == shown.answer:
        questions -= _questions(before)
    return Told(after.id, frozenset(shown.gap_mark_ids), questions)


def closed_by(entries: Iterable[Told], gaps: Sequence[Gap]) -> list[tuple[Gap, str]]:
    """Return the gaps that these entries close, each with the id of the first entry that does."""
    by_mark: dict[str, str] = {}
    by_question: dict[str, str] = {}
    for one in entries:
        for mark_id in one.mark_ids:
            by_mark.setdefault(mark_id, one.entry_id)
        for question in one.questions:
            by_question.setdefault(question, one.entry_id)
    found = [(gap, _closes(gap, by_mark, by_question)) for gap in gaps] if by_mark or by_question else []
    return [(gap, entry_id) for gap, entry_id in found if entry_id is not None]


def drafts_of(gap: Gap, drafts: Collection[KnowledgeEntry]) -> list[KnowledgeEntry]:
    """Return those of the entries whose draft is written for the gap."""
    marks = {mark.id for mark in gap.marks}
    return [one for one in drafts if one.proposed is not None and not marks.isdisjoint(one.proposed.gap_mark_ids)]


def _closes(gap: Gap, by_mark: dict[str, str], by_question: dict[str, str]) -> str | None:
    marked = (by_mark[mark.id] for mark in gap.marks if mark.id in by_mark)
    asked = (by_question[text] for text in map(_folded, gap.questions) if text in by_question)
    return next(marked, None) or next(asked, None)


def _questions(version: EntryVersion) -> frozenset[str]:
    return frozenset(filter(None, map(_folded, (version.question, *version.other_ways))))


def _folded(question: str) -> str:
    """Return the question without what two people write differently who ask it in the same words."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", question).casefold() if sign.isalnum())
