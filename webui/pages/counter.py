"""The counter (窗口代填): a clerk writes for a citizen who came in or phoned."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web
from msgspec import structs

from minxin.consult import intake
from minxin.consult.records import Channel
from minxin.core.actor import Actor, Role
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError
from minxin.mailbox.records import AccountState
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.letter_form import KINDS, LETTER_LIMITS, submission_of, uploads_of
from minxin.webui.rendering import page, see_other
from minxin.webui.views.limits import LimitView, at_receipt

FIND_PAGE = "counter/find.html"
WRITE_PAGE = "counter/write.html"
RECEIPT_PAGE = "counter/receipt.html"
CAME_BY: Final = ("visit", "phone")


async def show_find(request: web.Request) -> web.Response:
    """Ask for the citizen's phone or ID number."""
    require_role(request, Role.CLERK)
    return page(request, FIND_PAGE, form=Form())


async def find(request: web.Request) -> web.Response:
    """Find the citizen; what was typed stays out of every address."""
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    try:
        account = await services(request).accounts.people.find_citizen(actor, form.text("citizen"), origin(request))
    except NotFoundError as error:
        return page(request, FIND_PAGE, status=422, form=form.with_error(_beside(error.reason)))
    except InvalidInputError:
        return page(request, FIND_PAGE, status=422, form=form.with_error(_beside("counter.citizen.format")))
    return see_other(request, f"/counter/{account.id}")


async def show_form(request: web.Request) -> web.Response:
    """Show the citizen, masked, with the form of a letter."""
    actor = require_role(request, Role.CLERK)
    return await _form(request, actor, Form(), 200)


@form_limits(LETTER_LIMITS)
async def send(request: web.Request) -> web.Response:
    """Make it the citizen's letter and show the receipt at once.

    Sent again it is the same letter. The receipt is this answer and no page of its own: once a letter is sealed, the
    clerk who wrote it down can't open it any more.
    """
    actor = require_role(request, Role.CLERK)
    form = form_of(request)
    door = services(request)
    account = await door.accounts.people.access_account(actor, request.match_info["id"])
    try:
        if form.errors or account.state is not AccountState.ACTIVE:
            return await _form(request, actor, form, 422)
        receipt = await door.letterbox.submit(
            actor,
            _submission(form),
            uploads_of(form),
            origin=origin(request),
            channel=Channel.COUNTER,
            writer_id=account.id,
        )
    except InvalidInputError as error:
        return await _form(request, actor, form.with_error(error), 422)
    except MinxinError as error:
        return await _form(request, actor, form, error.http_status, problem=error)
    context: dict[str, Any] = {"person": await door.accounts.people.masked(account.id), "subject": form.text("subject")}
    return page(request, RECEIPT_PAGE, receipt=receipt, limits=await _limits(request, actor, receipt), **context)


async def _limits(request: web.Request, actor: Actor, receipt: intake.Receipt) -> list[LimitView]:
    """Return the limits for the receipt; none when the letter was sealed in the meantime."""
    door = services(request)
    try:
        case = await door.letterbox.case(actor, receipt.letter_id)
    except NotFoundError:
        return []
    return at_receipt(case.letter, door.clock.now())


def _submission(form: Form) -> intake.Submission:
    if form.text("came_by") not in CAME_BY:
        raise InvalidInputError("counter.came_by.missing", field="came_by")
    return structs.replace(submission_of(form), came_by=form.text("came_by"))


async def _form(
    request: web.Request, actor: Actor, form: Form, status: int, problem: MinxinError | None = None
) -> web.Response:
    people = services(request).accounts.people
    account = await people.access_account(actor, request.match_info["id"])
    context = {
        "person": await people.masked(account.id),
        "account": account,
        "kinds": KINDS,
        "limits": LETTER_LIMITS,
        "most": intake,
        "problem": problem,
    }
    return page(request, WRITE_PAGE, status=status, form=form, **context)


def _beside(reason: str) -> InvalidInputError:
    return InvalidInputError(reason, field="citizen")


def routes() -> list[web.RouteDef]:
    """Return the routes of the counter."""
    return [
        web.get("/counter", show_find),
        web.post("/counter", find),
        web.get("/counter/{id}", show_form),
        web.post("/counter/{id}", send),
    ]
