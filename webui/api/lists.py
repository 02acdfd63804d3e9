"""What there is: the caller's lists of work, his box, and which office is competent."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.consult.shelves import Shelf
from minxin.core.errors import InvalidInputError, NotFoundError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.mailbox.box_service import BoxMessage
from minxin.webui.api.operations import N_, AnyOperation, Call, Download, Method, Nothing, Operation, Shown, reads
from minxin.webui.api.order_views import QueueCount, QueueCounts, QueuePage, queue_entry
from minxin.webui.api.sent import PageQuery, Question
from minxin.webui.offices import office_names
from minxin.webui.pages.ask import QUESTION_MAX
from minxin.webui.views.advice import advise

QUEUES: Final = "queues"
BOX: Final = "box"
PUBLIC: Final = "public"


class SuggestionShown(Shown, frozen=True):
    """An office that may be competent, the duty that fits best, and the words that speak for it."""

    office_id: str
    office: str
    duty: str
    words: list[str]


class SuggestionsShown(Shown, frozen=True):
    """Which office a matter belongs to. A matter that denounces officials gets no suggestion: it would be sealed."""

    suggestions: list[SuggestionShown]
    confident: bool
    urgent: bool
    denounces: bool


class MessageShown(Shown, frozen=True):
    """A message in the caller's own inbox; `files` are the names of what came with it.

    In a list, `text` is only how it begins, and `files` are left out.
    """

    id: str
    at: datetime
    sender: str
    subject: str
    text: str
    letter_id: str | None
    read_at: datetime | None
    files: list[str]


class MessagePage(Shown, frozen=True):
    """A page of the box, newest first, and how many messages were never opened."""

    items: list[MessageShown]
    unread: int
    next: str | None


async def suggest(call: Call[Question, Nothing]) -> SuggestionsShown:
    """Say which office a matter belongs to."""
    text = call.body.text.strip()
    if not text:
        raise InvalidInputError("ask.missing", field="text")
    if len(text) > QUESTION_MAX:
        raise InvalidInputError("ask.too_long", field="text", most=QUESTION_MAX)
    advice = await advise(call.request, "", text)
    if not advice.available:
        raise UnavailableError
    names = await office_names(call.request)
    return SuggestionsShown(
        suggestions=[
            SuggestionShown(office_id=one.office.id, office=names[one.office.id], duty=one.duty, words=list(one.words))
            for one in advice.suggestions
        ],
        confident=advice.confident,
        urgent=advice.urgent,
        denounces=advice.denounces,
    )


async def queue_counts(call: Call[Nothing, Nothing]) -> QueueCounts:
    """Return the caller's lists with their lengths."""
    counts = await call.services.lists.shelf_counts(call.actor)
    return QueueCounts(queues=[QueueCount(name=shelf, count=count) for shelf, count in counts.items()])


async def queue(call: Call[Nothing, PageQuery]) -> QueuePage:
    """Return one of the caller's lists."""
    try:
        shelf = Shelf(call.part("name"))
    except ValueError as error:
        raise NotFoundError from error
    found = await call.services.lists.shelf(call.actor, shelf, PageRequest(call.query.after, call.query.size))
    names = await office_names(call.request)
    return QueuePage(items=[queue_entry(item, names, call.now) for item in found.items], next=found.next)


async def box(call: Call[Nothing, PageQuery]) -> MessagePage:
    """Return the caller's messages."""
    boxes = call.services.boxes
    found = await boxes.list(call.actor, PageRequest(call.query.after, call.query.size))
    items = [_message(one) for one in found.items]
    return MessagePage(items=items, unread=await boxes.unread(call.actor), next=found.next)


async def message(call: Call[Nothing, Nothing]) -> MessageShown:
    """Return one message and leave it unread if it is."""
    return _message(await call.services.boxes.message(call.actor, call.part("id")))


async def read(call: Call[Nothing, Nothing]) -> MessageShown:
    """Mark a message as read."""
    await call.services.boxes.open(call.actor, call.part("id"))
    return await message(call)


async def message_file(call: Call[Nothing, Nothing]) -> Download:
    """Return a file of a message."""
    number = call.part("number")
    if not (number.isascii() and number.isdigit() and len(number) == 1):
        raise NotFoundError
    file, data = await call.services.boxes.file(call.actor, call.part("id"), int(number))
    return Download(file.name, file.content_type, data)


def _message(one: BoxMessage) -> MessageShown:
    return MessageShown(
        id=one.id,
        at=one.at,
        sender=one.sender,
        subject=one.subject,
        text=one.text,
        letter_id=one.letter_id,
        read_at=one.read_at,
        files=[file.name for file in one.files],
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        name="suggestOffice",
        method=Method.POST,
        path="/suggestions",
        tag=PUBLIC,
        summary=N_("Ask which office a matter belongs to"),
        handler=suggest,
        body=Question,
        query=Nothing,
        answer=SuggestionsShown,
        statuses=(200,),
        is_open=True,
        writes=False,
    ),
    reads(
        "listQueues", "/queues", QUEUES, N_("List one's queues with their lengths"), queue_counts, Nothing, QueueCounts
    ),
    reads(
        "getQueue",
        "/queues/{name}",
        QUEUES,
        N_("List a queue, the nearest limit first"),
        queue,
        PageQuery,
        QueuePage,
        description="`name` is one that listQueues names for the caller: those of the own office, the centre's, the "
        "follow-up's or the discipline desk's.",
    ),
    reads("listMessages", "/box", BOX, N_("List the messages in one's own box"), box, PageQuery, MessagePage),
    reads("getMessage", "/box/{id}", BOX, N_("Read a message"), message, Nothing, MessageShown),
    reads(
        "getMessageFile",
        "/box/{id}/files/{number}",
        BOX,
        N_("Download a file of a message"),
        message_file,
        Nothing,
        Download,
        description="`number` counts the message's `files` from 0.",
    ),
    Operation(
        name="readMessage",
        method=Method.POST,
        path="/box/{id}/read",
        tag=BOX,
        summary=N_("Mark a message as read"),
        handler=read,
        body=Nothing,
        query=Nothing,
        answer=MessageShown,
        statuses=(200,),
    ),
)
