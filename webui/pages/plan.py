"""The planner (办事清单): choose matters, answer what changes the outcome, take the list home.

Matters and answers travel in the forms and never in an address: they tell of somebody's life.
"""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from minxin.consult.matters.planner import MOST_MATTERS, Inquiry, Plan
from minxin.core.actor import Role
from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.webui.context import language, services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.handouts import PDF_TYPE, pdf_of
from minxin.webui.i18n import Language, translations
from minxin.webui.offices import office_names
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other
from minxin.webui.views.matters import limit_text, originals, plan_handout, takes

PATH: Final = "/plan"
CHOOSE_PAGE: Final = "matters/choose.html"
MATTER: Final = "matter"
ASKED: Final = "asked"
DROP: Final = "drop"
ANSWER: Final = "answer."
PDF_NAME: Final = "plan.pdf"


async def show_choice(request: web.Request) -> web.Response:
    """Show the matters to choose from, those of the address ticked."""
    return await _choose(request, Form(), set(request.query.getall(MATTER, [])))


async def go_on(request: web.Request) -> web.Response:
    """Take the matters and the answers so far; ask the next question or show the list."""
    form = form_of(request)
    codes, answers = _chosen(form), _answers(form)
    asked = form.text(ASKED)
    try:
        inquiry = await services(request).matters.inquire(codes, answers)
    except InvalidFormError as error:
        return await _choose(request, form.with_error(error), set(codes))
    if inquiry.plan is not None:
        return await _show(request, codes, answers, inquiry.plan)
    if asked and asked not in answers and not form.text(DROP):
        form = form.with_error(InvalidInputError("plan.answers.missing", field=ANSWER + asked))
    return await _ask(request, form, codes, answers, inquiry)


async def download(request: web.Request) -> web.Response:
    """Send the list as PDF."""
    form = form_of(request)
    plan = await services(request).matters.plan(_chosen(form), _answers(form))
    return file_response(PDF_NAME, PDF_TYPE, await _pdf(request, plan))


async def send(request: web.Request) -> web.Response:
    """Put the list into the citizen's box; sending the same list once more changes nothing."""
    actor = require_role(request, Role.CITIZEN)
    form = form_of(request)
    plan = await services(request).matters.plan(_chosen(form), _answers(form))
    data = await _pdf(request, plan)
    _ = translations(language(request)).gettext
    named = "、".join(one.matter.name for one in plan.matters)
    day = services(request).clock.now().date().isoformat()
    attached = _("The list is attached.")
    key = hashlib.sha256("\0".join((day, *_pairs(form))).encode()).hexdigest()
    await services(request).boxes.put(
        actor,
        key=f"plan:{key}",
        sender=_("%(city)s People's Letters") % {"city": _city(request)},
        subject=_("My list of what to do"),
        text=f"{named}\n{takes(plan, _, language(request))}\n{attached}",
        files=((PDF_NAME, PDF_TYPE, data),),
    )
    return see_other(request, "/box", "notice.plan_sent")


async def _choose(request: web.Request, form: Form, codes: set[str]) -> web.Response:
    offered = await services(request).matters.offered()
    return page(
        request,
        CHOOSE_PAGE,
        status=422 if form.errors else 200,
        form=form,
        offered=offered,
        codes=codes & offered.keys(),
        names=await office_names(request),
        most=MOST_MATTERS,
    )


async def _ask(
    request: web.Request, form: Form, codes: list[str], answers: dict[str, str], inquiry: Inquiry
) -> web.Response:
    offered = await services(request).matters.offered()
    return page(
        request,
        "matters/question.html",
        status=422 if form.errors else 200,
        form=form,
        question=inquiry.left[0],
        left=len(inquiry.left),
        matters=[offered[code] for code in codes],
        answers=answers,
    )


async def _show(request: web.Request, codes: list[str], answers: dict[str, str], plan: Plan) -> web.Response:
    reads = language(request)
    _ = translations(reads).gettext
    return page(
        request,
        "matters/plan.html",
        plan=plan,
        numbers={one.matter.id: number for number, one in enumerate(plan.matters, start=1)},
        codes=codes,
        answers=answers,
        takes=takes(plan, _, reads),
        originals=lambda need: originals(need, _),
        limit=lambda one: limit_text(one, _, reads),
        names=await office_names(request),
        citizen=visitor(request).actor.is_a(Role.CITIZEN),
    )


async def _pdf(request: web.Request, plan: Plan) -> bytes:
    return await pdf_of(plan_handout(plan, await office_names(request), _city(request), language(request)))


def _city(request: web.Request) -> str:
    settings = services(request).settings
    return settings.city if language(request) is Language.ZH else settings.city_en


def _chosen(form: Form) -> list[str]:
    return list(dict.fromkeys(form.texts(MATTER)))


def _answers(form: Form) -> dict[str, str]:
    """Return the answers that were sent, without the one that is to be given anew."""
    given = {name.removeprefix(ANSWER): form.text(name) for name in form.names() if name.startswith(ANSWER)}
    return {asked: option for asked, option in given.items() if asked != form.text(DROP)}


def _pairs(form: Form) -> list[str]:
    return [*sorted(_chosen(form)), *(f"{asked}={option}" for asked, option in sorted(_answers(form).items()))]


def routes() -> list[web.RouteDef]:
    """Return the routes of the planner."""
    return [
        web.get(PATH, show_choice),
        web.post(PATH, go_on),
        web.post(PATH + "/pdf", download),
        web.post(PATH + "/box", send),
    ]
