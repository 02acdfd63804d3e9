"""What a reader sees of an official mail beside its words: which office sent it, under which number."""

from __future__ import annotations

from aiohttp import web
from msgspec import Struct

from minxin.mailbox.mail.records import MailItem
from minxin.webui.context import services
from minxin.webui.offices import office_names


class NoticeView(Struct, frozen=True):
    """The office by its full name, the number, and whether an answer is taken."""

    office: str
    number: str
    replies: bool


async def notice_view(request: web.Request, item: MailItem) -> NoticeView | None:
    """Return what is shown of the official notice that the item is; None for other mail."""
    mark = await services(request).official.mark_of(item)
    if mark is None:
        return None
    return NoticeView((await office_names(request)).get(mark.office_id, ""), mark.number, mark.replies)
