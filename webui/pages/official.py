"""Official mail for staff (公务邮件): notices listed, shown as they arrive, decided on, sent, stopped, counted."""

from __future__ import annotations

import re
from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import ConflictError, InvalidInputError, MinxinError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.mailbox.official.figures import LEAST
from minxin.mailbox.official.moves import SEEING, NoticeMove
from minxin.mailbox.official.records import NoticeState
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other

PATH: Final = "/desk/official"
LIST_PAGE: Final = "official/list.html"
PAGE: Final = "official/notice.html"
LIST_SIZE: Final = 30
WORDS_MAX: Final = 500
_VERSION: Final = re.compile(r"[0-9]{1,9}")


async def show_list(request: web.Request) -> web.Response:
    """Show the office's notices; administrators see those of all offices."""
    actor = require_role(request, *SEEING)
    wanted = PageRequest(request.query.get("after"), LIST_SIZE)
    found = await services(request).official.listed(actor, wanted)
    return page(
        request,
        LIST_PAGE,
        rows=found.items,
        next_cursor=found.next,
        offices=await office_names(request),
        all_offices=actor.is_a(Role.ADMINISTRATOR),
    )


async def show(request: web.Request) -> web.Response:
    """Show a notice: what arrives and where, how far it is, and what may be done."""
    return await _page(request, Form())


async def download_file(request: web.Request) -> web.Response:
    """Send a file of a notice."""
    actor = require_role(request, *SEEING)
    place = int(request.match_info["number"])
    file, data = await services(request).official.file(actor, request.match_info["id"], place)
    return file_response(file.name, file.content_type, data)


async def move(request: web.Request) -> web.Response:
    """Do one step of the table of moves."""
    actor, form = require_role(request, *SEEING), form_of(request)
    name, notice_id = request.match_info["move"], request.match_info["id"]
    if name not in set(NoticeMove):
        raise NotFoundError
    seen = form.text("seen")
    try:
        await services(request).official.act(
            actor,
            notice_id,
            NoticeMove(name),
            origin(request),
            seen=int(seen) if _VERSION.fullmatch(seen) else 0,
            reason=form.text("reason"),
        )
    except (InvalidInputError, ConflictError) as error:
        return await _page(request, form.with_error(error), error)
    return see_other(request, PATH if name == NoticeMove.DROP else f"{PATH}/{notice_id}", f"notice.official.{name}")


async def _page(request: web.Request, form: Form, error: MinxinError | None = None) -> web.Response:
    actor, notice_id = require_role(request, *SEEING), request.match_info["id"]
    official = services(request).official
    shown = await official.shown(actor, notice_id)
    preview = await official.preview(actor, notice_id)
    context: dict[str, Any] = {
        "shown": shown,
        "official_notice": shown.notice,
        "run": shown.run,
        "moves": shown.moves,
        "preview": preview,
        "figures": await official.figures(actor, notice_id),
        "least": LEAST,
        "office": (await office_names(request)).get(shown.notice.office_id, ""),
        "moving": shown.notice.state in (NoticeState.APPROVED, NoticeState.SENDING),
        "words_max": WORDS_MAX,
    }
    return page(request, PAGE, status=error.http_status if error else 200, form=form, **context)


def routes() -> list[web.RouteDef]:
    """Return the routes of official mail; its form stands in ``official_edit.py``."""
    return [
        web.get(PATH, show_list),
        web.get(PATH + "/{id}", show),
        web.get(PATH + "/{id}/files/{number:[0-9]}", download_file),
        web.post(PATH + "/{id}/{move}", move),
    ]
