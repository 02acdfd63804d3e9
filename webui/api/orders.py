"""Work orders (工单): every move of the table, as one operation each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from minxin.consult.deadlines import local_day
from minxin.consult.moves import TABLE, Move, MoveRule
from minxin.consult.records import Promise, ReplyParts
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.webui.api import sent
from minxin.webui.api.check_views import ReplyCheckShown, check_shown
from minxin.webui.api.letters import uploads
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    reads,
)
from minxin.webui.api.order_views import OrderShown, order_shown
from minxin.webui.api.sent import FILES_LIMITS, TEXT_LIMITS
from minxin.webui.context import language
from minxin.webui.forms import FormLimits
from minxin.webui.offices import office_names

TAG: Final = "orders"
ONE: Final = "/orders/{id}"
B = TypeVar("B")


async def show(call: Call[Any, Nothing]) -> OrderShown:
    """Return a work order that the caller may see."""
    case, order = await call.services.desk.case(call.actor, call.part("id"))
    return order_shown(case.letter, order, call.actor, await office_names(call.request), call.now)


async def dispatch(call: Call[sent.Dispatch, Nothing]) -> None:
    """派单."""
    body = call.body
    await call.services.desk.dispatch(call.actor, call.part("id"), body.office_id, body.reason, origin=call.origin)


async def split(call: Call[sent.Split, Nothing]) -> None:
    """拆分派单."""
    body = call.body
    await call.services.desk.split(call.actor, call.part("id"), body.offices, body.reason, origin=call.origin)


async def unseal(call: Call[sent.Unseal, Nothing]) -> None:
    """转一般件."""
    await call.services.desk.unseal(call.actor, call.part("id"), call.body.reason, origin=call.origin)


async def refuse(call: Call[sent.Refuse, Nothing]) -> None:
    """不予受理."""
    body = call.body
    await call.services.desk.refuse(call.actor, call.part("id"), body.ground, body.advice, origin=call.origin)


async def sign_for(call: Call[Nothing, Nothing]) -> None:
    """签收."""
    await call.services.desk.sign_for(call.actor, call.part("id"), origin=call.origin)


async def give_back(call: Call[sent.GiveBack, Nothing]) -> None:
    """退回."""
    body = call.body
    await call.services.desk.give_back(
        call.actor, call.part("id"), body.reason, body.proposed_office_id, origin=call.origin
    )


async def rule(call: Call[sent.Rule, Nothing]) -> None:
    """裁定."""
    body = call.body
    await call.services.desk.rule(call.actor, call.part("id"), body.office_id, body.reason, origin=call.origin)


async def ask_papers(call: Call[sent.AskPapers, Nothing]) -> None:
    """要求补充材料."""
    await call.services.desk.ask_papers(call.actor, call.part("id"), call.body.text, origin=call.origin)


async def supply_papers(call: Call[sent.SupplyPapers, Nothing]) -> None:
    """补充材料."""
    files = uploads(call.body.attachments)
    await call.services.desk.supply_papers(call.actor, call.part("id"), call.body.answer, files, origin=call.origin)


async def ask_extension(call: Call[sent.AskExtension, Nothing]) -> None:
    """申请延期."""
    body = call.body
    await call.services.desk.ask_extension(
        call.actor, call.part("id"), body.working_days, body.reason, origin=call.origin
    )


async def mark_complex(call: Call[sent.MarkComplex, Nothing]) -> None:
    """认定复杂事项."""
    await call.services.desk.mark_complex(call.actor, call.part("id"), call.body.reason, origin=call.origin)


async def decide_extension(call: Call[sent.DecideExtension, Nothing]) -> None:
    """审批延期."""
    await call.services.desk.decide_extension(call.actor, call.part("id"), call.body.approve, origin=call.origin)


async def save_reply(call: Call[sent.ReplyText, Nothing]) -> OrderShown:
    """Keep the draft of the answer."""
    promises = _promises(call.body, local_day(call.now))
    await call.services.desk.save_reply(call.actor, call.part("id"), call.body.parts(), promises, origin=call.origin)
    return await show(call)


async def submit(call: Call[sent.ReplyText, Nothing]) -> None:
    """送审."""
    promises = _promises(call.body, local_day(call.now))
    await call.services.desk.submit_reply(call.actor, call.part("id"), call.body.parts(), promises, origin=call.origin)


async def send_back(call: Call[sent.SendBack, Nothing]) -> None:
    """退回修改."""
    await call.services.desk.send_back(call.actor, call.part("id"), call.body.comment, origin=call.origin)


async def approve(call: Call[Nothing, Nothing]) -> None:
    """审核通过."""
    await call.services.desk.approve(call.actor, call.part("id"), origin=call.origin)


async def sign_off(call: Call[sent.SignOff, Nothing]) -> None:
    """签发."""
    await call.services.desk.sign_off(call.actor, call.part("id"), reason=call.body.reason, origin=call.origin)


async def check_draft(call: Call[Nothing, Nothing]) -> ReplyCheckShown:
    """Check the last draft of the answer."""
    _, order = await call.services.desk.case(call.actor, call.part("id"))
    if not order.drafts:
        raise NotFoundError
    return await _checked(call, order.drafts[-1].parts, order.drafts[-1].promises)


async def check_text(call: Call[sent.ReplyText, Nothing]) -> ReplyCheckShown:
    """Check an answer that is kept nowhere."""
    return await _checked(call, call.body.parts(), _promises(call.body, local_day(call.now)))


async def _checked(call: Call[Any, Nothing], parts: ReplyParts, promises: Sequence[Promise]) -> ReplyCheckShown:
    check = await call.services.desk.check_reply(call.actor, call.part("id"), parts, promises)
    return check_shown(check, language(call.request))


async def rate(call: Call[sent.Rate, Nothing]) -> None:
    """评价, 回访."""
    body = call.body
    await call.services.desk.rate(
        call.actor,
        call.part("id"),
        body.level,
        contacted=body.contacted,
        solved=body.solved,
        reason=body.reason,
        origin=call.origin,
    )


async def remind(call: Call[Nothing, Nothing]) -> None:
    """催办."""
    await call.services.desk.remind(call.actor, call.part("id"), origin=call.origin)


def _promises(body: sent.ReplyText, today: date) -> tuple[Promise, ...]:
    for line, one in enumerate(body.promises, start=1):
        if one.until < today or not one.text.strip():
            raise InvalidInputError("reply.promise.format", field="promises", line=line)
    return tuple(Promise(one.text.strip(), one.until) for one in body.promises)


def _move(
    move: Move,
    summary: str,
    body: type[B],
    decide: Callable[[Call[B, Nothing]], Awaitable[None]],
    limits: FormLimits = TEXT_LIMITS,
) -> Operation[B, Nothing, OrderShown]:
    """Return the row of a move; its answer is the work order after it, or 204 when the caller sees it no longer."""

    async def handle(call: Call[B, Nothing]) -> OrderShown | Outcome[OrderShown]:
        await decide(call)
        try:
            return await show(call)
        except NotFoundError:
            return Outcome(None, 204)

    words = move.value.split("_")
    return Operation(
        name=words[0] + "".join(word.title() for word in words[1:]) + "Order",
        method=Method.POST,
        path=f"{ONE}/{move.value}",
        tag=TAG,
        summary=summary,
        description=f"From: {', '.join(sorted(TABLE[move].sources))}. By: {_by(TABLE[move])}. "
        "Answers with the work order after the move, or 204 when the caller may not see it any more.",
        handler=handle,
        body=body,
        query=Nothing,
        answer=OrderShown,
        statuses=(200, 204),
        limits=limits,
    )


def _by(rule_of_move: MoveRule) -> str:
    who = [f"{role} of the office" if rule_of_move.own_office else str(role) for role in sorted(rule_of_move.roles)]
    who += ["the writer"] if rule_of_move.writer else []
    return ", ".join(who)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads("getOrder", ONE, TAG, N_("Read a work order and the moves that are open"), show, Nothing, OrderShown),
    _move(Move.DISPATCH, N_("Choose the office"), sent.Dispatch, dispatch),
    _move(Move.SPLIT, N_("Choose an office for each point"), sent.Split, split),
    _move(Move.REFUSE, N_("Refuse the letter"), sent.Refuse, refuse),
    _move(Move.UNSEAL, N_("Say that a sealed letter denounces nobody"), sent.Unseal, unseal),
    _move(Move.SIGN_FOR, N_("Sign for it"), Nothing, sign_for),
    _move(Move.RETURN, N_("Give it back to the centre"), sent.GiveBack, give_back),
    _move(Move.RULE, N_("Rule which office takes it"), sent.Rule, rule),
    _move(Move.ASK_PAPERS, N_("Ask the writer for papers"), sent.AskPapers, ask_papers),
    _move(Move.SUPPLY_PAPERS, N_("Send in the papers"), sent.SupplyPapers, supply_papers, FILES_LIMITS),
    _move(Move.ASK_EXTENSION, N_("Ask for more time"), sent.AskExtension, ask_extension),
    _move(Move.MARK_COMPLEX, N_("Mark a letter as a complex case"), sent.MarkComplex, mark_complex),
    _move(Move.DECIDE_EXTENSION, N_("Decide on more time"), sent.DecideExtension, decide_extension),
    Operation(
        name="saveReply",
        method=Method.PUT,
        path=ONE + "/reply",
        tag=TAG,
        summary=N_("Keep a draft of the answer"),
        handler=save_reply,
        body=sent.ReplyText,
        query=Nothing,
        answer=OrderShown,
        statuses=(200,),
    ),
    _move(Move.SUBMIT, N_("Submit the answer for review"), sent.ReplyText, submit),
    _move(Move.SEND_BACK, N_("Send the answer back to the handler"), sent.SendBack, send_back),
    _move(Move.APPROVE, N_("Approve the answer"), Nothing, approve),
    _move(Move.SIGN_OFF, N_("Sign the answer and send it out"), sent.SignOff, sign_off),
    reads(
        "checkDraft",
        ONE + "/reply/check",
        TAG,
        N_("Check the kept draft of the answer"),
        check_draft,
        Nothing,
        ReplyCheckShown,
    ),
    Operation(
        name="checkReply",
        method=Method.POST,
        path=ONE + "/reply/check",
        tag=TAG,
        summary=N_("Check an answer without keeping it"),
        description="Nothing is blocked: what is warned of can be signed with a reason. Not for the letter's writer.",
        handler=check_text,
        body=sent.ReplyText,
        query=Nothing,
        answer=ReplyCheckShown,
        statuses=(200,),
        writes=False,
    ),
    _move(Move.RATE, N_("Rate the answer, or record the rating of a call"), sent.Rate, rate),
    _move(Move.REMIND, N_("Remind the office"), Nothing, remind),
)
