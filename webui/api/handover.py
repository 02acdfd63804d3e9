"""Conversations once a person was called (人工服务), for a mini-program or the hotline's desk.

A person is called by the act ``person``, and what is said goes the same way as before (``conversations.py``). Here is
what else a visitor can do: see where he stands, end it, and rate who served him.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import Meta

from minxin.consult.chat.decisions import BEST_RATING
from minxin.consult.chat.records import Stage
from minxin.consult.chat.room import VisitorIs
from minxin.core.errors import NotFoundError
from minxin.webui.api.conversation_views import TalkStage
from minxin.webui.api.conversations import KEY_HEADER, ONE, TAG
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Sent,
    Shown,
    reads,
)
from minxin.webui.views.chat import minutes
from minxin.webui.visitor_key import key_of


class StandingShown(Shown, frozen=True):
    """Where a conversation stands. `position` counts from 1 while it waits; `wait_minutes` is judged by the last hour.

    `promised_by` is when a person will have answered at the latest; otherwise it becomes the letter `letter_number`, or
    is kept for who is not logged in until somebody is there (`staffed_at`).
    """

    stage: TalkStage
    position: int | None
    wait_minutes: int | None
    promised_by: datetime | None
    staffed_at: datetime | None
    post: str
    letter_number: str
    rating: int | None


class RatingSent(Sent, frozen=True):
    """How it was."""

    rating: Annotated[int, Meta(ge=1, le=BEST_RATING, description="5 is best.")]


async def standing(call: Call[Nothing, Nothing]) -> StandingShown:
    """Return where the conversation stands; who asks is there."""
    return await _standing(call)


async def end(call: Call[Nothing, Nothing]) -> StandingShown:
    """End the conversation."""
    await call.services.chat.room.end(_who(call))
    return await _standing(call)


async def rate(call: Call[RatingSent, Nothing]) -> StandingShown:
    """Rate the person who served the visitor."""
    await call.services.chat.room.rate(_who(call), call.body.rating)
    return await _standing(call)


async def _standing(call: Call[Any, Any]) -> StandingShown:
    room = call.services.chat.room
    conversation = await room.own(_who(call))
    if conversation is None:
        raise NotFoundError
    found = await room.standing(conversation)
    place, letter = found.place, found.letter
    return StandingShown(
        stage=conversation.stage,
        position=place.position if place else None,
        wait_minutes=minutes(place.wait) if place and place.wait is not None else None,
        promised_by=conversation.promised_by if conversation.stage is Stage.WAITING else None,
        staffed_at=found.staffed_at,
        post=conversation.staff_post,
        letter_number=letter.number if letter else "",
        rating=conversation.rating,
    )


def _who(call: Call[Any, Any]) -> VisitorIs:
    key = key_of(call.request.headers.get(KEY_HEADER, ""))
    return VisitorIs(key, call.actor, call.origin, call.part("id"))


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "readStanding",
        ONE,
        TAG,
        N_("See where a conversation stands"),
        standing,
        Nothing,
        StandingShown,
        description=(
            "Ask for it every half minute or so while `stage` is `waiting`: a visitor who is not heard of for two "
            "minutes is taken to be gone, and his conversation becomes a letter."
        ),
        is_open=True,
    ),
    Operation(
        name="endConversation",
        method=Method.POST,
        path=f"{ONE}/end",
        tag=TAG,
        summary=N_("End a conversation"),
        handler=end,
        body=Nothing,
        query=Nothing,
        answer=StandingShown,
        statuses=(200,),
        is_open=True,
    ),
    Operation(
        name="rateConversation",
        method=Method.PUT,
        path=f"{ONE}/rating",
        tag=TAG,
        summary=N_("Rate who served in a conversation"),
        description="Once it has ended, and when a person had answered; the last rating counts.",
        handler=rate,
        body=RatingSent,
        query=Nothing,
        answer=StandingShown,
        statuses=(200,),
        is_open=True,
    ),
)
HANDOVER_EXAMPLES: Final = (
    RatingSent(rating=5),
    StandingShown(
        stage=Stage.WAITING,
        position=2,
        wait_minutes=3,
        promised_by=datetime.fromisoformat("2026-03-02T04:05:00+00:00"),
        staffed_at=None,
        post="",
        letter_number="",
        rating=None,
    ),
)
