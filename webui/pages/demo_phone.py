"""The demonstration's telephones (演示手机): the text messages that nobody receives, for whoever tries the service.

There only while the setting ``demo`` is on: everywhere else this page is not there.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.gateways.sms_folder import SentSms
from minxin.mailbox.phone import parse_phone
from minxin.webui import cookies
from minxin.webui.context import services
from minxin.webui.forms import Form, form_of
from minxin.webui.rendering import page, see_other

PHONE_PATH: Final = "/demo/phone"
PHONE_COOKIE: Final = "minxin-demo-phone"
SHOWN: Final = 50
SEARCHED: Final = 1000
REFRESH_S: Final = 5


async def show_phone(request: web.Request) -> web.Response:
    """Show the last messages, newest first, of one phone when chosen."""
    phone = cookies.read_cookie(request, PHONE_COOKIE) or ""
    return await _messages(request, phone, Form.of(phone=phone))


async def choose_phone(request: web.Request) -> web.Response:
    """Remember whose phone to show, in a cookie: a number stands in no address and no log."""
    form = form_of(request)
    if services(request).demo_messages is None:
        raise NotFoundError
    try:
        phone = parse_phone(form.text("phone")) if form.text("phone").strip() else ""
    except InvalidInputError as error:
        return await _messages(request, "", form.with_error(error), error.http_status)
    response = see_other(request, PHONE_PATH)
    if phone:
        cookies.set_cookie(request, response, PHONE_COOKIE, phone)
    else:
        cookies.drop_cookie(request, response, PHONE_COOKIE)
    return response


async def _messages(request: web.Request, phone: str, form: Form, status: int = 200) -> web.Response:
    read = services(request).demo_messages
    if read is None:
        raise NotFoundError
    found: list[SentSms] = await read(SEARCHED if phone else SHOWN)
    return page(
        request,
        "admin/demo_phone.html",
        status=status,
        form=form,
        phone=phone,
        messages=[message for message in found if phone in ("", message.phone)][:SHOWN],
        refreshes="auto" in request.query,
        refresh_s=REFRESH_S,
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the demonstration's phones."""
    return [web.get(PHONE_PATH, show_phone), web.post(PHONE_PATH, choose_phone)]
