"""The matters catalogue for everybody (办事指南): by time of life, by office, by words; one matter with its forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from minxin.consult.matters.planner import MOST_MATTERS
from minxin.consult.matters.records import LifeEvent, Matter
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.webui.context import language, services
from minxin.webui.forms import Form, form_of
from minxin.webui.handouts import PDF_TYPE, pdf_of
from minxin.webui.offices import office_names
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page
from minxin.webui.views.matters import case_text, form_handout

LIST_PATH: Final = "/matters"
LIST_PAGE: Final = "matters/list.html"
WORDS_MAX: Final = 60


async def show_list(request: web.Request) -> web.Response:
    """Show the ways into the catalogue, or the matters of one time of life or one office."""
    life, office_id = request.query.get("life", ""), request.query.get("office", "")
    offered = (await services(request).matters.offered()).values()
    if life and life not in set(LifeEvent):
        raise NotFoundError
    if not life and not office_id:
        return await _list(request, Form(), offered, None)
    found = [one for one in offered if (not life or life in one.life) and (not office_id or office_id == one.office_id)]
    if not found:
        raise NotFoundError
    return await _list(request, Form(), offered, found, life=life, office_id=office_id)


async def search(request: web.Request) -> web.Response:
    """Show the matters that the typed words may mean; they are posted, so that no address holds somebody's words."""
    form = form_of(request)
    words = form.text("q").strip()
    offered = (await services(request).matters.offered()).values()
    if not words:
        return await _list(request, form.with_error(InvalidInputError("ask.missing", field="q")), offered, None)
    if len(words) > WORDS_MAX:
        too_long = InvalidInputError("ask.too_long", field="q", most=WORDS_MAX)
        return await _list(request, form.with_error(too_long), offered, None)
    return await _list(request, form, offered, await services(request).matters.search(words))


async def _list(
    request: web.Request,
    form: Form,
    offered: Iterable[Matter],
    found: list[Matter] | None,
    life: str = "",
    office_id: str = "",
) -> web.Response:
    return page(
        request,
        LIST_PAGE,
        status=422 if form.errors else 200,
        form=form,
        words_max=WORDS_MAX,
        found=found,
        life=life,
        office_id=office_id,
        events=Counter(event for matter in offered for event in matter.life),
        offices=Counter(matter.office_id for matter in offered),
        names=await office_names(request),
        most=MOST_MATTERS,
    )


async def show_one(request: web.Request) -> web.Response:
    """Show a matter with everything that is known of it."""
    matters = services(request).matters
    matter = await matters.one(request.match_info["code"])
    offices = {office.id: office for office in await services(request).offices()}
    return page(
        request,
        "matters/one.html",
        matter=matter,
        catalogue=await matters.offered(),
        case=lambda when: case_text(when, matter.questions),
        office=offices[matter.office_id],
        names=await office_names(request),
    )


async def download_form(request: web.Request) -> web.Response:
    """Send a form of the matter as PDF, to be filled in by hand."""
    matter = await services(request).matters.one(request.match_info["code"])
    form = next((one for one in matter.forms if one.id == request.match_info["form"]), None)
    if form is None:
        raise NotFoundError
    data = await pdf_of(form_handout(matter, form, language(request)))
    return file_response(f"{form.name}.pdf", PDF_TYPE, data)


def routes() -> list[web.RouteDef]:
    """Return the routes of the catalogue."""
    return [
        web.get(LIST_PATH, show_list),
        web.post(LIST_PATH, search),
        web.get(LIST_PATH + "/{code}", show_one),
        web.get(LIST_PATH + "/{code}/forms/{form}", download_form),
    ]
