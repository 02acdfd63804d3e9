"""The offices for everybody (办事机构): by level, by words or place; one office with its duties and where it is."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.directory import OFFICES_PATH, FoundOffices
from minxin.consult.knowledge.passages import shown_on
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.core.places import Level
from minxin.webui.context import services
from minxin.webui.forms import Form, form_of
from minxin.webui.offices import office_names
from minxin.webui.rendering import page

LIST_PAGE: Final = "offices/list.html"
WORDS_MAX: Final = 60
ENTRIES_SHOWN: Final = 20
ANSWERS_SHOWN: Final = 5


async def show_list(request: web.Request) -> web.Response:
    """Show all offices by level."""
    return await _list(request, Form(), None)


async def search(request: web.Request) -> web.Response:
    """Show the offices that the typed words mean; they are posted, so that no address holds where somebody lives."""
    form = form_of(request)
    words = form.text("q").strip()
    if not words:
        return await _list(request, form.with_error(InvalidInputError("ask.missing", field="q")), None)
    if len(words) > WORDS_MAX:
        too_long = InvalidInputError("ask.too_long", field="q", most=WORDS_MAX)
        return await _list(request, form.with_error(too_long), None)
    return await _list(request, form, await services(request).directory.find(words))


async def show_one(request: web.Request) -> web.Response:
    """Show an office with what it does; a closed one's page names the office that does it now."""
    directory, office_id = services(request).directory, request.match_info["id"]
    if successor := await directory.successor(office_id):
        status = web.HTTPGone.status_code
        return page(request, "offices/gone.html", status=status, successor=successor, names=await office_names(request))
    card = await directory.one(office_id)
    knowledge, matters = services(request).knowledge, await services(request).matters.offered()
    entries = await knowledge.all_shown(office_id, "", PageRequest(request.query.get("after"), ENTRIES_SHOWN))
    pairs = [(entry, shown_on(entry, knowledge.today)) for entry in entries.items]
    answers = await services(request).publications.published(PageRequest(None, ANSWERS_SHOWN), office_id)
    return page(
        request,
        "offices/one.html",
        card=card,
        office=card.office,
        mailbox=await _mailbox_of(request, office_id),
        names=await office_names(request),
        matters=[matter for matter in matters.values() if matter.office_id == office_id],
        entries=[(entry.id, shown) for entry, shown in pairs if shown],
        next_cursor=entries.next,
        answers=answers.items,
        more_answers=answers.next is not None,
    )


async def _mailbox_of(request: web.Request, office_id: str) -> str:
    """Return the address of the office's shared box, empty when it has none."""
    official = await services(request).contacts.directory.offices()
    return next((entry.address for entry in official if entry.office_id == office_id), "")


async def _list(request: web.Request, form: Form, found: FoundOffices | None) -> web.Response:
    cards = await services(request).directory.cards()
    levels = [level for level in Level if any(card.office.level == level for card in cards)]
    return page(
        request,
        LIST_PAGE,
        status=422 if form.errors else 200,
        form=form,
        words_max=WORDS_MAX,
        found=found,
        by_level={level.value: [card for card in cards if card.office.level == level] for level in levels},
        others=[card for card in cards if card.office.level not in set(Level)],
        names=await office_names(request),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the offices."""
    return [
        web.get(OFFICES_PATH, show_list),
        web.post(OFFICES_PATH, search),
        web.get(OFFICES_PATH + "/{id}", show_one),
    ]
