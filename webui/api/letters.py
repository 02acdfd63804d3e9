"""Letters (来信): written, listed, followed, withdrawn."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from msgspec import structs

from minxin.consult.intake import Submission
from minxin.consult.letterbox import UploadedFile
from minxin.consult.records import Channel
from minxin.consult.status import stage_of, timeline
from minxin.core.actor import Actor, Role
from minxin.core.errors import InvalidInputError, NotAllowedError, NotFoundError
from minxin.core.ids import new_id
from minxin.core.paging import PageRequest
from minxin.mailbox.records import AccountState
from minxin.webui.api.letter_views import (
    LetterPage,
    LetterShown,
    PersonShown,
    ReceiptShown,
    StatusShown,
    TimelineShown,
    letter_shown,
    person_shown,
    receipt_shown,
    steps_shown,
    summary_of,
)
from minxin.webui.api.limits import ExplanationShown, explanation_shown, letter_limits, order_limits
from minxin.webui.api.operations import (
    N_,
    PREFIX,
    AnyOperation,
    Call,
    Download,
    Method,
    Nothing,
    Operation,
    Outcome,
    Shown,
    reads,
)
from minxin.webui.api.sent import (
    FILES_LIMITS,
    CitizenQuestion,
    LimitQuery,
    NewFile,
    NewLetter,
    PageQuery,
    StatusQuestion,
)
from minxin.webui.context import language
from minxin.webui.offices import office_names
from minxin.webui.pages.counter import CAME_BY

TAG: Final = "letters"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"


class CitizenShown(Shown, frozen=True):
    """A citizen found at the counter, masked; `writer_id` goes into a letter written for him."""

    writer_id: str
    person: PersonShown
    active: bool


async def create(call: Call[NewLetter, Nothing]) -> Outcome[ReceiptShown]:
    """Make it a letter; the answer comes after the commit, and is the same for a resend."""
    sent = call.body
    if sent.writer_id is not None:
        channel = Channel.COUNTER
        await _check_counter(call, sent.writer_id)
    else:
        channel = Channel.API
        need_writer(call.actor)
    submission = Submission(
        token=_token(call.request, sent.token),
        kind=sent.kind.value,
        subject=sent.subject,
        text=sent.text,
        place=sent.place,
        public=sent.public,
        came_by=sent.came_by if channel is Channel.COUNTER else "",
        company_id=sent.company_id,
    )
    receipt = await call.services.letterbox.submit(
        call.actor,
        submission,
        uploads(sent.attachments),
        origin=call.origin,
        channel=channel,
        writer_id=sent.writer_id,
    )
    shown = receipt_shown(receipt)
    return Outcome(shown, 200 if receipt.again else 201, f"{PREFIX}/letters/{receipt.letter_id}")


async def mine(call: Call[Nothing, PageQuery]) -> LetterPage:
    """Return the caller's own letters."""
    found = await call.services.lists.my_letters(call.actor, PageRequest(call.query.after, call.query.size))
    items = [summary_of(one.letter, one.orders, call.now) for one in found.items]
    return LetterPage(items=items, next=found.next)


async def show(call: Call[Nothing, Nothing]) -> LetterShown:
    """Return a letter that the caller may see."""
    door = call.services
    case = await door.letterbox.case(call.actor, call.part("id"))
    names = await office_names(call.request)
    return await letter_shown(case, call.actor, names, door.accounts.people, call.now)


async def show_timeline(call: Call[Nothing, Nothing]) -> TimelineShown:
    """Return the letter's way so far."""
    case = await call.services.letterbox.case(call.actor, call.part("id"))
    entries = timeline(await call.services.letterbox.events(case.letter.id))
    steps = steps_shown(entries, case.orders, await office_names(call.request))
    return TimelineShown(stage=stage_of(case.letter, case.orders), steps=steps)


async def show_receipt(call: Call[Nothing, Nothing]) -> ReceiptShown:
    """Return the receipt of one's own letter again."""
    case = await call.services.letterbox.case(call.actor, call.part("id"))
    if case.letter.writer_id != call.actor.id:
        raise NotFoundError
    return receipt_shown(await call.services.letterbox.receipt(call.actor, case.letter.id))


async def show_limit(call: Call[Nothing, LimitQuery]) -> ExplanationShown:
    """Explain a limit of a letter, or of one of its work orders."""
    letterbox = call.services.letterbox
    case = await letterbox.case(call.actor, call.part("id"))
    name = call.part("name")
    if call.query.order:
        order = case.order(call.query.order)
        due = {"sign": order.sign_due, "answer": order.answer_due}.get(name)
        shown = structs.asdict(order_limits(order, call.now)).get(name)
        pauses = order.pauses if name == "answer" else ()
    else:
        due = {"accept": case.letter.accept_due, "answer": case.letter.answer_due}.get(name)
        shown = structs.asdict(letter_limits(case.letter, call.now)).get(name)
        pauses = ()
    if due is None or shown is None:
        raise NotFoundError
    return explanation_shown(shown, due, pauses, letterbox.limits, language(call.request))


async def withdraw(call: Call[Nothing, Nothing]) -> LetterShown:
    """Withdraw one's own letter."""
    await call.services.desk.withdraw(call.actor, call.part("id"), origin=call.origin)
    return await show(call)


async def download(call: Call[Nothing, Nothing]) -> Download:
    """Return a file of a letter, or of papers supplied for it."""
    file, data = await call.services.letterbox.attachment(call.actor, call.part("id"), call.part("file"))
    return Download(file.name, file.content_type, data)


async def query(call: Call[StatusQuestion, Nothing]) -> StatusShown:
    """Return where a letter is to whoever knows its number and query code."""
    door = call.services
    try:
        case = await door.guesses.guess(
            "query", call.origin, lambda: door.letterbox.query(call.body.number, call.body.code)
        )
    except NotFoundError as error:
        raise NotFoundError("query.wrong") from error
    entries = timeline(await door.letterbox.events(case.letter.id))
    return StatusShown(
        number=case.letter.number,
        stage=stage_of(case.letter, case.orders),
        received_at=case.letter.received_at,
        steps=steps_shown(entries, case.orders, await office_names(call.request)),
        limits=letter_limits(case.letter, call.now),
    )


async def find_citizen(call: Call[CitizenQuestion, Nothing]) -> CitizenShown:
    """Find a citizen at the counter."""
    people = call.services.accounts.people
    account = await people.find_citizen(call.actor, call.body.citizen, call.origin)
    person = person_shown(await people.masked(account.id))
    return CitizenShown(writer_id=account.id, person=person, active=account.state is AccountState.ACTIVE)


def need_writer(actor: Actor) -> None:
    """Raise ``NotAllowedError`` for who may not write letters of his own."""
    if not actor.is_a(Role.CITIZEN):
        raise NotAllowedError("api.letter.writers_only")


def uploads(files: list[NewFile]) -> list[UploadedFile]:
    """Return the files as the letterbox takes them."""
    return [UploadedFile(file.name, file.data) for file in files]


async def _check_counter(call: Call[NewLetter, Nothing], writer_id: str) -> None:
    if not call.actor.is_a(Role.CLERK):
        raise NotAllowedError("api.letter.clerks_only")
    if call.body.came_by not in CAME_BY:
        raise InvalidInputError("counter.came_by.missing", field="came_by")
    account = await call.services.accounts.people.access_account(call.actor, writer_id)
    if account.state is not AccountState.ACTIVE or Role.CITIZEN not in account.roles:
        raise InvalidInputError("api.letter.writer_inactive", field="writer_id")


def _token(request: web.Request, sent: str) -> str:
    """Return what makes a resend the same letter: the body's token, the header, or something new."""
    header = request.headers.get(IDEMPOTENCY_KEY, "")
    if not header.isascii():
        raise InvalidInputError("letter.token.missing", field=IDEMPOTENCY_KEY)
    return sent or header or new_id()


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        name="createLetter",
        method=Method.POST,
        path="/letters",
        tag=TAG,
        summary=N_("Write a letter"),
        description="Answers 201 after the letter is durable, with its number, query code, receipt and limits; a "
        "resend with the same token gets 200 with the same receipt. Without an answer, send it again.",
        handler=create,
        body=NewLetter,
        query=Nothing,
        answer=ReceiptShown,
        statuses=(201, 200),
        limits=FILES_LIMITS,
    ),
    reads("listLetters", "/letters", TAG, N_("List one's own letters, newest first"), mine, PageQuery, LetterPage),
    reads("getLetter", "/letters/{id}", TAG, N_("Read a letter"), show, Nothing, LetterShown),
    reads(
        "getTimeline",
        "/letters/{id}/timeline",
        TAG,
        N_("See where a letter is, step by step"),
        show_timeline,
        Nothing,
        TimelineShown,
    ),
    reads(
        "getReceipt",
        "/letters/{id}/receipt",
        TAG,
        N_("Get the receipt of one's own letter again"),
        show_receipt,
        Nothing,
        ReceiptShown,
    ),
    reads(
        "explainLimit",
        "/letters/{id}/limits/{name}",
        TAG,
        N_("See why a limit ends on its day"),
        show_limit,
        LimitQuery,
        ExplanationShown,
        description="`name` is `accept` or `answer` of the letter, `sign` or `answer` of a work order.",
    ),
    reads(
        "getAttachment",
        "/letters/{id}/attachments/{file}",
        TAG,
        N_("Download a file of a letter"),
        download,
        Nothing,
        Download,
    ),
    Operation(
        name="withdrawLetter",
        method=Method.POST,
        path="/letters/{id}/withdraw",
        tag=TAG,
        summary=N_("Withdraw one's own letter"),
        handler=withdraw,
        body=Nothing,
        query=Nothing,
        answer=LetterShown,
        statuses=(200,),
    ),
    Operation(
        name="queryStatus",
        method=Method.POST,
        path="/query",
        tag=TAG,
        summary=N_("See where a letter is by its number and query code"),
        handler=query,
        body=StatusQuestion,
        query=Nothing,
        answer=StatusShown,
        statuses=(200,),
        is_open=True,
        writes=False,
        throttled=True,
    ),
    Operation(
        name="findCitizen",
        method=Method.POST,
        path="/counter/citizens",
        tag=TAG,
        summary=N_("Find a citizen at the counter by phone or ID number"),
        handler=find_citizen,
        body=CitizenQuestion,
        query=Nothing,
        answer=CitizenShown,
        statuses=(200,),
        roles=(Role.CLERK,),
        writes=False,
    ),
)
