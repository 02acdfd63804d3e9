"""The gap list (缺口清单): what visitors asked and nobody could answer, as groups of like questions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.deadlines import Due
from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes


class Gap(Struct, frozen=True):
    """Questions that ask the same and were not answered, or not well.

    ``id`` is that of the oldest mark; ``questions`` are the different wordings, the most frequent first. ``asked_by``
    counts conversations. ``due`` is the limit for writing the entry, None while too few have asked. ``passage_ids`` are
    the entries that were read and did not help, the most often marked first. What was only refused as a reading was
    about something else, and its office is not the one that should answer when anything better is known.
    """

    id: str
    questions: tuple[str, ...]
    asked_by: int
    unanswered: int
    not_solved: int
    office_id: str | None
    first_at: datetime
    last_at: datetime
    due: Due | None
    passage_ids: tuple[str, ...]
    marks: tuple[AnswerMark, ...]


def gaps_of(
    marks: Sequence[AnswerMark],
    groups: Sequence[Sequence[int]],
    rules: AssistantRules,
    due_from: Callable[[datetime], Due],
) -> list[Gap]:
    """Return the gaps, what is due first in front, then what most have asked.

    ``groups`` name the marks whose questions belong together, by their places; a mark in none is a gap of its own.
    """
    grouped = {place for group in groups for place in group}
    alone = [[place] for place in range(len(marks)) if place not in grouped]
    found = [_gap([marks[place] for place in group], rules, due_from) for group in (*groups, *alone)]
    return sorted(found, key=_urgency)


def settled(gap: Gap, marks: Sequence[AnswerMark], actor: Actor, at: datetime, entry_id: str) -> Changes:
    """Return the gap's open marks as closed, by the entry when there is one, and whether the limit was met."""
    data: dict[str, object] = {"marks": len(marks)}
    if gap.due is not None and gap.due.instant is not None:
        data["in_time"] = at < gap.due.instant
    if entry_id:
        data["entry"] = entry_id
    return Changes(
        puts=[replace(mark, settled_at=at, settled_by=actor.id, entry_id=entry_id) for mark in marks],
        audit=[AuditEntry(at, actor.id, "gap.settled", gap.id, office_id=actor.office_id, data=data)],
    )


def _gap(members: Sequence[AnswerMark], rules: AssistantRules, due_from: Callable[[datetime], Due]) -> Gap:
    ordered = sorted(members, key=lambda mark: (mark.at, mark.id))
    first_asked: dict[str, datetime] = {}
    for mark in ordered:
        first_asked.setdefault(mark.conversation_id, mark.at)
    begun = sorted(first_asked.values())
    telling = [mark for mark in ordered if mark.mark is not Mark.NONE_OF_THESE] or ordered
    offices = Counter(mark.office_id for mark in telling if mark.office_id)
    failed = Counter(mark.passage_id for mark in ordered if mark.mark is Mark.NOT_SOLVED)
    return Gap(
        id=ordered[0].id,
        questions=tuple(text for text, _ in Counter(mark.question for mark in ordered).most_common()),
        asked_by=len(begun),
        unanswered=sum(mark.mark is Mark.UNANSWERED for mark in ordered),
        not_solved=sum(mark.mark is Mark.NOT_SOLVED for mark in ordered),
        office_id=offices.most_common(1)[0][0] if offices else None,
        first_at=ordered[0].at,
        last_at=ordered[-1].at,
        due=due_from(begun[rules.asked_by - 1]) if len(begun) >= rules.asked_by else None,
        passage_ids=tuple(one for one, _ in failed.most_common()),
        marks=tuple(ordered),
    )


def _urgency(gap: Gap) -> tuple[bool, float, int, str]:
    instant = gap.due.instant if gap.due else None
    return instant is None, instant.timestamp() if instant else 0.0, -gap.asked_by, gap.id
