"""My letters (我的来信): the list, one letter with its way and its answer, the receipt, and why a limit ends when."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from minxin.consult.access import Case
from minxin.consult.records import Letter
from minxin.core.actor import Actor
from minxin.core.errors import IllegalMoveError
from minxin.core.paging import PageRequest
from minxin.webui.context import language, origin, services
from minxin.webui.guards import require_login
from minxin.webui.rendering import fresh_part, page, see_other
from minxin.webui.views.case import letter_row, letter_view, own_case, own_order, shared_case, writer_moves
from minxin.webui.views.limits import NAMES, at_receipt, explain

LIST_PART = "letters/rows.html"
LIST_PAGE = "letters/list.html"
LETTER_PAGE = "letters/letter.html"
RECEIPT_PAGE = "letters/receipt.html"
WHY_PAGE = "letters/why.html"
PAGE_SIZE = 20


async def show_list(request: web.Request) -> web.Response:
    """Show the actor's drafts and letters, newest first."""
    actor = require_login(request)
    door = services(request)

    async def written() -> dict[str, Any]:
        found = await door.lists.my_letters(actor, PageRequest(request.query.get("after"), PAGE_SIZE))
        now = door.clock.now()
        rows = [letter_row(Case(one.letter, one.orders), now) for one in found.items]
        return {"rows": rows, "next_cursor": found.next, "url": request.rel_url}

    key = (actor, request.rel_url, door.lists.letters_generation())
    letters = await fresh_part(request, LIST_PART, key, written)
    return page(request, LIST_PAGE, letters=letters, drafts=await door.lists.my_drafts(actor))


async def show_letter(request: web.Request) -> web.Response:
    """Show one letter: one's own, or to read one in the name of one's company."""
    actor = require_login(request)
    return await _letter(request, actor)


async def show_receipt(request: web.Request) -> web.Response:
    """Show the receipt (回执) with number, query code, limits and the proof."""
    actor = require_login(request)
    case = await own_case(request, actor)
    receipt = await services(request).letterbox.receipt(actor, case.letter.id)
    limits = at_receipt(case.letter, services(request).clock.now())
    return page(request, RECEIPT_PAGE, receipt=receipt, letter=case.letter, limits=limits)


async def show_why(request: web.Request) -> web.Response:
    """Show every day that a limit counts or skips (为什么是这一天)."""
    actor = require_login(request)
    case = await shared_case(request, actor)
    name, order_id = request.match_info["name"], request.query.get("order", "")
    why = explain(case, name, order_id, services(request).letterbox.limits, language(request))
    return page(request, WHY_PAGE, why=why, letter=case.letter)


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw the letter (撤回)."""
    actor = require_login(request)
    case = await own_case(request, actor)
    try:
        await services(request).desk.withdraw(actor, case.letter.id, origin=origin(request))
    except IllegalMoveError as error:
        return await _letter(request, actor, problem=error)
    return see_other(request, f"/letters/{case.letter.id}", "notice.letter_withdrawn")


async def remind(request: web.Request) -> web.Response:
    """Remind the office (催办)."""
    actor = require_login(request)
    case, order = await own_order(request, actor)
    try:
        await services(request).desk.remind(actor, order.id, origin=origin(request))
    except IllegalMoveError as error:
        return await _letter(request, actor, problem=error)
    return see_other(request, f"/letters/{case.letter.id}", "notice.reminded")


async def _letter(request: web.Request, actor: Actor, problem: IllegalMoveError | None = None) -> web.Response:
    case = await shared_case(request, actor)
    letter = case.letter
    context = {"view": await letter_view(request, case), "moves": writer_moves(case, actor), "problem": problem}
    shared = await _writer(request, letter) if letter.writer_id != actor.id else ""
    return page(request, LETTER_PAGE, status=problem.http_status if problem else 200, shared=shared, **context)


async def _writer(request: web.Request, letter: Letter) -> str:
    """Return who of the company wrote the letter, as its people know one another; "…" for who has left."""
    members = await services(request).companies.own.names(letter.behalf.company_id) if letter.behalf else {}
    return members.get(letter.writer_id, "…")


def routes() -> list[web.RouteDef]:
    """Return the routes of a writer's letters."""
    one = "/letters/{id}"
    return [
        web.get("/letters", show_list),
        web.get(one, show_letter),
        web.get(one + "/receipt", show_receipt),
        web.get(one + "/why/{name:" + "|".join(NAMES) + "}", show_why),
        web.post(one + "/withdraw", withdraw),
        web.post(one + "/orders/{order}/remind", remind),
    ]
