"""The administrator's pages of boxes (邮箱管理): which there are, how full they are, and what each may hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.boxoffice.ports import BoxWish
from minxin.mailbox.mail.records import BoxKind, BoxState
from minxin.mailbox.mail.rules import MIB
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/boxes"
ONE: Final = PATH + "/{id}"
LIST_SIZE: Final = 30
LONGEST_WORDS: Final = 100
FILLED: Final = ("80", "95")
E = TypeVar("E", bound=StrEnum)


async def show_list(request: web.Request) -> web.Response:
    """Show boxes by address, those that are looked for."""
    actor = require_role(request, Role.ADMINISTRATOR)
    typed = {name: request.query.get(name, "") for name in ("q", "kind", "state", "filled")}
    wish = BoxWish(
        words=typed["q"].strip()[:LONGEST_WORDS],
        kind=_one_of(BoxKind, typed["kind"]),
        state=_one_of(BoxState, typed["state"]),
        percent=int(typed["filled"]) if typed["filled"] in FILLED else 0,
    )
    found = await services(request).box_office.register.find(
        actor, wish, PageRequest(request.query.get("after"), LIST_SIZE)
    )
    return page(request, "boxoffice/admin_list.html", form=Form.of(**typed), rows=found.items, next_cursor=found.next)


async def show_one(request: web.Request) -> web.Response:
    """Show one box and the form of its quotas."""
    actor = require_role(request, Role.ADMINISTRATOR)
    row = await services(request).box_office.register.one(actor, request.match_info["id"])
    return await _one(request, Form.of(mail_mb=_mb(row.box.mail_quota), disk_mb=_mb(row.box.disk_quota)))


async def set_quotas(request: web.Request) -> web.Response:
    """Set what the box and its owner's disk may hold."""
    actor, form, box_id = require_role(request, Role.ADMINISTRATOR), form_of(request), request.match_info["id"]
    try:
        await services(request).box_office.register.set_quotas(
            actor, box_id, form.text("mail_mb"), form.text("disk_mb"), origin(request)
        )
    except InvalidInputError as error:
        return await _one(request, form.with_error(error), error.http_status)
    return see_other(request, f"{PATH}/{box_id}", "notice.quotas_set")


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.ADMINISTRATOR)
    row = await services(request).box_office.register.one(actor, request.match_info["id"])
    return page(request, "boxoffice/admin_one.html", status=status, form=form, row=row)


def _one_of(kinds: type[E], typed: str) -> E | None:
    return kinds(typed) if typed in set(kinds) else None


def _mb(size: int | None) -> str:
    return "" if size is None else str(size // MIB)


def routes() -> list[web.RouteDef]:
    """Return the routes of the register of boxes."""
    return [web.get(PATH, show_list), web.get(ONE, show_one), web.post(f"{ONE}/quotas", set_quotas)]
