"""Letters as programs are shown them: personal data masked as on the pages, the words of a letter as written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from minxin.consult.access import Case
from minxin.consult.intake import Receipt
from minxin.consult.records import Attachment, Channel, Letter, LetterDraft, LetterState, Share, WorkOrder
from minxin.consult.status import Stage, TimelineEntry, stage_of
from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Judgement, Kind, judged_text
from minxin.core.places import Competence, Level, Place, PlaceKind
from minxin.mailbox.people import People
from minxin.mailbox.reveals import MaskedPerson
from minxin.webui.api.check_views import PointShown, point_shown
from minxin.webui.api.judgement_views import JudgedPoint, judged_point
from minxin.webui.api.limits import LetterLimits, letter_limits, limits_at_receipt
from minxin.webui.api.operations import PREFIX, Shown
from minxin.webui.api.order_views import OrderShown, order_shown, sees_inside


class FileShown(Shown, frozen=True):
    """A file of a letter, or of papers supplied for it; `url` is null while it is part of a draft."""

    id: str
    name: str
    content_type: str
    size_bytes: int
    url: str | None


class ReceiptProof(Shown, frozen=True):
    """The head of the letter's chain at its receipt: nobody can change the letter's history without its showing."""

    seq: int
    hash: str


class ReceiptShown(Shown, frozen=True):
    """The receipt (回执). `number` and `query_code` open the letter's status without a log-in."""

    id: str
    number: str
    query_code: str
    received_at: datetime
    receipt: ReceiptProof
    limits: LetterLimits


class RefusalShown(Shown, frozen=True):
    """Why a letter was not accepted (不予受理), and where to go instead."""

    ground: str
    advice: str
    at: datetime


class PersonShown(Shown, frozen=True):
    """The writer as staff see him: 王**, 138****1234."""

    name: str
    phone: str
    id_number: str


class CandidateShown(Shown, frozen=True):
    """An office that may be competent, with its probability, the letter's words that spoke for it, and the duty that
    lies nearest (empty when none is near).
    """

    office_id: str
    office: str
    probability: float
    words: list[str]
    duty: str


class LetterPlace(Shown, frozen=True):
    """A place that the letter names: offsets into subject, line break and text (-1: the place field), and the areas
    that it may lie in, each a chain from the district down; none for a name that is not `known`.
    """

    start: int
    end: int
    name: str
    kind: PlaceKind
    areas: list[list[str]]
    known: bool


class RuleShown(Shown, frozen=True):
    """The rule that decided which office is competent, told in both languages."""

    id: str
    level: Level
    zh: str
    en: str
    place: str
    area: list[str]
    words: list[str]


class AdviceShown(Shown, frozen=True):
    """The judge's advice, which a person can always overrule (PIPL art. 24); `points` are in the letter's order."""

    candidates: list[CandidateShown]
    confident: bool
    points: list[JudgedPoint]
    urgent: bool
    model: str
    places: list[LetterPlace]
    rule: RuleShown | None


class LetterSummary(Shown, frozen=True):
    """A letter in a list."""

    id: str
    number: str
    kind: Kind
    subject: str
    state: LetterState
    stage: Stage
    received_at: datetime
    closed_at: datetime | None
    limits: LetterLimits


class LetterPage(Shown, frozen=True):
    """A page of letters; `next` goes into `after` for the page that follows, and is null at the end."""

    items: list[LetterSummary]
    next: str | None


class LetterShown(Shown, frozen=True):
    """A letter with its points (诉求点) and work orders; the points are there once it is judged. `company` is the name
    of the company in whose name it was written, or empty. `writer` and `advice` are for staff and null to the writer.
    """

    id: str
    number: str
    channel: Channel
    kind: Kind
    subject: str
    text: str
    place: str
    public: bool
    company: str
    urgent: bool
    sealed: bool
    state: LetterState
    stage: Stage
    received_at: datetime
    closed_at: datetime | None
    attachments: list[FileShown]
    refusal: RefusalShown | None
    limits: LetterLimits
    points: list[PointShown]
    orders: list[OrderShown]
    writer: PersonShown | None
    advice: AdviceShown | None


class StepShown(Shown, frozen=True):
    """One step of a letter's way: what happened, and which office and post did it. `order` is the number of the work
    order when the letter has several.
    """

    at: datetime
    kind: str
    order: str | None
    office_id: str | None
    office: str
    post: str


class TimelineShown(Shown, frozen=True):
    """Where the letter is, and the steps so far, oldest first (办理进度)."""

    stage: Stage
    steps: list[StepShown]


class StatusShown(Shown, frozen=True):
    """What number and query code open: where the letter is, and no word of it."""

    number: str
    stage: Stage
    received_at: datetime
    steps: list[StepShown]
    limits: LetterLimits


class DraftShown(Shown, frozen=True):
    """A draft (草稿)."""

    id: str
    kind: Kind | None
    subject: str
    text: str
    place: str
    public: bool
    updated_at: datetime
    attachments: list[FileShown]


class DraftList(Shown, frozen=True):
    """The caller's drafts, last touched first."""

    items: list[DraftShown]


def file_shown(file: Attachment, letter_id: str | None) -> FileShown:
    """Return a file; ``letter_id`` is None while it belongs to a draft."""
    url = None if letter_id is None else f"{PREFIX}/letters/{letter_id}/attachments/{file.id}"
    return FileShown(id=file.id, name=file.name, content_type=file.content_type, size_bytes=file.size_bytes, url=url)


def receipt_shown(receipt: Receipt) -> ReceiptShown:
    """Return the receipt, the same whenever it is asked for: its lights are those of the receipt's own instant."""
    return ReceiptShown(
        id=receipt.letter_id,
        number=receipt.number,
        query_code=receipt.query_code,
        received_at=receipt.received_at,
        receipt=ReceiptProof(seq=receipt.head.seq, hash=receipt.head.hash),
        limits=limits_at_receipt(receipt.letter_id, receipt.accept_due, receipt.answer_due, receipt.received_at),
    )


def summary_of(letter: Letter, orders: Sequence[WorkOrder], now: datetime) -> LetterSummary:
    """Return the letter as a list shows it."""
    return LetterSummary(
        id=letter.id,
        number=letter.number,
        kind=letter.kind,
        subject=letter.subject,
        state=letter.state,
        stage=stage_of(letter, orders),
        received_at=letter.received_at,
        closed_at=letter.closed_at,
        limits=letter_limits(letter, now),
    )


async def letter_shown(
    case: Case, actor: Actor, names: Mapping[str, str], people: People, now: datetime
) -> LetterShown:
    """Return the letter as the actor may see it; ``names`` are the offices' by id."""
    letter = case.letter
    inside = sees_inside(actor, letter)
    return LetterShown(
        id=letter.id,
        number=letter.number,
        channel=letter.channel,
        kind=letter.kind,
        subject=letter.subject,
        text=letter.text,
        place=letter.place,
        public=letter.public,
        company=letter.behalf.name if letter.behalf is not None else "",
        urgent=letter.urgent,
        sealed=letter.sealed,
        state=letter.state,
        stage=stage_of(letter, case.orders),
        received_at=letter.received_at,
        closed_at=letter.closed_at,
        attachments=[file_shown(file, letter.id) for file in letter.attachments],
        refusal=_refusal(letter),
        limits=letter_limits(letter, now),
        points=[
            point_shown(letter.subject, letter.text, point)
            for point in (letter.judgement.points if letter.judgement else ())
        ],
        orders=[order_shown(letter, order, actor, names, now) for order in case.orders],
        writer=await _writer(letter, people) if actor.id != letter.writer_id else None,
        advice=_advice(letter, letter.judgement, names) if inside and letter.judgement else None,
    )


def steps_shown(
    entries: Sequence[TimelineEntry], orders: Sequence[WorkOrder], names: Mapping[str, str]
) -> list[StepShown]:
    """Return the steps that the writer is told; an extension only when it was given."""
    numbers = {order.id: order.number for order in orders if order.share is not Share.WHOLE}
    return [
        StepShown(
            at=entry.at,
            kind=entry.kind,
            order=numbers.get(str(entry.data.get("order"))),
            office_id=entry.office_id,
            office=names.get(entry.office_id or "", ""),
            post=entry.post,
        )
        for entry in entries
        if entry.kind != "extension_decided" or entry.data.get("approved")
    ]


def draft_shown(draft: LetterDraft) -> DraftShown:
    """Return the draft."""
    return DraftShown(
        id=draft.id,
        kind=Kind(draft.kind) if draft.kind else None,
        subject=draft.subject,
        text=draft.text,
        place=draft.place,
        public=draft.public,
        updated_at=draft.updated_at,
        attachments=[file_shown(file, None) for file in draft.attachments],
    )


def person_shown(person: MaskedPerson) -> PersonShown:
    """Return a person masked."""
    return PersonShown(name=person.name, phone=person.phone, id_number=person.id_number)


async def _writer(letter: Letter, people: People) -> PersonShown | None:
    try:
        return person_shown(await people.masked(letter.writer_id))
    except NotFoundError:
        # An imported letter whose writer has no account here.
        return None


def _refusal(letter: Letter) -> RefusalShown | None:
    found = letter.refusal
    return RefusalShown(ground=found.ground, advice=found.advice, at=found.at) if found else None


def _advice(letter: Letter, judgement: Judgement, names: Mapping[str, str]) -> AdviceShown:
    text = judged_text(letter.subject, letter.text)
    return AdviceShown(
        candidates=[
            CandidateShown(
                office_id=one.office_id,
                office=names.get(one.office_id, ""),
                probability=round(one.probability, 4),
                words=list(dict.fromkeys(text[piece.start : piece.end] for piece in one.evidence)),
                duty=one.clause,
            )
            for one in judgement.candidates
        ],
        confident=judgement.confident,
        points=[judged_point(point, text, names) for point in judgement.points],
        urgent=letter.urgent,
        model=judgement.model,
        places=[_place(one) for one in judgement.places],
        rule=_rule(judgement.rule) if judgement.rule else None,
    )


def _place(place: Place) -> LetterPlace:
    areas = place.choices or ((place.area,) if place.area else ())
    return LetterPlace(
        start=place.start,
        end=place.end,
        name=place.name,
        kind=place.kind,
        areas=[list(area) for area in areas],
        known=place.known,
    )


def _rule(rule: Competence) -> RuleShown:
    return RuleShown(
        id=rule.rule,
        level=rule.level,
        zh=rule.zh,
        en=rule.en,
        place=rule.place,
        area=list(rule.area),
        words=list(rule.words),
    )
