"""Asking (问一问): the conversation with the assistant on one page, before anybody logs in or writes.

Every button is a form of its own that posts here, so that all of it works without scripts, and no address ever holds
somebody's words.
"""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from minxin.consult.assistant.hearing import WORDS_MOST, Act, Heard
from minxin.consult.assistant.service import Visit, named_in
from minxin.consult.chat.records import Stage
from minxin.core.errors import InvalidInputError, MinxinError
from minxin.webui.context import services, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.offices import office_names
from minxin.webui.pages.chat import FILES_AT, LATEST, live_context, look_after
from minxin.webui.rendering import page, see_other
from minxin.webui.views.advice import Advice, advise
from minxin.webui.views.conversation import own_words, said, way_on
from minxin.webui.visitor_key import keep_visitor, need_visitor_key

ASK_PAGE: Final = "assistant/ask.html"
QUESTION_MAX: Final = WORDS_MOST
ACTS: Final = {act.value: act for act in Act}


async def show_ask(request: web.Request) -> web.Response:
    """Show the conversation; the ``q`` of a link from elsewhere stands in the box, with the office that it is for."""
    question = request.query.get("q", "")[:QUESTION_MAX]
    advice = await advise(request, "", question) if question.strip() else None
    return await _shown(request, Form.of(q=question) if question else Form(), advice=advice, question=question)


async def ask(request: web.Request) -> web.Response:
    """Take words or a tap, and go on to the answer."""
    form = form_of(request)
    visit = Visit(need_visitor_key(request), visitor(request).actor)
    heard = _heard(form)
    try:
        await services(request).assistant.hear(visit, heard, _token(form, heard))
    except InvalidInputError as error:
        return await _shown(request, form, error=error)
    response = see_other(request, LATEST)
    keep_visitor(request, response)
    return response


def _heard(form: Form) -> Heard:
    """Return what was done: ``do`` is the button's act with what it is about, ``q`` the words of the box."""
    act, _, what = form.text("do").partition(":")
    return Heard(ACTS[act], what) if act in ACTS and act != Act.SAY else Heard(Act.SAY, form.text("q"))


def _token(form: Form, heard: Heard) -> str:
    """Return the one-time token of this act: the same form may be gone back to, and another button pressed."""
    return hashlib.sha256(f"{form.token}\0{heard.act}\0{heard.what}".encode()).hexdigest()[:32]


async def _shown(
    request: web.Request,
    form: Form,
    *,
    error: MinxinError | None = None,
    advice: Advice | None = None,
    question: str = "",
) -> web.Response:
    assistant = services(request).assistant
    conversation = await look_after(request)
    messages = await assistant.messages(conversation) if conversation else []
    way = way_on(messages)
    if way is not None and advice is None:
        advice = await advise(request, "", way.question)
    shown = {one for message in messages for one in named_in(message)}
    marks = await assistant.marks(conversation) if conversation else {}
    return page(
        request,
        ASK_PAGE,
        status=error.http_status if error else 200,
        form=form.with_error(error) if error else form,
        fresh=Form(),
        conversation=conversation,
        listening=conversation is None or conversation.stage is Stage.ASSISTANT,
        over=conversation is not None and conversation.stage in (Stage.ENDED, Stage.LETTER),
        talked=said(messages, await assistant.passages(shown), marks, await office_names(request)),
        files_at=FILES_AT,
        way=way,
        advice=advice,
        carried=own_words(messages) or question,
        question_max=QUESTION_MAX,
        kept=services(request).chat.room.rules,
        **await live_context(request, conversation),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of asking."""
    return [web.get("/ask", show_ask), web.post("/ask", ask)]
