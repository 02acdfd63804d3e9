"""New places (新地名): what a clerk says of a name that no list holds."""

from __future__ import annotations

from typing import Final

from minxin.consult.places import TEACHERS
from minxin.webui.api.operations import N_, AnyOperation, Call, Method, Nothing, Operation
from minxin.webui.api.orders import ONE, TAG
from minxin.webui.api.sent import NewPlace


async def learn(call: Call[NewPlace, Nothing]) -> Nothing:
    """Keep where a name of the letter lies."""
    body = call.body
    await call.services.places.learn(
        call.actor, call.part("id"), body.name, body.kind, tuple(body.within), origin=call.origin
    )
    return Nothing()


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        name="learnPlace",
        method=Method.POST,
        path=f"{ONE}/places",
        tag=TAG,
        summary=N_("Say where a place of the letter lies"),
        description="The name is one of the letter's places that are not known; the next judgement knows it.",
        handler=learn,
        body=NewPlace,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=TEACHERS,
    ),
)
