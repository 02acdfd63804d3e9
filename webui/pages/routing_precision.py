"""How right routing alone must be (自动转办准确率): what is wished, what was kept, when the aim tightened by itself."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/routing"


async def show(request: web.Request) -> web.Response:
    """Show what is wished, aimed at and kept."""
    require_role(request, Role.ADMINISTRATOR)
    return await _page(request, None)


async def wish(request: web.Request) -> web.Response:
    """Wish for another precision, stated in per cent."""
    actor = require_role(request, Role.ADMINISTRATOR)
    form = form_of(request)
    try:
        await services(request).precision.wish(actor, _share(form.text("wished")), origin=origin(request))
    except InvalidInputError as error:
        return await _page(request, form.with_error(error))
    return see_other(request, PATH, "notice.precision_wished")


async def _page(request: web.Request, form: Form | None) -> web.Response:
    standing = await services(request).precision.standing(require_role(request, Role.ADMINISTRATOR))
    shown = form or Form.of(wished=f"{standing.precision.wished * 100:.6g}")
    return page(request, "admin/routing.html", form=shown, standing=standing, status=422 if form else 200)


def _share(per_cent: str) -> float:
    """Return the share of one; raises ``InvalidInputError`` ``precision.range`` for what is no number."""
    try:
        return float(per_cent.strip().rstrip("%％")) / 100
    except ValueError:
        raise InvalidInputError("precision.range", field="wished") from None


def routes() -> list[web.RouteDef]:
    """Return the routes of the wished precision."""
    return [web.get(PATH, show), web.post(PATH, wish)]
