"""The form of official mail (拟稿): words, files, and whom it is for."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, MinxinError, TooLargeError
from minxin.core.places import Area
from minxin.mailbox.files import ACCEPTED_ENDINGS, Upload
from minxin.mailbox.meetings.groups import ROLES
from minxin.mailbox.official.listing import MOST, Listing, WrongLinesError, joined, read_rows, read_typed
from minxin.mailbox.official.records import OfficialNotice, Reach
from minxin.mailbox.official.words import DOCUMENT_MAX, FILES, MIB, SUBJECT_MAX, TEXT_MAX, NoticeForm
from minxin.webui.context import origin, services
from minxin.webui.forms import KIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.official import PATH
from minxin.webui.rendering import page, see_other

PAGE: Final = "official/edit.html"
FILES_FIELD: Final = "attachments"
LIST_FIELD: Final = "list_file"
WRONG_SHOWN: Final = 50
PARTS: Final = "/"
LIMITS: Final = FormLimits(
    body_bytes=2 * FILES.max_total_bytes + 256 * KIB, files=FILES.max_files + 1, file_bytes=FILES.max_file_bytes
)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new notice."""
    require_role(request, *ROLES)
    return _form_page(request, Form.of(reach=Reach.AREA.value, replies="1"), None)


@form_limits(LIMITS)
async def create(request: web.Request) -> web.Response:
    """Keep a new draft and show it as it arrives."""
    return await _write(request, require_role(request, *ROLES), None)


async def show_edit(request: web.Request) -> web.Response:
    """Show a draft to be changed."""
    actor = require_role(request, *ROLES)
    notice = (await services(request).official.shown(actor, request.match_info["id"])).notice
    fields = MultiDict(
        [
            ("subject", notice.subject),
            ("text", notice.text),
            ("document", notice.document),
            ("reach", notice.reach.value),
            ("area", PARTS.join(notice.area)),
            *[("kept", one.blob_id) for one in notice.files],
            *([("replies", "1")] if notice.replies else []),
            *([("sms", "1")] if notice.sms else []),
        ]
    )
    return _form_page(request, Form(fields), notice)


@form_limits(LIMITS)
async def edit(request: web.Request) -> web.Response:
    """Change a draft."""
    actor = require_role(request, *ROLES)
    notice = (await services(request).official.shown(actor, request.match_info["id"])).notice
    return await _write(request, actor, notice)


async def _write(request: web.Request, actor: Actor, notice: OfficialNotice | None) -> web.Response:
    form = form_of(request)
    if form.errors:
        return _form_page(request, form, notice)
    try:
        wanted = await _wanted(request, form)
        kept = await services(request).official.write(actor, wanted, notice.id if notice else None, origin(request))
    except InvalidInputError as error:
        return _form_page(request, form.with_error(error), notice, error)
    return see_other(request, f"{PATH}/{kept.id}", "notice.official.write")


async def _wanted(request: web.Request, form: Form) -> NoticeForm:
    reach = form.text("reach")
    if reach not in set(Reach):
        raise InvalidInputError("official.reach", field="reach")
    return NoticeForm(
        subject=form.text("subject"),
        text=form.text("text"),
        document=form.text("document"),
        reach=Reach(reach),
        area=_area(form.text("area")),
        listing=await _listing(request, form) if reach == Reach.LIST else None,
        leave_out=form.flag("leave_out"),
        replies=form.flag("replies"),
        sms=form.flag("sms"),
        kept_files=tuple(form.texts("kept")),
        uploads=tuple(Upload(one.name, one.data) for one in form.files if one.field == FILES_FIELD),
        token=form.token,
    )


async def _listing(request: web.Request, form: Form) -> Listing | None:
    """Return the recipients that were typed and those of the file, None when nobody was named."""
    typed = form.text("list")
    tables = [one for one in form.files if one.field == LIST_FIELD]
    if not typed.strip() and not tables:
        return None
    found = read_typed(typed)
    for table in tables:
        try:
            rows = await services(request).read_table(table.data)
        except (InvalidInputError, TooLargeError) as error:
            raise InvalidInputError(error.reason, field=LIST_FIELD, **error.params) from error
        found = joined(found, read_rows(rows))
    return found


def _area(text: str) -> Area:
    return tuple(text.split(PARTS)) if text else ()


def _form_page(
    request: web.Request, form: Form, notice: OfficialNotice | None, error: MinxinError | None = None
) -> web.Response:
    wrong = error.lines if isinstance(error, WrongLinesError) else ()
    context: dict[str, Any] = {
        "official_notice": notice,
        "action": f"{PATH}/{notice.id}/edit" if notice else f"{PATH}/new",
        "areas": services(request).official.areas,
        "wrong": wrong[:WRONG_SHOWN],
        "more_wrong": len(wrong) - len(wrong[:WRONG_SHOWN]),
        "subject_max": SUBJECT_MAX,
        "text_max": TEXT_MAX,
        "document_max": DOCUMENT_MAX,
        "list_most": MOST,
        "files_most": FILES.max_files,
        "files_mb": FILES.max_total_bytes // MIB,
        "endings": ",".join(ACCEPTED_ENDINGS),
    }
    status = error.http_status if error else 422 if form.errors else 200
    return page(request, PAGE, status=status, form=form, **context)


def routes() -> list[web.RouteDef]:
    """Return the routes of the form."""
    return [
        web.get(PATH + "/new", show_new),
        web.post(PATH + "/new", create),
        web.get(PATH + "/{id}/edit", show_edit),
        web.post(PATH + "/{id}/edit", edit),
    ]
