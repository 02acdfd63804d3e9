"""The queue (排队): who takes a conversation, how many stand before it, and how long it will probably take. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from msgspec import Struct

from minxin.consult.chat.records import Conversation, Presence
from minxin.consult.chat.rules import ChatRules

PACE_OVER: Final = timedelta(hours=1)
PACE_OF: Final = 10  # conversations taken last
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Place(Struct, frozen=True):
    """Where a conversation stands: ``position`` counts from 1, ``wait`` is None while there is nothing to judge by."""

    position: int
    wait: timedelta | None


def is_here(presence: Presence, now: datetime, rules: ChatRules) -> bool:
    """Say whether a staff member is on duty and his page was heard of lately."""
    return presence.on_duty and now - presence.seen_at < rules.staff_gone


def can_serve(presence: Presence, conversation: Conversation, centre: str) -> bool:
    """Say whether a conversation is for this staff member: his office's, or he is of the centre, which takes any."""
    return presence.office_id in (conversation.office_id, centre)


def who_takes(
    conversation: Conversation, here: Collection[Presence], has: Mapping[str, int], centre: str
) -> Presence | None:
    """Return who of those who are here gets the conversation, or None while all have as many as they take.

    The office that the question belongs to comes before the centre; in each, whoever has the fewest open, and of those
    who was given one the longest ago. ``has`` says how many each has.
    """
    free = [one for one in here if can_serve(one, conversation, centre) and has.get(one.id, 0) < one.most]
    own = [one for one in free if one.office_id == conversation.office_id]
    return min(own or free, key=lambda one: (has.get(one.id, 0), one.given_at or _NEVER, one.id), default=None)


def place_of(conversation: Conversation, waiting: Sequence[Conversation], taken_at: Sequence[datetime]) -> Place:
    """Return where the conversation stands in the whole queue, and how long it will wait at the recent pace.

    ``taken_at`` are the instants at which conversations were last taken. The pace is the median time between two.
    """
    ids = [one.id for one in waiting]
    position = ids.index(conversation.id) + 1 if conversation.id in ids else len(ids) + 1
    last = sorted(taken_at)[-PACE_OF:]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(last)]
    return Place(position, timedelta(seconds=median(gaps) * position) if gaps else None)
