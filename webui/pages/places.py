"""A new place (新地名): a clerk says where a name of the letter lies, and the judge knows it from then on."""

from __future__ import annotations

from aiohttp import web

from minxin.consult.places import TEACHERS
from minxin.core.errors import InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.forms import form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.work_order import ORDER_PATH, order_page
from minxin.webui.rendering import see_other
from minxin.webui.views.desk_places import BETWEEN


async def learn(request: web.Request) -> web.Response:
    """Keep the place; what can't be taken is told beside its field."""
    actor = require_role(request, *TEACHERS)
    form = form_of(request)
    order_id = request.match_info["id"]
    within = tuple(form.text("place_within").split(BETWEEN))
    try:
        await services(request).places.learn(
            actor, order_id, form.text("place_name"), form.text("place_kind"), within, origin=origin(request)
        )
    except InvalidInputError as error:
        beside = InvalidInputError(error.reason, field=f"place_{error.field}", **error.params)
        return await order_page(request, actor, form.with_error(beside))
    return see_other(request, f"/desk/orders/{order_id}", "notice.desk.place_learned")


def routes() -> list[web.RouteDef]:
    """Return the route of a new place."""
    return [web.post(ORDER_PATH + "/places", learn)]
