"""The answer's draft (答复): five parts and promises beside the letter, kept, begun from a skeleton, or submitted."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from msgspec.structs import asdict, fields

from minxin.consult.access import Case
from minxin.consult.deadlines import local_day
from minxin.consult.gate import blank_parts, missing_parts
from minxin.consult.moves import Move, target_of
from minxin.consult.records import Promise, ReplyParts, WorkOrder
from minxin.consult.replies import PART_MAX, parse_promises
from minxin.consult.skeletons import filled_up, skeletons
from minxin.core.actor import Actor
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError
from minxin.webui.context import language, origin, services
from minxin.webui.forms import KIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.board import DESK_ROLES
from minxin.webui.pages.work_order import ORDER_PATH, board_address, order_page, shelf_of
from minxin.webui.rendering import page, see_other
from minxin.webui.views.desk_advice import marked
from minxin.webui.views.desk_limits import next_limit
from minxin.webui.views.desk_points import stretches
from minxin.webui.views.reply_check import check_view, seen_by

REPLY_PAGE: Final = "desk/reply.html"
PARTS: Final = tuple(field.name for field in fields(ReplyParts))
Written = tuple[ReplyParts, tuple[Promise, ...]]
REPLY_LIMITS: Final = FormLimits(body_bytes=512 * KIB)


async def show_reply(request: web.Request) -> web.Response:
    """Show the last draft and what the reply gate says of it, or empty parts."""
    actor = require_role(request, *DESK_ROLES)
    _, order = await services(request).desk.case(actor, request.match_info["id"])
    written = (order.drafts[-1].parts, order.drafts[-1].promises) if order.drafts else None
    return await _reply_page(request, actor, _form_of_draft(order), written)


@form_limits(REPLY_LIMITS)
async def take_reply(request: web.Request) -> web.Response:
    """Keep the draft, have it checked, begin its empty parts from a skeleton, or submit it (送审)."""
    actor = require_role(request, *DESK_ROLES)
    form = form_of(request)
    action = form.text("action")
    try:
        if action == "skeleton":
            return await _reply_page(request, actor, _begun(form))
        written = _written(request, form, submit=action == "submit")
        if action == "check":
            return await _reply_page(request, actor, form, written)
        if action == "submit" and await _unseen(request, actor, form, *written):
            return await _reply_page(request, actor, form, written, stopped=True)
        await _keep(request, actor, *written, submit=action == "submit")
    except InvalidInputError as error:
        return await _reply_page(request, actor, form.with_error(error))
    except IllegalMoveError as error:
        return await order_page(request, actor, form, problem=error)
    if action == "submit":
        return see_other(request, board_address(request), "notice.desk.submit")
    return see_other(request, request.path, "notice.desk.draft_kept")


def _written(request: web.Request, form: Form, *, submit: bool) -> Written:
    parts = _parts_of(form)
    try:
        return parts, parse_promises(form.text("promises"), local_day(services(request).clock.now()))
    except InvalidInputError as error:
        missing = [InvalidInputError("reply.part.missing", field=name, part=name) for name in missing_parts(parts)]
        raise InvalidFormError([*(missing if submit else []), error]) from error


async def _unseen(
    request: web.Request, actor: Actor, form: Form, parts: ReplyParts, promises: tuple[Promise, ...]
) -> bool:
    """Say whether the gate warns of a whole answer, and the handler has not been shown these warnings yet."""
    if missing_parts(parts) or blank_parts(parts):
        return False
    check = await services(request).desk.check_reply(actor, request.match_info["id"], parts, promises)
    return bool(check.warnings) and form.text("seen") != seen_by(check)


async def _keep(
    request: web.Request, actor: Actor, parts: ReplyParts, promises: tuple[Promise, ...], *, submit: bool
) -> None:
    door, order_id = services(request), request.match_info["id"]
    if submit:
        await door.desk.submit_reply(actor, order_id, parts, promises, origin=origin(request))
    else:
        await door.desk.save_reply(actor, order_id, parts, promises, origin=origin(request))


async def _reply_page(
    request: web.Request, actor: Actor, form: Form, written: Written | None = None, *, stopped: bool = False
) -> web.Response:
    door = services(request)
    case, order = await door.desk.case(actor, request.match_info["id"])
    target_of(order, Move.SUBMIT, actor, case.letter.writer_id)
    check = await door.desk.check_reply(actor, order.id, *written) if written else None
    return page(
        request,
        REPLY_PAGE,
        status=422 if form.errors else 200,
        form=form,
        check=check and check_view(check, language(request)),
        stopped=stopped,
        **await _context(request, case, order),
    )


async def _context(request: web.Request, case: Case, order: WorkOrder) -> dict[str, object]:
    door = services(request)
    names = [(skeleton.id, skeleton.name[language(request)]) for skeleton in skeletons()]
    return {
        "letter": case.letter,
        "order": order,
        "text": marked(case.letter),
        "stretches": stretches(case.letter, order),
        "next": next_limit(order, door.clock.now(), language(request)),
        "parts": PARTS,
        "part_max": PART_MAX,
        "skeletons": names,
        "shelf": shelf_of(request),
    }


def _parts_of(form: Form) -> ReplyParts:
    return ReplyParts(**{name: form.text(name).strip() for name in PARTS})


def _begun(form: Form) -> Form:
    parts = filled_up(_parts_of(form), form.text("skeleton"))
    kept = {name: form.text(name) for name in ("promises", "skeleton", "list")}
    return Form.of(**asdict(parts), **kept)


def _form_of_draft(order: WorkOrder) -> Form:
    if not order.drafts:
        return Form()
    last = order.drafts[-1]
    return Form.of(**asdict(last.parts), promises=_lines(last.promises))


def _lines(promises: tuple[Promise, ...]) -> str:
    return "\n".join(f"{promise.until.isoformat()} {promise.text}" for promise in promises)


def routes() -> list[web.RouteDef]:
    """Return the routes of the draft."""
    return [web.get(ORDER_PATH + "/reply", show_reply), web.post(ORDER_PATH + "/reply", take_reply)]
