"""Judgements (研判): what the judge says of any text, for programs of the staff. Nothing of it is kept.

The letters of people go first: a call has its texts judged one after another, and each caller has one call at a time,
so that however many texts a program sends, few of them ever stand in the judge's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import TooManyTriesError, UnavailableError
from minxin.webui.api.judgement_views import JudgementList, JudgementShown, judgement_shown
from minxin.webui.api.operations import N_, AnyOperation, Call, Method, Nothing, Operation
from minxin.webui.api.sent import JUDGED_LIMITS, TextsToJudge, TextToJudge
from minxin.webui.context import language
from minxin.webui.offices import office_names

TAG: Final = "judgements"
JUDGING: Final = web.AppKey("judging", set[str])
WHO: Final = (Role.CLERK, Role.MANAGER)

PATIENCE_S: Final = 5.0  # for one text, which takes milliseconds
_RETRY_AFTER_S: Final = 1


async def judge(call: Call[TextToJudge, Nothing]) -> JudgementShown:
    """Judge one text."""
    (judgement,) = await _judged(call, [call.body])
    return judgement


async def judge_many(call: Call[TextsToJudge, Nothing]) -> JudgementList:
    """Judge several texts; when one can't be judged, none is answered."""
    return JudgementList(items=await _judged(call, call.body.texts))


async def _judged(
    call: Call[TextToJudge, Nothing] | Call[TextsToJudge, Nothing], texts: Sequence[TextToJudge]
) -> list[JudgementShown]:
    names, spoken = await office_names(call.request), language(call.request)
    with _turn(call.request.app[JUDGING], call.actor.id):
        judged = []
        for one in texts:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    judgement = await call.services.judge.judge(one.subject, one.text, one.place)
            except TimeoutError as error:
                raise UnavailableError from error
            judged.append(judgement_shown(judgement, one.subject, one.text, names, spoken))
        return judged


@contextmanager
def _turn(judging: set[str], caller: str) -> Iterator[None]:
    """Let a caller in; raises ``TooManyTriesError`` while an earlier call of his is not done."""
    if caller in judging:
        raise TooManyTriesError("error.too_many_tries", retry_after_s=_RETRY_AFTER_S)
    judging.add(caller)
    try:
        yield
    finally:
        judging.remove(caller)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        name="judge",
        method=Method.POST,
        path="/judgements",
        tag=TAG,
        summary=N_("Have a text judged"),
        description=(
            "Points, offices with probability and evidence, kind, urgency, denunciation, places and the rule that "
            "decided. Nothing is kept. Any text gets an answer; the first 5,000 characters are looked at. One call at "
            "a time."
        ),
        handler=judge,
        body=TextToJudge,
        query=Nothing,
        answer=JudgementShown,
        statuses=(200,),
        roles=WHO,
        writes=False,
        limits=JUDGED_LIMITS,
    ),
    Operation(
        name="judgeMany",
        method=Method.POST,
        path="/judgements/batch",
        tag=TAG,
        summary=N_("Have several texts judged"),
        description="As judge, for up to 50 texts, which are answered together and in their order.",
        handler=judge_many,
        body=TextsToJudge,
        query=Nothing,
        answer=JudgementList,
        statuses=(200,),
        roles=WHO,
        writes=False,
        limits=JUDGED_LIMITS,
    ),
)
