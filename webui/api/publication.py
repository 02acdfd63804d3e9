"""Publication (公开): what everybody may read, and how two people make it so; and the logged look at who wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.consult.access import in_hands
from minxin.consult.publication import CENTRE_ROLES, DECIDING_ROLES, Words
from minxin.consult.records import PublicCopy, PublicState
from minxin.core.actor import Role
from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.personal import MARKED_ONLY, Personal
from minxin.mailbox.reveals import Datum
from minxin.webui.api.operations import N_, AnyOperation, Call, Method, Nothing, Operation, Shown, reads
from minxin.webui.api.sent import CopyDecision, CopyWords, PageQuery, RevealReason
from minxin.webui.context import Services
from minxin.webui.forms import KIB, FormLimits
from minxin.webui.offices import office_names

TAG: Final = "publication"
OFFICE: Final = (Role.HANDLER, Role.REVIEWER, Role.SIGNER, *CENTRE_ROLES)
COPY_LIMITS: Final = FormLimits(body_bytes=512 * KIB)


class EarlierShown(Shown, frozen=True):
    """An answer that was published before the matter was done again (重办)."""

    answer: str
    published_at: datetime


class PublicLetter(Shown, frozen=True):
    """A published letter and its newest answer, with nobody's name in it (公开件); earlier answers newest first."""

    id: str
    number: str
    office_id: str
    office: str
    subject: str
    text: str
    answer: str
    published_at: datetime | None
    earlier: list[EarlierShown]


class PublicPage(Shown, frozen=True):
    """A page of published letters, newest first."""

    items: list[PublicLetter]
    next: str | None


class Found(Shown, frozen=True):
    """How often one kind of personal data was found; what is not ``taken_out`` needs a close look at its sentence."""

    kind: Personal
    times: int
    taken_out: bool


class CopyShown(Shown, frozen=True):
    """A public copy on its way: proposed by one person, published or refused by a second.

    While it waits, ``left`` says what the system still sees in it. The words of a published one are those of its
    ``renewal`` while a redo's answer (重办) waits to take the place of the one that everybody reads.
    """

    id: str
    number: str
    office_id: str
    office: str
    state: PublicState
    subject: str
    text: str
    answer: str
    proposed_at: datetime
    decided_at: datetime | None
    refusal: str
    renewal: bool
    left: list[Found]


class CopyPage(Shown, frozen=True):
    """A page of copies that wait for the caller's decision."""

    items: list[CopyShown]
    next: str | None


class SuggestedCopy(Shown, frozen=True):
    """The copy as the machine would publish it, to be corrected by a person, and what it found in the original."""

    subject: str
    text: str
    answer: str
    found: list[Found]


class Revealed(Shown, frozen=True):
    """One datum of the writer. The writer is shown which office and post looked, when and why."""

    what: Datum
    value: str


async def published(call: Call[Nothing, PageQuery]) -> PublicPage:
    """Return what everybody may read."""
    found = await call.services.publications.published(PageRequest(call.query.after, call.query.size))
    names = await office_names(call.request)
    return PublicPage(items=[_public(copy, names) for copy in found.items], next=found.next)


async def published_one(call: Call[Nothing, Nothing]) -> PublicLetter:
    """Return one published letter."""
    copy = await call.services.publications.published_one(call.part("id"))
    return _public(copy, await office_names(call.request))


async def suggestion(call: Call[Nothing, Nothing]) -> SuggestedCopy:
    """Return the copy as the machine would publish it."""
    proposal = await call.services.publications.suggestion(call.actor, call.part("id"))
    words = proposal.suggested
    found = [Found(kind=kind, times=times, taken_out=kind not in MARKED_ONLY) for kind, times in proposal.found.items()]
    return SuggestedCopy(subject=words.subject, text=words.text, answer=words.answer, found=found)


async def propose(call: Call[CopyWords, Nothing]) -> CopyShown:
    """Propose the copy."""
    publications = call.services.publications
    _, order = await call.services.desk.case(call.actor, call.part("id"))
    words = Words(call.body.subject, call.body.text, call.body.answer)
    await publications.propose(call.actor, order.id, words, origin=call.origin)
    return await _copy(call, order.letter_id)


async def waiting(call: Call[Nothing, PageQuery]) -> CopyPage:
    """Return the copies that wait for the caller's decision."""
    found = await call.services.publications.waiting(call.actor, PageRequest(call.query.after, call.query.size))
    names = await office_names(call.request)
    return CopyPage(items=[await _copy_shown(call.services, copy, names) for copy in found.items], next=found.next)


async def decide(call: Call[CopyDecision, Nothing]) -> CopyShown:
    """Publish the copy, or refuse it."""
    letter_id = call.part("id")
    await call.services.publications.decide(
        call.actor, letter_id, call.body.approve, call.body.reason, origin=call.origin
    )
    return await _copy(call, letter_id)


async def reveal(call: Call[RevealReason, Nothing]) -> Revealed:
    """Return one datum of the writer to who has the letter in hands."""
    case, order = await call.services.desk.case(call.actor, call.part("id"))
    value = await call.services.accounts.people.reveal(
        call.actor,
        case.letter.writer_id,
        call.body.what,
        call.body.reason,
        case.letter.id,
        call.origin,
        in_hands=in_hands(call.actor, case.letter, order),
    )
    return Revealed(what=call.body.what, value=value)


async def _copy(call: Call[CopyWords, Nothing] | Call[CopyDecision, Nothing], letter_id: str) -> CopyShown:
    copy = await call.services.publications.copy_of(call.actor, letter_id)
    if copy is None:
        raise NotFoundError
    return await _copy_shown(call.services, copy, await office_names(call.request))


def _public(copy: PublicCopy, names: dict[str, str]) -> PublicLetter:
    return PublicLetter(
        id=copy.id,
        number=copy.number,
        office_id=copy.office_id,
        office=names.get(copy.office_id, ""),
        subject=copy.subject,
        text=copy.text,
        answer=copy.answer,
        published_at=copy.decided_at,
        earlier=[EarlierShown(answer=one.answer, published_at=one.published_at) for one in copy.earlier],
    )


async def _copy_shown(services: Services, copy: PublicCopy, names: dict[str, str]) -> CopyShown:
    left: dict[Personal, int] = {}
    shown = copy.waiting or copy
    if copy.waiting is not None:
        left = await services.publications.left_in(Words(shown.subject, shown.text, shown.answer))
    return CopyShown(
        id=copy.id,
        number=copy.number,
        office_id=copy.office_id,
        office=names.get(copy.office_id, ""),
        state=copy.state,
        subject=shown.subject,
        text=shown.text,
        answer=shown.answer,
        proposed_at=shown.proposed_at,
        decided_at=copy.decided_at,
        refusal=copy.refusal,
        renewal=copy.renewal is not None,
        left=[Found(kind=kind, times=times, taken_out=False) for kind, times in left.items()],
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listPublicLetters",
        "/public",
        TAG,
        N_("List published letters, newest first"),
        published,
        PageQuery,
        PublicPage,
        is_open=True,
    ),
    reads(
        "getPublicLetter",
        "/public/{id}",
        TAG,
        N_("Read a published letter"),
        published_one,
        Nothing,
        PublicLetter,
        is_open=True,
    ),
    reads(
        "suggestCopy",
        "/orders/{id}/publication",
        TAG,
        N_("Get the public copy as the machine would make it"),
        suggestion,
        Nothing,
        SuggestedCopy,
        roles=OFFICE,
    ),
    Operation(
        name="proposeCopy",
        method=Method.POST,
        path="/orders/{id}/publication",
        tag=TAG,
        summary=N_("Propose a public copy"),
        handler=propose,
        body=CopyWords,
        query=Nothing,
        answer=CopyShown,
        statuses=(200,),
        roles=OFFICE,
        limits=COPY_LIMITS,
    ),
    reads(
        "listCopies",
        "/publications",
        TAG,
        N_("List the public copies that wait for one's decision"),
        waiting,
        PageQuery,
        CopyPage,
        roles=(*CENTRE_ROLES, *DECIDING_ROLES),
    ),
    Operation(
        name="decideCopy",
        method=Method.POST,
        path="/publications/{id}/decision",
        tag=TAG,
        summary=N_("Publish a copy, or refuse it, as the second person"),
        handler=decide,
        body=CopyDecision,
        query=Nothing,
        answer=CopyShown,
        statuses=(200,),
        roles=(*CENTRE_ROLES, *DECIDING_ROLES),
    ),
    Operation(
        name="revealWriter",
        method=Method.POST,
        path="/orders/{id}/reveal",
        tag="orders",
        summary=N_("Look at the writer's name, phone or ID number, with a reason"),
        description="Only while the letter is in the caller's hands; every look is logged and shown to the writer.",
        handler=reveal,
        body=RevealReason,
        query=Nothing,
        answer=Revealed,
        statuses=(200,),
        throttled=True,
    ),
)
