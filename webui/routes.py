"""Every address of the site: each module of pages adds its own table here."""

from __future__ import annotations

from aiohttp import web

from minxin.webui import assets
from minxin.webui.pages import (
    account,
    ask,
    attachments,
    box,
    counter,
    desk_verification,
    drafts,
    follow_up,
    health,
    home,
    letter_status,
    letters,
    login,
    manager,
    papers,
    password,
    register,
    second_factor,
    write,
)


def all_routes() -> list[web.RouteDef]:
    """Return the routes of all pages."""
    return [
        *assets.routes(),
        *health.routes(),
        *home.routes(),
        *ask.routes(),
        *write.routes(),
        *drafts.routes(),
        *letters.routes(),
        *papers.routes(),
        *follow_up.routes(),
        *attachments.routes(),
        *letter_status.routes(),
        *box.routes(),
        *counter.routes(),
        *register.routes(),
        *login.routes(),
        *password.routes(),
        *account.routes(),
        *second_factor.routes(),
        *desk_verification.routes(),
        *manager.routes(),
    ]
