"""A copy of one's own data (个人信息副本): asked for with the password, sent as one file while it is made."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.own_data import StoredAccount
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.i18n import sentences
from minxin.webui.own_copy.archive import ZipStream
from minxin.webui.own_copy.whole import pieces_of
from minxin.webui.pages.attachments import SANDBOX, disposition
from minxin.webui.rendering import page, refused_page

PAGE: Final = "account/export.html"
PATH: Final = "/account/export"


async def show(request: web.Request) -> web.Response:
    """Say what the copy holds, and ask for the password."""
    require_account(request)
    return page(request, PAGE, form=Form(), most=services(request).accounts.data.most_a_day)


async def send(request: web.Request) -> web.StreamResponse:
    """Make the copy and send it, piece by piece."""
    account, _ = require_account(request)
    form, data = form_of(request), services(request).accounts.data
    try:
        stored = await data.take_copy(account.id, form.text("password"), origin(request))
    except (InvalidInputError, TooManyTriesError) as error:
        return refused_page(request, PAGE, form, error, most=data.most_a_day)
    return await _stream(request, stored)


async def _stream(request: web.Request, stored: StoredAccount) -> web.StreamResponse:
    now = services(request).clock.now()
    name = sentences().sentence("own_copy.file_name", language(request), day=now.astimezone(SHANGHAI).date())
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/zip",
            hdrs.CONTENT_DISPOSITION: disposition(f"{name}.zip"),
            "Content-Security-Policy": SANDBOX,
        }
    )
    await response.prepare(request)
    try:
        archive = ZipStream(response.write, now)
        async for piece in pieces_of(request, stored):
            await archive.add(piece)
        await archive.end()
    except BaseException:
        # A file that breaks off must not look whole.
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


def routes() -> list[web.RouteDef]:
    """Return the routes of the copy."""
    return [web.get(PATH, show), web.post(PATH, send)]
