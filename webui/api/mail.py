"""Mailboxes for programs: what lies in them, and mail that is written, sent, marked and moved."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from typing import Final

from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.answers import Way
from minxin.mailbox.mail.drafting import Draft, written_file
from minxin.mailbox.mail.records import ANSWERED, FLAGGED, SEEN, Person
from minxin.mailbox.mail.sending import Written
from minxin.mailbox.mail.written import Typed, WrittenFile, addressees
from minxin.webui.api.mail_views import (
    DraftSaved,
    FlagsChange,
    FolderList,
    MailboxList,
    MailboxShown,
    MailDelete,
    MailMove,
    MailOpened,
    MailPage,
    MailQuery,
    MailShown,
    MailWritten,
    folder_shown,
    mail_opened,
    mail_shown,
)
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Download,
    Method,
    Nothing,
    Operation,
    Outcome,
    reads,
)
from minxin.webui.api.sent import FILES_LIMITS
from minxin.webui.views.mail_list import boxes_of

TAG: Final = "mail"
_ONE: Final = "/mailboxes/{id}"
_SETTABLE: Final = 20  # flags in one change
_KEYWORD: Final = re.compile(r"[$A-Za-z][A-Za-z0-9_.-]{0,39}")


async def mailboxes(call: Call[Nothing, Nothing]) -> MailboxList:
    """Return the caller's mailboxes."""
    items = []
    for box in await boxes_of(call.request, call.actor):
        filling = await call.services.mailroom.mailboxes.filling(call.actor, box.id)
        items.append(
            MailboxShown(
                id=box.id,
                kind=box.kind,
                address=box.address,
                aliases=list(box.aliases),
                used_bytes=filling.used,
                quota_bytes=filling.most,
            )
        )
    return MailboxList(items=items)


async def folders(call: Call[Nothing, Nothing]) -> FolderList:
    """Return the folders of a mailbox."""
    found = await call.services.mailroom.mailboxes.folders(call.actor, call.part("id"))
    return FolderList(items=[folder_shown(one) for one in found])


async def mails(call: Call[Nothing, MailQuery]) -> MailPage:
    """Return a page of a folder, or of what a search found."""
    room, query = call.services.mailroom, call.query
    page = PageRequest(query.after, query.size)
    box = await room.webmail.box(call.actor, call.part("id"))
    if query.q.strip():
        found = await room.mailboxes.search(call.actor, box.id, query.q, page)
    else:
        found = (await room.webmail.glance((), box, query.folder, page)).items
    return MailPage(items=[mail_shown(one) for one in found.items], next=found.next)


async def mail(call: Call[Nothing, Nothing]) -> MailOpened:
    """Return one mail and leave it unread if it is."""
    opened = await call.services.mailroom.mailboxes.open(call.actor, call.part("id"))
    return mail_opened(opened.item, opened.text)


async def raw(call: Call[Nothing, Nothing]) -> Download:
    """Return the mail as it came."""
    data = await call.services.mailroom.mailboxes.raw(call.actor, call.part("id"))
    return Download("mail.eml", "message/rfc822", data)


async def send(call: Call[MailWritten, Nothing]) -> Outcome[MailShown]:
    """Send a mail; the same key again sends nothing, and returns what was sent."""
    body, room = call.body, call.services.mailroom
    to, cc, bcc = _recipients(body)
    named = await _named(call)
    written = Written(
        box_id=call.part("id"),
        sender=body.sender,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=body.subject,
        text=body.text,
        in_reply_to=named.in_reply_to,
        references=named.references,
        files=[(one.name, one.content_type, one.data) for one in _files(body)],
        replaces=await _draft_of(call, body.key),
        answers=body.answers,
        forwards=body.forwards,
    )
    item = await room.sending.send(call.actor, written, body.key)
    return Outcome(mail_shown(item), 201, f"/api/v1/mail/{item.id}")


async def save(call: Call[MailWritten, Nothing]) -> DraftSaved:
    """Save what is written so far in the folder of drafts, in place of what was saved with this key before."""
    body, drafting = call.body, call.services.mailroom.webmail.drafting
    named = await _named(call)
    typed = Typed(
        sender=body.sender,
        to=", ".join(body.to),
        cc=", ".join(body.cc),
        bcc=", ".join(body.bcc),
        subject=body.subject,
        text=body.text,
        in_reply_to=named.in_reply_to,
        references=named.references,
    )
    old = await drafting.find(call.actor, call.part("id"), body.key)
    before = await drafting.open(call.actor, old.id) if old is not None else None
    saved = await drafting.save(call.actor, call.part("id"), body.key, typed, add=_files(body), drop=_places(before))
    return DraftSaved(id=saved.item_id or "", key=saved.key)


async def flags(call: Call[FlagsChange, Nothing]) -> Nothing:
    """Mark mails, or take marks off."""
    body = call.body
    if len(body.add) + len(body.remove) > _SETTABLE:
        raise InvalidInputError("mail.too_many_at_once", field="add", limit=_SETTABLE)
    for flag in (*body.add, *body.remove):
        if not _is_flag(flag):
            raise InvalidInputError("mail.flag", field="add", flag=flag[:80])
    await call.services.mailroom.mailboxes.mark(call.actor, body.items, add=body.add, remove=body.remove)
    return Nothing()


async def move(call: Call[MailMove, Nothing]) -> Nothing:
    """Move mails into another folder of their mailbox."""
    await call.services.mailroom.mailboxes.move(call.actor, call.body.items, call.body.folder_id)
    return Nothing()


async def delete(call: Call[MailDelete, Nothing]) -> Nothing:
    """Put mails into the trash; what lies there is deleted for good."""
    await call.services.mailroom.mailboxes.delete(call.actor, call.body.items)
    return Nothing()


async def _draft_of(call: Call[MailWritten, Nothing], key: str) -> str | None:
    item = await call.services.mailroom.webmail.drafting.find(call.actor, call.part("id"), key)
    return item.id if item is not None else None


def _places(draft: Draft | None) -> list[int]:
    """Return the places of the draft's files: a program sends all that go along each time."""
    return [one.index for one in draft.files] if draft is not None else []


async def _named(call: Call[MailWritten, Nothing]) -> Typed:
    """Return the mail's In-Reply-To and References, by which mail programs tell a conversation."""
    body, drafting = call.body, call.services.mailroom.webmail.drafting
    way = Way.REPLY if body.answers else Way.FORWARD
    return await drafting.named(call.actor, body.answers or body.forwards, way)


def _recipients(body: MailWritten) -> tuple[tuple[Person, ...], tuple[Person, ...], tuple[Person, ...]]:
    errors = []
    found: list[tuple[Person, ...]] = []
    for name, lines in (("to", body.to), ("cc", body.cc), ("bcc", body.bcc)):
        people, wrong = addressees(", ".join(lines))
        found.append(people)
        errors += [InvalidInputError("mail.draft.address", field=name, address=one[:80]) for one in wrong[:1]]
    if errors:
        raise InvalidFormError(errors)
    return found[0], found[1], found[2]


def _files(body: MailWritten) -> Sequence[WrittenFile]:
    return [written_file(one.name, mimetypes.guess_type(one.name)[0] or "", one.data) for one in body.attachments]


def _is_flag(flag: str) -> bool:
    """Say whether mail programs may be shown the flag: one of IMAP's, or a keyword (RFC 3501, section 9, flag)."""
    return flag in (SEEN, ANSWERED, FLAGGED) or _KEYWORD.fullmatch(flag) is not None


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listMailboxes", "/mailboxes", TAG, N_("List the mailboxes that one may open"), mailboxes, Nothing, MailboxList
    ),
    reads("listFolders", f"{_ONE}/folders", TAG, N_("List the folders of a mailbox"), folders, Nothing, FolderList),
    reads(
        "listMail",
        f"{_ONE}/mail",
        TAG,
        N_("List a folder, or look for words in a mailbox"),
        mails,
        MailQuery,
        MailPage,
    ),
    reads(
        "getMail",
        "/mail/{id}",
        TAG,
        N_("Read a mail"),
        mail,
        Nothing,
        MailOpened,
        description="It stays unread until changeFlags marks it. Its files are had by getMessageFile.",
    ),
    reads("getRawMail", "/mail/{id}/raw", TAG, N_("Download a mail as it came"), raw, Nothing, Download),
    Operation(
        name="sendMail",
        method=Method.POST,
        path=f"{_ONE}/mail",
        tag=TAG,
        summary=N_("Send a mail"),
        description="A draft with the same `key` goes when it is sent.",
        handler=send,
        body=MailWritten,
        query=Nothing,
        answer=MailShown,
        statuses=(201,),
        limits=FILES_LIMITS,
    ),
    Operation(
        name="saveMailDraft",
        method=Method.PUT,
        path=f"{_ONE}/draft",
        tag=TAG,
        summary=N_("Save a mail that is being written"),
        description="Mail programs see it in the folder of drafts. All files that go along are sent each time.",
        handler=save,
        body=MailWritten,
        query=Nothing,
        answer=DraftSaved,
        statuses=(200,),
        limits=FILES_LIMITS,
    ),
    Operation(
        name="changeFlags",
        method=Method.POST,
        path="/mail/flags",
        tag=TAG,
        summary=N_("Mark mails, or take marks off"),
        handler=flags,
        body=FlagsChange,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
    ),
    Operation(
        name="moveMail",
        method=Method.POST,
        path="/mail/move",
        tag=TAG,
        summary=N_("Move mails into a folder"),
        handler=move,
        body=MailMove,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
    ),
    Operation(
        name="deleteMail",
        method=Method.POST,
        path="/mail/delete",
        tag=TAG,
        summary=N_("Delete mails"),
        description="They go into the trash; what lies there already is deleted for good.",
        handler=delete,
        body=MailDelete,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
    ),
)
