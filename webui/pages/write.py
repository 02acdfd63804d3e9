"""Writing a letter (写信): the form, the check before it is sent, and the letter that it becomes."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Any, Final

from aiohttp import hdrs, web

from minxin.consult import intake
from minxin.consult.intake import Receipt
from minxin.consult.records import LetterDraft
from minxin.core.actor import Actor
from minxin.core.errors import ConflictError, InvalidInputError, MinxinError, NotFoundError
from minxin.webui import cookies
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.i18n import sentences
from minxin.webui.letter_form import (
    FIELDS,
    ID_CHARS,
    KINDS,
    LETTER_LIMITS,
    TRIES,
    companies_of,
    draft_of,
    for_writers,
    keep,
    renewed,
    submission_of,
    uploads_of,
)
from minxin.webui.offices import office_names
from minxin.webui.pages.ask import QUESTION_MAX
from minxin.webui.pages.solved import entries_beside
from minxin.webui.problems import RETRY_AFTER_S
from minxin.webui.rendering import page, see_other
from minxin.webui.views.advice import advise
from minxin.webui.views.alike import NO_OFFER, OfferView, offer_view

WRITE_PAGE = "write/write.html"
CHECK_PAGE = "write/check.html"
SUGGESTION = "write/suggestion.html"
SPENT: Final = "letter.token.used"
CARRIED: Final = "minxin-carried"
_REVIEW: Final = ("subject", "text")
CARRIED_FOR: Final = timedelta(minutes=30)


async def carry(request: web.Request) -> web.Response:
    """Take a question along into a letter, through the log-in when it must be; no address holds the words."""
    response = see_other(request, "/write")
    text = form_of(request).text("q")[:QUESTION_MAX]
    cookies.set_cookie(request, response, CARRIED, base64.urlsafe_b64encode(text.encode()).decode(), CARRIED_FOR)
    return response


@for_writers
async def show_form(request: web.Request, actor: Actor) -> web.Response:
    """Show an empty form, or one that begins with the question that was carried here, or asks for a review."""
    carried = cookies.read_cookie(request, CARRIED)
    form = Form.of(text=_carried_text(carried or ""), company=request.query.get("company", "")[:ID_CHARS])
    if "review" in request.query:
        form = await _review(request, actor)
    response = await write_page(request, actor, form, None)
    if carried:
        cookies.drop_cookie(request, response, CARRIED)
    return response


@for_writers
async def suggest(request: web.Request, actor: Actor) -> web.Response:
    """Return the part of a page that names the office for what is typed so far."""
    form = form_of(request)
    subject, text = form.text("subject")[: intake.SUBJECT_MAX], form.text("text")[: intake.TEXT_MAX]
    advice = await advise(request, subject, text)
    offer = await _offer(request, actor, form, denounces=advice.denounces)
    entries = () if advice.denounces else await entries_beside(request, form)
    return page(request, SUGGESTION, advice=advice, offer=offer, entries=entries)


@form_limits(LETTER_LIMITS)
@for_writers
async def check(request: web.Request, actor: Actor) -> web.Response:
    """Keep everything as a draft, and show it once more with the office that it will go to."""
    form = form_of(request)
    try:
        form, draft = await keep(request, actor, form)
        form = _checked(form)
    except MinxinError as error:
        return await _failed(request, actor, form, error)
    if form.errors:
        return await write_page(request, actor, form, draft, status=422)
    advice = await advise(request, form.text("subject"), form.text("text"), form.text("place"))
    offer = await _offer(request, actor, form, denounces=advice.denounces)
    entries = () if advice.denounces else await entries_beside(request, form)
    company = (await companies_of(request, actor)).get(form.text("company"), "")
    beside: dict[str, Any] = {"advice": advice, "offer": offer, "entries": entries, "company": company}
    return page(request, CHECK_PAGE, form=form, fields=FIELDS, draft=draft, **beside)


@form_limits(LETTER_LIMITS)
@for_writers
async def send(request: web.Request, actor: Actor) -> web.Response:
    """Make it a letter; the browser goes on to the receipt only after the commit."""
    form = form_of(request)
    try:
        if form.errors:
            return await _refused(request, actor, form)
        receipt = await _submit(request, actor, form)
    except InvalidInputError as error:
        return await _refused(request, actor, form.with_error(error))
    except MinxinError as error:
        return await _failed(request, actor, form, error)
    return see_other(request, f"/letters/{receipt.letter_id}/receipt")


async def write_page(
    request: web.Request,
    actor: Actor,
    form: Form,
    draft: LetterDraft | None,
    *,
    status: int = 200,
    problem: MinxinError | None = None,
    lost: str = "",
) -> web.Response:
    """Show the form; ``problem`` stands at its top, ``lost`` names files that must be chosen again."""
    companies = await companies_of(request, actor)
    context = {"draft": draft, "kinds": KINDS, "limits": LETTER_LIMITS, "most": intake, "companies": companies}
    return page(request, WRITE_PAGE, status=status, form=form, problem=problem, lost=lost, **context)


async def _review(request: web.Request, actor: Actor) -> Form:
    """Return the form that asks to look at an answered letter of one's own again; raises ``NotFoundError``."""
    letter = (await services(request).letterbox.case(actor, request.query["review"])).letter
    if letter.writer_id != actor.id:
        raise NotFoundError
    words = {"number": letter.number, "subject": letter.subject}
    subject, text = (sentences().sentence(f"letter.review.{one}", language(request), **words) for one in _REVIEW)
    values = {"kind": letter.kind.value, "subject": subject[: intake.SUBJECT_MAX], "text": text, "place": letter.place}
    return Form.of(**values, company=letter.behalf.company_id if letter.behalf is not None else "")


async def _offer(request: web.Request, actor: Actor, form: Form, *, denounces: bool) -> OfferView:
    """Return like letters; a denunciation, which is about to be sealed, is like nobody's."""
    subject, text = form.text("subject")[: intake.SUBJECT_MAX], form.text("text")[: intake.TEXT_MAX]
    if denounces or not text.strip():
        return NO_OFFER
    found = await services(request).like_letters.while_writing(actor, subject, text, form.text("place"))
    return offer_view(found, await office_names(request))


async def _submit(request: web.Request, actor: Actor, form: Form) -> Receipt:
    letterbox = services(request).letterbox
    for tries_left in reversed(range(TRIES)):
        draft = await draft_of(letterbox, actor, form)
        try:
            return await letterbox.submit(
                actor,
                submission_of(form),
                uploads_of(form),
                origin=origin(request),
                draft_id=draft.id if draft else None,
            )
        except ConflictError:
            # The draft was saved once more while the letter was on its way.
            if not tries_left:
                raise
    raise ConflictError


async def _refused(request: web.Request, actor: Actor, form: Form) -> web.Response:
    """Show what is wrong beside the fields, with the good files kept in the draft."""
    if any(error.reason == SPENT for error in form.errors):
        form = renewed(form)
    told = {(error.field, error.reason) for error in form.errors}
    try:
        kept, draft = await keep(request, actor, form)
    except MinxinError as error:
        return await _failed(request, actor, form, error)
    for found in kept.errors[len(form.errors) :]:
        if (found.field, found.reason) not in told:
            form = form.with_error(found)
    return await write_page(request, actor, form, draft, status=422)


async def _failed(request: web.Request, actor: Actor, form: Form, error: MinxinError) -> web.Response:
    """Show the form with everything typed; files that came with it are gone, and are named."""
    try:
        draft = await draft_of(services(request).letterbox, actor, form)
    except MinxinError:
        draft = None
    lost = ", ".join(file.name for file in form.files)
    response = await write_page(request, actor, form, draft, status=error.http_status, problem=error, lost=lost)
    if error.http_status in RETRY_AFTER_S:
        response.headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_S[error.http_status])
    return response


def _checked(form: Form) -> Form:
    try:
        intake.check(submission_of(form))
    except InvalidInputError as error:
        return form.with_error(error)
    return form


def _carried_text(cookie: str) -> str:
    try:
        return base64.urlsafe_b64decode(cookie).decode()[:QUESTION_MAX]
    except (binascii.Error, ValueError):
        return ""


def routes() -> list[web.RouteDef]:
    """Return the routes of writing."""
    return [
        web.get("/write", show_form),
        web.post("/write", send),
        web.post("/write/begin", carry),
        web.post("/write/check", check),
        web.post("/write/suggestion", suggest),
    ]
