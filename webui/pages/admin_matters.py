"""The matters catalogue for the administrator (事项库管理): take in a file, save the whole."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.matters.service import Taken
from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.forms import MIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/matters"
PAGE: Final = "admin/matters.html"
FILE: Final = "file"
SHOWN_FAULTS: Final = 100
_LIMITS: Final = FormLimits(body_bytes=9 * MIB, files=1, file_bytes=8 * MIB)


async def show(request: web.Request) -> web.Response:
    """Show how many matters there are, and where a file is taken in."""
    require_role(request, Role.ADMINISTRATOR)
    return await _page(request, Form())


@form_limits(_LIMITS)
async def take_in(request: web.Request) -> web.Response:
    """Take in a file; what is wrong in it is shown entry by entry."""
    actor = require_role(request, Role.ADMINISTRATOR)
    form = form_of(request)
    if form.errors or not form.files:
        missing = () if form.errors else (InvalidInputError("matters.no_file", field=FILE),)
        return await _page(request, Form(errors=(*form.errors, *missing)))
    taken = await services(request).matters.take_in(actor, form.files[0].data, origin=origin(request))
    return await _page(request, Form(), taken) if taken.faults else see_other(request, PATH, "notice.matters_imported")


async def download(request: web.Request) -> web.Response:
    """Send the whole catalogue as a file that can be taken in again."""
    actor = require_role(request, Role.ADMINISTRATOR)
    return file_response("matters.json", "application/json", await services(request).matters.as_file(actor))


async def _page(request: web.Request, form: Form, taken: Taken | None = None) -> web.Response:
    faults = taken.faults if taken else ()
    return page(
        request,
        PAGE,
        status=422 if form.errors or faults else 200,
        form=form,
        faults=faults[:SHOWN_FAULTS],
        offered=len(await services(request).matters.offered()),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the catalogue's administration."""
    return [web.get(PATH, show), web.post(PATH, take_in), web.get(PATH + "/file", download)]
