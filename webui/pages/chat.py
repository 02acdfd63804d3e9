"""The visitor's live chat (在线咨询): what he sees and does once a person was called. The page itself is ``/ask``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import hdrs, web

from minxin.consult.chat.records import Author, Conversation, Message
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError
from minxin.webui.context import language, services
from minxin.webui.forms import MIB, Form, FormLimits, form_limits, form_of
from minxin.webui.i18n import sentences
from minxin.webui.letter_form import uploads_of
from minxin.webui.live import Frame, Page, piece, poll, push
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import see_other
from minxin.webui.views.chat import RATINGS, mark_of, said_view, state_view, visitor_is

LATEST: Final = "/ask#chat-title"
LOG_IN: Final = "/login?next=/ask%23chat-title"
FILES_AT: Final = "/ask/files/"
SAID_PART: Final = "chat/said.html"
STATE_PART: Final = "chat/state.html"
CHAT_LIMITS: Final = FormLimits(body_bytes=26 * MIB, files=5, file_bytes=10 * MIB)


async def live_context(request: web.Request, conversation: Conversation | None) -> dict[str, Any]:
    """Return what ``chat/live.html`` needs on the visitor's page: nothing while the assistant has the word."""
    if conversation is None or conversation.asked_at is None:
        return {"live": None}
    state = await state_view(request, conversation)
    return {
        "live": {"id": conversation.id, "after": conversation.length, "mark": mark_of(state)},
        "state": state,
        "ratings": RATINGS,
        "say_form": Form(),
    }


async def look_after(request: web.Request) -> Conversation | None:
    """Return the visitor's conversation after it was given to somebody, or given up, if that was due.

    Who has logged in since he began it is recognised.
    """
    chat = services(request).chat
    await chat.room.recognise(visitor_is(request))
    found = await chat.room.own(visitor_is(request))
    if found is not None and found.staff_id is None and found.asked_at is not None:
        await chat.tending.tend()
        found = await chat.room.own(visitor_is(request))
    return found


async def live(request: web.Request) -> web.StreamResponse:
    """Push what is new to the visitor's page."""
    return await push(request, await _page(request))


async def long_poll(request: web.Request) -> web.Response:
    """Answer the visitor's page as soon as there is something new."""
    return await poll(request, await _page(request))


@form_limits(CHAT_LIMITS)
async def say(request: web.Request) -> web.Response:
    """Say something to the person, or to whoever will come; the page's script gets the message's number."""
    form, room = form_of(request), services(request).chat.room
    return await answer_said(
        request,
        form,
        lambda: room.say(visitor_is(request), form.text("text"), uploads_of(form), token=form.token),
        LATEST,
    )


async def end(request: web.Request) -> web.Response:
    """End the conversation."""
    await services(request).chat.room.end(visitor_is(request))
    return see_other(request, LATEST)


async def rate(request: web.Request) -> web.Response:
    """Rate the person who served him."""
    rating = form_of(request).text("rating")
    if rating not in {str(one) for one in RATINGS}:
        raise InvalidInputError("chat.rating", field="rating", most=RATINGS[-1])
    await services(request).chat.room.rate(visitor_is(request), int(rating))
    return see_other(request, LATEST, "notice.chat.rated")


async def begin_letter(request: web.Request) -> web.Response:
    """Carry his words into a draft of a letter, through the log-in when it must be."""
    draft = await services(request).chat.room.begin_letter(visitor_is(request))
    if draft is None:
        return see_other(request, LOG_IN)
    return see_other(request, f"/drafts/{draft.id}")


async def download(request: web.Request) -> web.Response:
    """Send a file of the visitor's own conversation."""
    file, data = await services(request).chat.room.file(visitor_is(request), request.match_info["file"])
    return file_response(file.name, file.content_type, data)


async def answer_said(
    request: web.Request, form: Form, speak: Callable[[], Awaitable[Message]], goal: str
) -> web.Response:
    """Have it said and lead back to the page; its script gets the message's number, or what is wrong in words."""
    scripted = request.headers.get(hdrs.ACCEPT, "") == "application/json"
    try:
        if form.errors:
            raise form.errors[0]
        message = await speak()
    except MinxinError as error:
        if not scripted:
            raise
        told = sentences().of_error(error, language(request))
        return web.json_response({"error": told}, status=error.http_status)
    return web.json_response({"seq": message.seq}) if scripted else see_other(request, goal)


async def _page(request: web.Request) -> Page:
    room = services(request).chat.room
    conversation = await room.own(visitor_is(request))
    if conversation is None or conversation.asked_at is None:
        raise NotFoundError

    async def look(after: int, mark: str) -> Frame:
        found = await room.own(visitor_is(request))
        if found is None:
            raise NotFoundError
        state = await state_view(request, found)
        now = mark_of(state)
        return Frame(
            chat=found.id,
            stage=found.stage.value,
            mark=now,
            messages=tuple(
                {"seq": one.seq, "author": one.author.value, "html": _said(request, one)}
                for one in (await room.messages(found, after) if found.length > after else ())
            ),
            state=None if now == mark else piece(request, STATE_PART, state=state, ratings=RATINGS),
        )

    async def typing() -> None:
        await room.typing(conversation)

    return Page((conversation.id,), look, Author.STAFF, typing)


def _said(request: web.Request, message: Message) -> str:
    return piece(request, SAID_PART, said=said_view(message, Author.VISITOR), files_at=FILES_AT)


def routes() -> list[web.RouteDef]:
    """Return the routes of the visitor's chat."""
    return [
        web.get("/ask/live", live),
        web.get("/ask/poll", long_poll),
        web.post("/ask/say", say),
        web.post("/ask/end", end),
        web.post("/ask/rate", rate),
        web.post("/ask/letter", begin_letter),
        web.get("/ask/files/{file}", download),
    ]
