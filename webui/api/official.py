"""Official mail for programs (公务邮件): an office's own system hands a notice in, a second person decides on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.files import Upload
from minxin.mailbox.meetings.groups import ROLES
from minxin.mailbox.official.listing import WrongLinesError, read_rows
from minxin.mailbox.official.moves import SEEING, NoticeMove
from minxin.mailbox.official.records import Reach
from minxin.mailbox.official.words import NoticeForm
from minxin.webui.api.official_views import (
    NoticeChange,
    NoticeDecision,
    NoticePage,
    NoticeSent,
    NoticeWhole,
    NoticeWords,
    figures_shown,
    listed,
)
from minxin.webui.api.operations import N_, PREFIX, AnyOperation, Call, Method, Nothing, Operation, Outcome, reads
from minxin.webui.api.sent import PageQuery
from minxin.webui.forms import MIB, FormLimits
from minxin.webui.offices import office_names

TAG: Final = "official"
NOTICES: Final = "/official"
NOTICE: Final = NOTICES + "/{id}"
LIMITS: Final = FormLimits(body_bytes=4 * MIB)


async def all_notices(call: Call[Nothing, PageQuery]) -> NoticePage:
    """Return the notices of the caller's office, all offices' for administrators."""
    found = await call.services.official.listed(call.actor, PageRequest(call.query.after, call.query.size))
    names = await office_names(call.request)
    return NoticePage(items=[listed(one, names) for one in found.items], next=found.next)


async def create(call: Call[NoticeSent, Nothing]) -> Outcome[NoticeWhole]:
    """Keep a notice as a draft."""
    form = _form(call.body, token=call.body.token)
    with _lines_named():
        notice = await call.services.official.write(call.actor, form, None, call.origin)
    return Outcome(await _whole(call, notice.id), 201, f"{PREFIX}{NOTICES}/{notice.id}")


async def change(call: Call[NoticeChange, Nothing]) -> NoticeWhole:
    """Keep a draft as it shall be."""
    official, notice_id, kept = call.services.official, call.part("id"), call.body.kept
    files = (await official.shown(call.actor, notice_id)).notice.files
    stay = tuple(one.blob_id for place, one in enumerate(files) if kept is None or place in kept)
    with _lines_named():
        await official.write(call.actor, _form(call.body, kept_files=stay), notice_id, call.origin)
    return await _whole(call, notice_id)


async def take_back(call: Call[Nothing, Nothing]) -> NoticeWhole:
    """Take the notice back before it was decided on: it is a draft again."""
    await call.services.official.act(call.actor, call.part("id"), NoticeMove.TAKE_BACK, call.origin)
    return await _whole(call, call.part("id"))


async def drop(call: Call[Nothing, Nothing]) -> Nothing:
    """Throw a draft away."""
    await call.services.official.act(call.actor, call.part("id"), NoticeMove.DROP, call.origin)
    return Nothing()


async def one_notice(call: Call[Nothing, Nothing]) -> NoticeWhole:
    """Return a notice as it arrives, and how far it is."""
    return await _whole(call, call.part("id"))


async def submit(call: Call[Nothing, Nothing]) -> NoticeWhole:
    """Hand the draft to a second person."""
    await call.services.official.act(call.actor, call.part("id"), NoticeMove.SUBMIT, call.origin)
    return await _whole(call, call.part("id"))


async def decide(call: Call[NoticeDecision, Nothing]) -> NoticeWhole:
    """Approve the notice, or refuse it."""
    official, notice_id = call.services.official, call.part("id")
    move = NoticeMove.APPROVE if call.body.approve else NoticeMove.REFUSE
    sent = call.body
    await official.act(call.actor, notice_id, move, call.origin, seen=sent.version, reason=sent.reason)
    return await _whole(call, notice_id)


async def stop(call: Call[Nothing, Nothing]) -> NoticeWhole:
    """Stop the sending at once."""
    await call.services.official.act(call.actor, call.part("id"), NoticeMove.STOP, call.origin)
    return await _whole(call, call.part("id"))


async def resume(call: Call[Nothing, Nothing]) -> NoticeWhole:
    """Send on."""
    await call.services.official.act(call.actor, call.part("id"), NoticeMove.GO_ON, call.origin)
    return await _whole(call, call.part("id"))


def _form(sent: NoticeWords, *, token: str = "", kept_files: tuple[str, ...] = ()) -> NoticeForm:
    by_list = sent.reach is Reach.LIST and sent.recipients
    return NoticeForm(
        subject=sent.subject,
        text=sent.text,
        reach=sent.reach,
        token=token,
        document=sent.document,
        area=tuple(sent.area),
        listing=read_rows([[one] for one in sent.recipients]) if by_list else None,
        leave_out=sent.leave_out,
        replies=sent.replies,
        sms=sent.sms,
        kept_files=kept_files,
        uploads=tuple(Upload(one.name, one.data) for one in sent.files),
    )


@contextmanager
def _lines_named() -> Iterator[None]:
    """Name the recipients that are nobody by their places."""
    try:
        yield
    except WrongLinesError as error:
        raise InvalidFormError(
            [InvalidInputError(one.reason, field=f"recipients/{one.line - 1}") for one in error.lines]
        ) from error


async def _whole(
    call: Call[NoticeSent, Nothing]
    | Call[NoticeChange, Nothing]
    | Call[Nothing, Nothing]
    | Call[NoticeDecision, Nothing],
    notice_id: str,
) -> NoticeWhole:
    official = call.services.official
    shown = await official.shown(call.actor, notice_id)
    preview = await official.preview(call.actor, notice_id)
    figures = await official.figures(call.actor, notice_id)
    notice = shown.notice
    return NoticeWhole(
        notice=listed(shown, await office_names(call.request)),
        text=preview.letter.text,
        sender=preview.letter.sender.address,
        files=[one.name for one in notice.files],
        mailboxes=preview.boxes,
        replies=notice.replies,
        sms=notice.sms,
        refusal=notice.refusal,
        moves=list(shown.moves),
        figures=figures_shown(figures) if figures is not None else None,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listOfficialNotices",
        NOTICES,
        TAG,
        N_("List an office's official notices, newest first"),
        all_notices,
        PageQuery,
        NoticePage,
        roles=SEEING,
    ),
    Operation(
        name="createOfficialNotice",
        method=Method.POST,
        path=NOTICES,
        tag=TAG,
        summary=N_("Write an official notice to a list, a district or all citizens"),
        description="It stays a draft until it is submitted, and somebody else of the office approves it.",
        handler=create,
        body=NoticeSent,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(201,),
        roles=ROLES,
        limits=LIMITS,
    ),
    reads(
        "getOfficialNotice",
        NOTICE,
        TAG,
        N_("Read an official notice as it arrives, how far it is and what became of it"),
        one_notice,
        Nothing,
        NoticeWhole,
        roles=SEEING,
    ),
    Operation(
        name="changeOfficialNotice",
        method=Method.PUT,
        path=NOTICE,
        tag=TAG,
        summary=N_("Change the draft of an official notice"),
        description="What waits for approval is taken back first. Whatever is changed has to be approved anew.",
        handler=change,
        body=NoticeChange,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=ROLES,
        limits=LIMITS,
    ),
    Operation(
        name="dropOfficialNotice",
        method=Method.DELETE,
        path=NOTICE,
        tag=TAG,
        summary=N_("Throw away the draft of an official notice"),
        handler=drop,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=ROLES,
    ),
    Operation(
        name="takeBackOfficialNotice",
        method=Method.POST,
        path=NOTICE + "/taking-back",
        tag=TAG,
        summary=N_("Take an official notice back that was not decided on yet"),
        handler=take_back,
        body=Nothing,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=ROLES,
    ),
    Operation(
        name="submitOfficialNotice",
        method=Method.POST,
        path=NOTICE + "/submission",
        tag=TAG,
        summary=N_("Hand an official notice to a second person"),
        handler=submit,
        body=Nothing,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=ROLES,
    ),
    Operation(
        name="decideOfficialNotice",
        method=Method.POST,
        path=NOTICE + "/decision",
        tag=TAG,
        summary=N_("Approve an official notice as it was read, which sends it, or refuse it"),
        handler=decide,
        body=NoticeDecision,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=ROLES,
    ),
    Operation(
        name="stopOfficialNotice",
        method=Method.POST,
        path=NOTICE + "/stop",
        tag=TAG,
        summary=N_("Stop the sending of an official notice at once"),
        handler=stop,
        body=Nothing,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=SEEING,
    ),
    Operation(
        name="resumeOfficialNotice",
        method=Method.POST,
        path=NOTICE + "/resumption",
        tag=TAG,
        summary=N_("Send a stopped official notice on"),
        handler=resume,
        body=Nothing,
        query=Nothing,
        answer=NoticeWhole,
        statuses=(200,),
        roles=ROLES,
    ),
)
