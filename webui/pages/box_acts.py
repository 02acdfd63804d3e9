"""What is done with mails of a box, one or many at once (批量操作): flags, moving, junk, the trash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FLAGGED, SEEN, FolderRole
from minxin.mailbox.mail.service import Mailboxes
from minxin.webui.context import services
from minxin.webui.forms import form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import see_other
from minxin.webui.views.mail_list import Asked, asked_of

MOST_TICKED: Final = 100
Act = Callable[[Mailboxes, Actor, Sequence[str]], Awaitable[object]]

# By what a mail is marked, and what is taken from it.
_FLAGS: Final = {"read": (SEEN, ""), "unread": ("", SEEN), "flag": (FLAGGED, ""), "unflag": ("", FLAGGED)}
_FOLDERS: Final = {
    "archive": FolderRole.ARCHIVE,
    "junk": FolderRole.JUNK,
    "inbox": FolderRole.INBOX,
    "trash": FolderRole.TRASH,
}
_TOLD: Final = {
    "read": "notice.mail.read",
    "unread": "notice.mail.unread",
    "flag": "notice.mail.flag",
    "unflag": "notice.mail.unflag",
    "archive": "notice.mail.archive",
    "junk": "notice.mail.junk",
    "inbox": "notice.mail.inbox",
    "trash": "notice.mail.trash",
    "move": "notice.mail.move",
    "purge": "notice.mail.purge",
}
# A mail that is marked stays where it is; after anything else its page would lie in another folder.
_STAYS: Final = ("read", "flag", "unflag")


async def act(request: web.Request) -> web.Response:
    """Do something with the mails that were ticked, and go back to where they were."""
    actor, form = require_login(request), form_of(request)
    asked = asked_of({name: form.text(name) for name in ("box", "folder", "q", "after")})
    what, items = form.text("act"), form.texts("item")[:MOST_TICKED]
    if not items:
        return see_other(request, asked.address(), "notice.mail.none_ticked")
    await _do(services(request).mailroom.mailboxes, actor, what, items, form.text("target"))
    if what in _STAYS and form.flag("opened"):
        return see_other(request, asked.address(f"/box/{items[0]}"))
    return see_other(request, asked.address(), _TOLD[what])


async def _do(mailboxes: Mailboxes, actor: Actor, what: str, items: Sequence[str], target: str) -> None:
    """Do it; raises ``InvalidInputError`` for what is no act, ``NotFoundError`` for what is not the actor's."""
    if what in _FLAGS:
        add, remove = _FLAGS[what]
        await mailboxes.mark(actor, items, add=[add] if add else [], remove=[remove] if remove else [])
    elif what in _FOLDERS:
        first = await mailboxes.item(actor, items[0])
        await mailboxes.move(actor, items, role_folder(first.box_id, _FOLDERS[what]))
    elif what == "move":
        await mailboxes.move(actor, items, target)
    elif what == "purge":
        await _purge(mailboxes, actor, items)
    else:
        raise InvalidInputError("error.invalid")


async def _purge(mailboxes: Mailboxes, actor: Actor, items: Sequence[str]) -> None:
    """Delete for good what lies in the trash; raises ``NotFoundError`` for what does not."""
    for one in items:
        item = await mailboxes.item(actor, one)
        if item.folder_id != role_folder(item.box_id, FolderRole.TRASH):
            raise NotFoundError
    await mailboxes.expunge(actor, items)


async def empty(request: web.Request) -> web.Response:
    """Delete all that lies in the trash, or in the junk folder, for good."""
    actor, form = require_login(request), form_of(request)
    webmail, mailboxes = services(request).mailroom.webmail, services(request).mailroom.mailboxes
    box = await webmail.box(actor, form.text("box"))
    role = form.text("folder")
    if role not in (FolderRole.TRASH.value, FolderRole.JUNK.value):
        raise NotFoundError
    folder_id = role_folder(box.id, FolderRole(role))
    while items := await webmail.item_ids(actor, folder_id):
        await mailboxes.expunge(actor, items)
    return see_other(request, Asked(box=box.id, folder=role).address(), "notice.mail.purge")


def routes() -> list[web.RouteDef]:
    """Return the routes of what is done with mails."""
    return [web.post("/box/acts", act), web.post("/box/empty", empty)]
