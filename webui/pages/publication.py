"""Publication on the desk (公开): the proposed copy with every change marked, and the second person's decision."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.access import Case
from minxin.consult.publication import CENTRE_ROLES, DECIDING_ROLES, Proposal, Words, answer_text, to_publish
from minxin.core.actor import Actor
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services
from minxin.webui.forms import KIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.pages.board import DESK_ROLES
from minxin.webui.pages.work_order import ORDER_PATH, order_page
from minxin.webui.rendering import page, see_other
from minxin.webui.views.difference import Piece, difference

LIST_PATH: Final = "/desk/publications"
PROPOSE_PAGE: Final = "desk/propose.html"
COPY_PAGE: Final = "desk/copy.html"
LIST_PAGE: Final = "desk/publications.html"
COPY_LIMITS: Final = FormLimits(body_bytes=512 * KIB)
PAGE_SIZE: Final = 30
_APPROVE: Final = {"yes": True, "no": False}


async def show_proposal(request: web.Request) -> web.Response:
    """Show the copy as the machine would publish it, to be corrected."""
    actor = require_role(request, *DESK_ROLES)
    proposal = await services(request).publications.suggestion(actor, request.match_info["id"])
    words = proposal.suggested
    form = Form.of(subject=words.subject, text=words.text, answer=words.answer)
    return await _proposal_page(request, actor, form, proposal)


@form_limits(COPY_LIMITS)
async def propose(request: web.Request) -> web.Response:
    """Propose the corrected copy, or show its changes once more."""
    actor = require_role(request, *DESK_ROLES)
    form = form_of(request)
    publications = services(request).publications
    order_id = request.match_info["id"]
    if form.text("action") == "compare":
        return await _proposal_page(request, actor, form, await publications.suggestion(actor, order_id))
    try:
        await publications.propose(actor, order_id, _words_of(form), origin=origin(request))
    except InvalidInputError as error:
        proposal = await publications.suggestion(actor, order_id)
        return await _proposal_page(request, actor, form.with_error(error), proposal)
    except IllegalMoveError as error:
        return await order_page(request, actor, form, problem=error)
    return see_other(request, f"/desk/orders/{order_id}", "notice.desk.proposed")


async def show_list(request: web.Request) -> web.Response:
    """Show the copies that wait for a second person."""
    actor = require_role(request, *CENTRE_ROLES, *DECIDING_ROLES)
    wanted = PageRequest(request.query.get("after"), PAGE_SIZE)
    found = await services(request).publications.waiting(actor, wanted)
    names = await office_names(request)
    return page(request, LIST_PAGE, copies=found.items, next_cursor=found.next, names=names)


async def show_copy(request: web.Request) -> web.Response:
    """Show one copy with its changes, and the decision when it waits."""
    return await _copy_page(request, require_role(request, *DESK_ROLES), Form())


async def decide(request: web.Request) -> web.Response:
    """Publish the copy, or refuse it with a reason."""
    actor = require_role(request, *DESK_ROLES)
    form = form_of(request)
    approve = _APPROVE.get(form.text("approve"))
    if approve is None:
        raise NotFoundError
    try:
        await services(request).publications.decide(
            actor, request.match_info["id"], approve, form.text("reason"), origin=origin(request)
        )
    except InvalidInputError as error:
        return await _copy_page(request, actor, form.with_error(error))
    except IllegalMoveError as error:
        return await _copy_page(request, actor, form, problem=error)
    return see_other(request, LIST_PATH, "notice.desk.published" if approve else "notice.desk.not_published")


async def _proposal_page(request: web.Request, actor: Actor, form: Form, proposal: Proposal) -> web.Response:
    case, order = await services(request).desk.case(actor, request.match_info["id"])
    return page(
        request,
        PROPOSE_PAGE,
        status=422 if form.errors else 200,
        form=form,
        found=proposal.found,
        changes=_changes(proposal.original, _words_of(form)),
        letter=case.letter,
        order=order,
    )


async def _copy_page(
    request: web.Request, actor: Actor, form: Form, problem: IllegalMoveError | None = None
) -> web.Response:
    door = services(request)
    copy = await door.publications.copy_of(actor, request.match_info["id"])
    if copy is None:
        raise NotFoundError
    case = await door.letterbox.case(actor, copy.id)
    shown = copy.waiting or copy
    words = Words(shown.subject, shown.text, shown.answer)
    waits = copy.waiting is not None
    return page(
        request,
        COPY_PAGE,
        status=problem.http_status if problem else 422 if form.errors else 200,
        form=form,
        problem=problem,
        copy=copy,
        case=case,
        changes=_changes(_original(case), words),
        left=await door.publications.left_in(words) if waits else {},
        abuse=await door.publications.abuse_in(words) if waits else (),
        waits=waits,
        mine=shown.proposed_by == actor.id,
        proposed_at=shown.proposed_at,
        names=await office_names(request),
    )


def _changes(original: Words, words: Words) -> dict[str, tuple[Piece, ...]]:
    return {
        "subject": difference(original.subject, words.subject),
        "text": difference(original.text, words.text),
        "answer": difference(original.answer, words.answer),
    }


def _original(case: Case) -> Words:
    replies = [order.reply for order in to_publish(case) if order.reply is not None]
    answer = "\n\n".join(answer_text(reply.parts) for reply in replies)
    return Words(case.letter.subject, case.letter.text, answer)


def _words_of(form: Form) -> Words:
    return Words(form.text("subject"), form.text("text"), form.text("answer"))


def routes() -> list[web.RouteDef]:
    """Return the routes of publication for staff."""
    one = LIST_PATH + "/{id}"
    return [
        web.get(ORDER_PATH + "/publication", show_proposal),
        web.post(ORDER_PATH + "/publication", propose),
        web.get(LIST_PATH, show_list),
        web.get(one, show_copy),
        web.post(one, decide),
    ]
