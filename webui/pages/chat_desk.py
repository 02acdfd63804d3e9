"""The staff's live chat (在线咨询台): on and off duty, the queue, and the conversation that one serves."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.consult.chat.access import CHAT_ROLES, READ_ROLES
from minxin.consult.chat.hub import DESK
from minxin.consult.chat.records import Author, Message
from minxin.core.abuse import AbuseSpan
from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, MinxinError, NotFoundError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services, visitor
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.letter_form import uploads_of
from minxin.webui.live import Frame, Page, piece, poll, push
from minxin.webui.offices import office_names
from minxin.webui.pages.attachments import file_response
from minxin.webui.pages.chat import CHAT_LIMITS, SAID_PART, answer_said
from minxin.webui.rendering import page, see_other
from minxin.webui.views.chat import chat_row, desk_state, mark_of, said_view, shelves_view
from minxin.webui.views.conversation import passage_view

CHATS: Final = "/desk/chats"
LISTS_PAGE: Final = "chat/desk.html"
LISTS_PART: Final = "chat/lists.html"
CHAT_PAGE: Final = "chat/serve.html"
STATE_PART: Final = "chat/desk_state.html"
ANSWERS_PART: Final = "chat/answers.html"
GONE_PART: Final = "chat/gone.html"
GONE: Final = "gone"
LEFT_SIZE: Final = 30


async def show_lists(request: web.Request) -> web.Response:
    """Show who waits, whom one serves, and what was left."""
    actor = require_role(request, *READ_ROLES)
    desk = services(request).chat.desk
    await desk.beat(actor)
    await services(request).chat.tending.tend()
    shelves = await shelves_view(request, await desk.shelves(actor))
    left = await desk.left(actor, PageRequest(request.query.get("after"), LEFT_SIZE))
    names, now = await office_names(request), services(request).clock.now()
    return page(
        request,
        LISTS_PAGE,
        shelves=shelves,
        mark=mark_of(shelves),
        may_take=desk.may_take(actor),
        left=[chat_row(one, names, now) for one in left.items],
        next_cursor=left.next,
        form=Form.of(most=str(shelves.most)),
    )


async def be_on_duty(request: web.Request) -> web.Response:
    """Go on or off duty."""
    actor = require_role(request, *CHAT_ROLES)
    form, desk = form_of(request), services(request).chat.desk
    if form.text("on") != "1":
        await desk.go_off_duty(actor, origin=origin(request))
        return see_other(request, CHATS, "notice.chat.off_duty")
    most = form.text("most")
    if not (most.isascii() and most.isdecimal() and len(most) < 3):
        raise InvalidInputError("chat.most", field="most", most=20)
    await desk.go_on_duty(actor, int(most), origin=origin(request))
    return see_other(request, CHATS, "notice.chat.on_duty")


async def show_chat(request: web.Request) -> web.Response:
    """Show a conversation with the form to answer in it, and what the knowledge base says to the ``q`` of its box."""
    return await _chat_page(request, Form())


async def take(request: web.Request) -> web.Response:
    """Take a conversation oneself."""
    actor = require_role(request, *CHAT_ROLES)
    chat_id = request.match_info["id"]
    await services(request).chat.desk.take(actor, chat_id, origin=origin(request))
    return see_other(request, f"{CHATS}/{chat_id}#latest")


@form_limits(CHAT_LIMITS)
async def say(request: web.Request) -> web.Response:
    """Answer; the page's script gets the message's number."""
    actor = require_role(request, *CHAT_ROLES)
    form, chat_id = form_of(request), request.match_info["id"]
    desk = services(request).chat.desk
    await desk.beat(actor)
    try:
        return await answer_said(
            request,
            form,
            lambda: desk.say(actor, chat_id, form.text("text"), uploads_of(form), token=form.token),
            f"{CHATS}/{chat_id}#latest",
        )
    except InvalidInputError as error:
        return await _chat_page(request, form, error)


async def give_back(request: web.Request) -> web.Response:
    """Put it back into the queue."""
    actor = require_role(request, *CHAT_ROLES)
    await services(request).chat.desk.give_back(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, CHATS, "notice.chat.given_back")


async def transfer(request: web.Request) -> web.Response:
    """Pass it on to another office."""
    actor = require_role(request, *CHAT_ROLES)
    office_id = form_of(request).text("office_id")
    desk = services(request).chat.desk
    try:
        await desk.transfer(actor, request.match_info["id"], office_id, origin=origin(request))
    except InvalidInputError as error:
        return await _chat_page(request, form_of(request), error)
    return see_other(request, CHATS, "notice.chat.transferred")


async def end(request: web.Request) -> web.Response:
    """End it."""
    actor = require_role(request, *CHAT_ROLES)
    await services(request).chat.desk.end(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, CHATS, "notice.chat.ended")


async def answers(request: web.Request) -> web.Response:
    """Return the entries that answer the ``q``, as a part of the page."""
    require_role(request, *CHAT_ROLES)
    return web.Response(text=piece(request, ANSWERS_PART, **await _answers(request)), content_type="text/html")


async def download(request: web.Request) -> web.Response:
    """Send a file of the conversation."""
    actor = require_role(request, *READ_ROLES)
    desk = services(request).chat.desk
    file, data = await desk.file(actor, request.match_info["id"], request.match_info["file"])
    return file_response(file.name, file.content_type, data)


async def live(request: web.Request) -> web.StreamResponse:
    """Push what is new to a staff member's page."""
    return await push(request, _page(request))


async def long_poll(request: web.Request) -> web.Response:
    """Answer a staff member's page as soon as there is something new."""
    return await poll(request, _page(request))


async def _chat_page(request: web.Request, form: Form, error: MinxinError | None = None) -> web.Response:
    actor, chat_id = require_role(request, *READ_ROLES), request.match_info["id"]
    desk = services(request).chat.desk
    await desk.beat(actor)
    conversation, messages = await desk.read(actor, chat_id)
    state = await desk_state(request, conversation)
    abuse = await services(request).chat.abuse.find(messages)
    return page(
        request,
        CHAT_PAGE,
        status=error.http_status if error else 200,
        form=form.with_error(error) if error else form,
        about=conversation.about,
        live={"id": conversation.id, "after": conversation.length, "mark": mark_of(state)},
        state=state,
        said=[said_view(one, Author.STAFF, post=actor.post, abuse=abuse.get(one.id, ())) for one in messages],
        files_at=_files_at(chat_id),
        offices=await _staffed(request, actor),
        **await _answers(request),
    )


async def _staffed(request: web.Request, actor: Actor) -> list[tuple[str, str]]:
    """Return the offices besides the actor's own in which somebody is on duty, by id and name."""
    staffed = await services(request).chat.desk.staffed()
    names = await office_names(request)
    return [(one, name) for one, name in names.items() if staffed[one] and one != actor.office_id]


async def _answers(request: web.Request) -> dict[str, Any]:
    asked = request.query.get("q", "")
    try:
        found = await services(request).chat.desk.answers(asked)
    except UnavailableError:
        return {"asked": asked, "answers": [], "unavailable": True}
    names = await office_names(request)
    return {"asked": asked, "answers": [passage_view(one, names) for one in found], "unavailable": False}


def _page(request: web.Request) -> Page:
    """Return the page of the conversation that the address names, or of the lists."""
    chat_id = request.query.get("chat", "")
    return _page_of_chat(request, chat_id) if chat_id else _page_of_lists(request)


def _page_of_chat(request: web.Request, chat_id: str) -> Page:
    actor = require_role(request, *READ_ROLES)
    desk = services(request).chat.desk

    async def look(after: int, mark: str) -> Frame:
        await desk.beat(actor)
        try:
            conversation, messages = await desk.read(actor, chat_id, after)
        except NotFoundError:
            told = None if mark == GONE else piece(request, GONE_PART)
            return Frame(chat=chat_id, stage=GONE, mark=GONE, state=told)
        state = await desk_state(request, conversation)
        now = mark_of(state)
        abuse = await services(request).chat.abuse.find(messages)
        return Frame(
            chat=chat_id,
            stage=conversation.stage.value,
            mark=now,
            messages=tuple(_said(request, one, abuse.get(one.id, ())) for one in messages),
            state=None if now == mark else piece(request, STATE_PART, state=state, chat_id=chat_id),
        )

    async def typing() -> None:
        await desk.typing(actor, chat_id)

    return Page((chat_id,), look, Author.VISITOR, typing)


def _page_of_lists(request: web.Request) -> Page:
    actor = require_role(request, *READ_ROLES)
    desk = services(request).chat.desk

    async def look(_: int, mark: str) -> Frame:
        await desk.beat(actor)
        shelves = await shelves_view(request, await desk.shelves(actor))
        now = mark_of(shelves)
        lists = None if now == mark else piece(request, LISTS_PART, shelves=shelves, may_take=desk.may_take(actor))
        return Frame(chat=DESK, stage=str(sum(one.unanswered for one in shelves.mine)), mark=now, state=lists)

    return Page((DESK,), look)


def _said(request: web.Request, message: Message, abuse: tuple[AbuseSpan, ...]) -> dict[str, Any]:
    said = said_view(message, Author.STAFF, post=visitor(request).actor.post, abuse=abuse)
    html = piece(request, SAID_PART, said=said, files_at=_files_at(message.conversation_id))
    return {"seq": message.seq, "author": message.author.value, "html": html}


def _files_at(chat_id: str) -> str:
    return f"{CHATS}/{chat_id}/files/"


def routes() -> list[web.RouteDef]:
    """Return the routes of the staff's chat."""
    return [
        web.get(CHATS, show_lists),
        web.post(f"{CHATS}/duty", be_on_duty),
        web.get(f"{CHATS}/live", live),
        web.get(f"{CHATS}/poll", long_poll),
        web.get(f"{CHATS}/answers", answers),
        web.get(CHATS + "/{id}", show_chat),
        web.post(CHATS + "/{id}/take", take),
        web.post(CHATS + "/{id}/say", say),
        web.post(CHATS + "/{id}/back", give_back),
        web.post(CHATS + "/{id}/transfer", transfer),
        web.post(CHATS + "/{id}/end", end),
        web.get(CHATS + "/{id}/files/{file}", download),
    ]
