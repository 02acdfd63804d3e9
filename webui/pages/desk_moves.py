"""The moves of the desk as forms: each posts to its own name, and a refused one comes back with all that was typed.

The fields of a move begin with its name, because several forms stand on one page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from minxin.consult.moves import Move
from minxin.consult.records import Satisfaction
from minxin.core.actor import Actor
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.letter_form import LETTER_LIMITS, uploads_of
from minxin.webui.pages.board import DESK_ROLES
from minxin.webui.pages.work_order import LEVELS, ORDER_PATH, board_address, order_page
from minxin.webui.rendering import see_other

_YES_NO: Final = {"yes": True, "no": False}
# After these there is more to do on the same page; after the others the next letter waits.
_STAYS: Final = frozenset(
    {Move.SIGN_FOR, Move.ASK_PAPERS, Move.SUPPLY_PAPERS, Move.ASK_EXTENSION, Move.MARK_COMPLEX, Move.REMIND}
)


class MoveForm:
    """What was typed for one move: its fields without their prefix."""

    def __init__(self, request: web.Request, actor: Actor, move: Move, form: Form) -> None:
        self.request = request
        self.actor = actor
        self.move = move
        self.form = form
        self.order_id = request.match_info["id"]
        self.origin = origin(request)

    def text(self, name: str) -> str:
        """Return what was typed into the move's field."""
        return self.form.text(f"{self.move}_{name}")

    def with_error(self, error: InvalidInputError) -> Form:
        """Return the form with the error beside the move's field."""
        field = f"{self.move}_{error.field}" if error.field else None
        return self.form.with_error(InvalidInputError(error.reason, field=field, **error.params))


async def _dispatch(sent: MoveForm) -> None:
    await services(sent.request).desk.dispatch(
        sent.actor, sent.order_id, sent.text("office_id"), sent.text("reason"), origin=sent.origin
    )


async def _split(sent: MoveForm) -> None:
    # A button sends all offices in one value, the selects one each.
    offices = ",".join(sent.form.texts(f"{sent.move}_offices")).split(",")
    await services(sent.request).desk.split(sent.actor, sent.order_id, offices, sent.text("reason"), origin=sent.origin)


async def _refuse(sent: MoveForm) -> None:
    await services(sent.request).desk.refuse(
        sent.actor, sent.order_id, sent.text("ground"), sent.text("advice"), origin=sent.origin
    )


async def _sign_for(sent: MoveForm) -> None:
    await services(sent.request).desk.sign_for(sent.actor, sent.order_id, origin=sent.origin)


async def _return(sent: MoveForm) -> None:
    await services(sent.request).desk.give_back(
        sent.actor, sent.order_id, sent.text("reason"), sent.text("office_id") or None, origin=sent.origin
    )


async def _rule(sent: MoveForm) -> None:
    await services(sent.request).desk.rule(
        sent.actor, sent.order_id, sent.text("office_id"), sent.text("reason"), origin=sent.origin
    )


async def _ask_papers(sent: MoveForm) -> None:
    await services(sent.request).desk.ask_papers(sent.actor, sent.order_id, sent.text("text"), origin=sent.origin)


async def _supply_papers(sent: MoveForm) -> None:
    await services(sent.request).desk.supply_papers(
        sent.actor, sent.order_id, sent.text("text"), uploads_of(sent.form), origin=sent.origin
    )


async def _ask_extension(sent: MoveForm) -> None:
    typed = sent.text("working_days").strip()
    days = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
    await services(sent.request).desk.ask_extension(
        sent.actor, sent.order_id, days, sent.text("reason"), origin=sent.origin
    )


async def _decide_extension(sent: MoveForm) -> None:
    approve = _YES_NO.get(sent.text("approve"))
    if approve is None:
        raise InvalidInputError("handling.extension.choose", field="approve")
    await services(sent.request).desk.decide_extension(sent.actor, sent.order_id, approve, origin=sent.origin)


async def _mark_complex(sent: MoveForm) -> None:
    await services(sent.request).desk.mark_complex(sent.actor, sent.order_id, sent.text("reason"), origin=sent.origin)


async def _send_back(sent: MoveForm) -> None:
    await services(sent.request).desk.send_back(sent.actor, sent.order_id, sent.text("comment"), origin=sent.origin)


async def _approve(sent: MoveForm) -> None:
    await services(sent.request).desk.approve(sent.actor, sent.order_id, origin=sent.origin)


async def _sign_off(sent: MoveForm) -> None:
    await services(sent.request).desk.sign_off(
        sent.actor, sent.order_id, reason=sent.text("reason"), origin=sent.origin
    )


async def _remind(sent: MoveForm) -> None:
    await services(sent.request).desk.remind(sent.actor, sent.order_id, origin=sent.origin)


async def _rate(sent: MoveForm) -> None:
    if sent.text("level") not in LEVELS:
        raise InvalidInputError("followup.level.missing", field="level")
    await services(sent.request).desk.rate(
        sent.actor,
        sent.order_id,
        Satisfaction(sent.text("level")),
        contacted=_YES_NO.get(sent.text("contacted")),
        solved=_YES_NO.get(sent.text("solved")),
        reason=sent.text("reason"),
        origin=sent.origin,
    )


MOVES: Final[dict[Move, Callable[[MoveForm], Awaitable[None]]]] = {
    Move.DISPATCH: _dispatch,
    Move.SPLIT: _split,
    Move.REFUSE: _refuse,
    Move.SIGN_FOR: _sign_for,
    Move.RETURN: _return,
    Move.RULE: _rule,
    Move.ASK_PAPERS: _ask_papers,
    Move.SUPPLY_PAPERS: _supply_papers,
    Move.ASK_EXTENSION: _ask_extension,
    Move.DECIDE_EXTENSION: _decide_extension,
    Move.MARK_COMPLEX: _mark_complex,
    Move.SEND_BACK: _send_back,
    Move.APPROVE: _approve,
    Move.SIGN_OFF: _sign_off,
    Move.RATE: _rate,
    Move.REMIND: _remind,
}

_NOTICES: Final = {
    Move.DISPATCH: "notice.desk.dispatch",
    Move.SPLIT: "notice.desk.split",
    Move.REFUSE: "notice.desk.refuse",
    Move.SIGN_FOR: "notice.desk.sign_for",
    Move.RETURN: "notice.desk.return",
    Move.RULE: "notice.desk.rule",
    Move.ASK_PAPERS: "notice.desk.ask_papers",
    Move.SUPPLY_PAPERS: "notice.desk.supply_papers",
    Move.ASK_EXTENSION: "notice.desk.ask_extension",
    Move.DECIDE_EXTENSION: "notice.desk.decide_extension",
    Move.MARK_COMPLEX: "notice.desk.mark_complex",
    Move.SEND_BACK: "notice.desk.send_back",
    Move.APPROVE: "notice.desk.approve",
    Move.SIGN_OFF: "notice.desk.sign_off",
    Move.RATE: "notice.desk.rate",
    Move.REMIND: "notice.desk.remind",
}


@form_limits(LETTER_LIMITS)
async def make_move(request: web.Request) -> web.Response:
    """Make the move that the address names; what the table forbids is told with a sentence on the same page."""
    actor = require_role(request, *DESK_ROLES)
    name = request.match_info["move"]
    if name not in set(MOVES):
        raise NotFoundError
    sent = MoveForm(request, actor, Move(name), form_of(request))
    if sent.form.errors:
        return await order_page(request, actor, sent.form)
    try:
        await MOVES[sent.move](sent)
    except InvalidInputError as error:
        return await order_page(request, actor, sent.with_error(error))
    except IllegalMoveError as error:
        return await order_page(request, actor, sent.form, problem=error)
    onward = f"/desk/orders/{sent.order_id}" if sent.move in _STAYS else board_address(request)
    return see_other(request, onward, _NOTICES[sent.move])


def routes() -> list[web.RouteDef]:
    """Return the route of all moves."""
    return [web.post(ORDER_PATH + "/moves/{move}", make_move)]
