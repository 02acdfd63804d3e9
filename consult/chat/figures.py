"""The figures of the live chat (咨询统计): how many came, who answered them and how soon. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median

from msgspec import Struct

from minxin.consult.chat.records import Conversation, Stage
from minxin.consult.deadlines import local_day


class ChatFigures(Struct, frozen=True):
    """What became of the conversations for which a person was called.

    ``in_time`` were answered within the promise. The wait is from the call to the answer of who has it now or had it
    last; None without an answer.
    """

    called: int
    answered: int
    in_time: int
    letters: int
    left: int
    open: int
    median_wait: timedelta | None
    longest_wait: timedelta | None
    rated: int
    mean_rating: float | None


def figures_of(conversations: Sequence[Conversation]) -> ChatFigures:
    """Return the figures."""
    answered = [one for one in conversations if one.answered_at is not None]
    waits = [one.answered_at - one.asked_at for one in answered if one.answered_at and one.asked_at]
    ratings = [one.rating for one in conversations if one.rating is not None]
    return ChatFigures(
        called=len(conversations),
        answered=len(answered),
        in_time=sum(_in_time(one) for one in answered),
        letters=sum(one.stage is Stage.LETTER for one in conversations),
        left=sum(one.stage is Stage.LEFT for one in conversations),
        open=sum(one.stage in (Stage.WAITING, Stage.SERVED) for one in conversations),
        median_wait=timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None,
        longest_wait=max(waits, default=None),
        rated=len(ratings),
        mean_rating=sum(ratings) / len(ratings) if ratings else None,
    )


def _in_time(conversation: Conversation) -> bool:
    answered_at, promised_by = conversation.answered_at, conversation.promised_by
    return answered_at is not None and promised_by is not None and answered_at <= promised_by


def by_day(conversations: Sequence[Conversation]) -> list[tuple[date, ChatFigures]]:
    """Return the figures of each day on which somebody called, the last day first."""
    days: dict[date, list[Conversation]] = {}
    for one in conversations:
        if one.asked_at is not None:
            days.setdefault(local_day(one.asked_at), []).append(one)
    return [(day, figures_of(days[day])) for day in sorted(days, reverse=True)]
