"""Work orders (工单) as programs are shown them; drafts and returns are the office's own and never the writer's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.limits import next_due
from minxin.consult.moves import Move, open_moves
from minxin.consult.ports import QueueItem
from minxin.consult.records import (
    DraftVersion,
    Extension,
    Letter,
    OrderState,
    PapersRequest,
    Promise,
    Rating,
    Reply,
    ReplyParts,
    ReturnRequest,
    Satisfaction,
    Share,
    WorkOrder,
)
from minxin.consult.shelves import Shelf
from minxin.consult.splitting import may_split
from minxin.consult.status import Stage, order_stage
from minxin.core.actor import Actor, Role
from minxin.core.judgement import Kind
from minxin.webui.api.limits import OrderLimits, order_limits
from minxin.webui.api.operations import PREFIX, Shown

# The house itself closes what nobody rates, and a letter is withdrawn as a whole.
_NOT_OF_AN_ORDER = frozenset({Move.CLOSE, Move.WITHDRAW})


class PartsShown(Shown, frozen=True):
    """What an answer holds (答复要素): finding, basis, result, contact, remedy."""

    finding: str
    basis: str
    result: str
    contact: str
    remedy: str


class PromiseShown(Shown, frozen=True):
    """Something that the office promised, and until when (承诺)."""

    text: str
    until: date


class ReplyShown(Shown, frozen=True):
    """The answer as it went out (答复)."""

    parts: PartsShown
    promises: list[PromiseShown]
    at: datetime


class PaperFile(Shown, frozen=True):
    """A file that the writer supplied."""

    id: str
    name: str
    content_type: str
    size_bytes: int
    url: str


class PapersShown(Shown, frozen=True):
    """What the writer was asked for (补充材料), and what came."""

    text: str
    at: datetime
    supplied_at: datetime | None
    answer: str
    attachments: list[PaperFile]


class RatingShown(Shown, frozen=True):
    """The rating (评价)."""

    level: Satisfaction
    contacted: bool | None
    solved: bool | None
    reason: str
    at: datetime


class ExtensionShown(Shown, frozen=True):
    """A request for more time (延期); `approved` is null while it waits. The writer sees it once it is approved."""

    working_days: int
    reason: str
    at: datetime
    approved: bool | None
    decided_at: datetime | None


class ReturnShown(Shown, frozen=True):
    """An office's return (退回)."""

    office_id: str
    office: str
    reason: str
    proposed_office_id: str | None
    at: datetime


class DraftVersionShown(Shown, frozen=True):
    """A version of the answer on its way, with what a reviewer or signer wrote when sending it back."""

    at: datetime
    post: str
    parts: PartsShown
    promises: list[PromiseShown]
    reviewed: bool
    comment: str
    comment_by: str


class InsideShown(Shown, frozen=True):
    """What is the office's own."""

    handler_post: str
    binding: bool
    returns: list[ReturnShown]
    drafts: list[DraftVersionShown]


class OrderShown(Shown, frozen=True):
    """A letter at one office, or those of its points that are this office's: `points` counts them from 0 and is empty
    for all. `share` says whether the office is alone (whole), leads (lead) or takes part (support). `open_moves` are
    the moves that the caller can make now. `inside` is for staff and null to the writer. `first_reply` is the answer
    before a redo (重办).
    """

    id: str
    letter_id: str
    number: str
    state: OrderState
    stage: Stage
    point: str
    points: list[int]
    share: Share
    office_id: str | None
    office: str
    urgent: bool
    sealed: bool
    received_at: datetime
    routed_at: datetime | None
    signed_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    limits: OrderLimits
    open_moves: list[Move]
    papers: list[PapersShown]
    extension: ExtensionShown | None
    reply: ReplyShown | None
    first_reply: ReplyShown | None
    rating: RatingShown | None
    inside: InsideShown | None


class QueueEntry(Shown, frozen=True):
    """A work order in a list; `due` is the limit that runs now."""

    order_id: str
    letter_id: str
    number: str
    kind: Kind
    subject: str
    point: str
    state: OrderState
    office_id: str | None
    office: str
    urgent: bool
    redone: bool
    extension_waits: bool
    received_at: datetime
    due: datetime | None
    limits: OrderLimits


class QueuePage(Shown, frozen=True):
    """A page of a list of work orders, the nearest limit first."""

    items: list[QueueEntry]
    next: str | None


class QueueCount(Shown, frozen=True):
    """How many work orders lie in one of the caller's lists."""

    name: Shelf
    count: int


class QueueCounts(Shown, frozen=True):
    """The caller's lists, in the order of his desk."""

    queues: list[QueueCount]


def sees_inside(actor: Actor, letter: Letter) -> bool:
    """Say whether the actor, who may see the letter, is one of those who work on it."""
    return actor.id != letter.writer_id and actor.is_a(Role.CLERK, Role.MANAGER, Role.DISCIPLINE, *OFFICE_ROLES)


def moves_of(letter: Letter, order: WorkOrder, actor: Actor) -> list[Move]:
    """Return the moves of a work order that the actor can make now."""
    idle = _NOT_OF_AN_ORDER if may_split(letter) else _NOT_OF_AN_ORDER | {Move.SPLIT}
    return [move for move in open_moves(order, actor, letter.writer_id) if move not in idle]


def order_shown(letter: Letter, order: WorkOrder, actor: Actor, names: Mapping[str, str], now: datetime) -> OrderShown:
    """Return the work order as the actor may see it."""
    inside = sees_inside(actor, letter)
    return OrderShown(
        id=order.id,
        letter_id=order.letter_id,
        number=order.number,
        state=order.state,
        stage=order_stage(order),
        point=order.point,
        points=list(order.points),
        share=order.share,
        office_id=order.office_id,
        office=names.get(order.office_id or "", ""),
        urgent=order.urgent,
        sealed=order.sealed,
        received_at=order.received_at,
        routed_at=order.routed_at,
        signed_at=order.signed_at,
        answered_at=order.answered_at,
        closed_at=order.closed_at,
        limits=order_limits(order, now),
        open_moves=moves_of(letter, order, actor),
        papers=[_papers(order.letter_id, one) for one in order.papers],
        extension=_extension(order.extension, inside),
        reply=_reply(order.reply) if order.reply else None,
        first_reply=_reply(order.redo.first_reply) if order.redo else None,
        rating=_rating(order.rating or (order.redo.first_rating if order.redo else None)),
        inside=_inside(order, names) if inside else None,
    )


def queue_entry(item: QueueItem, names: Mapping[str, str], now: datetime) -> QueueEntry:
    """Return the work order as a list shows it."""
    order = item.order
    due = next_due(order)
    return QueueEntry(
        order_id=order.id,
        letter_id=order.letter_id,
        number=order.number,
        kind=item.letter.kind,
        subject=item.letter.subject,
        point=order.point,
        state=order.state,
        office_id=order.office_id,
        office=names.get(order.office_id or "", ""),
        urgent=order.urgent,
        redone=order.redo is not None,
        extension_waits=order.extension is not None and order.extension.approved is None,
        received_at=order.received_at,
        due=due.instant if due else None,
        limits=order_limits(order, now),
    )


def _parts(parts: ReplyParts) -> PartsShown:
    return PartsShown(
        finding=parts.finding, basis=parts.basis, result=parts.result, contact=parts.contact, remedy=parts.remedy
    )


def _promises(promises: tuple[Promise, ...]) -> list[PromiseShown]:
    return [PromiseShown(text=one.text, until=one.until) for one in promises]


def _reply(reply: Reply) -> ReplyShown:
    return ReplyShown(parts=_parts(reply.parts), promises=_promises(reply.promises), at=reply.at)


def _papers(letter_id: str, papers: PapersRequest) -> PapersShown:
    files = [
        PaperFile(
            id=file.id,
            name=file.name,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            url=f"{PREFIX}/letters/{letter_id}/attachments/{file.id}",
        )
        for file in papers.attachments
    ]
    return PapersShown(
        text=papers.text, at=papers.at, supplied_at=papers.supplied_at, answer=papers.answer, attachments=files
    )


def _extension(extension: Extension | None, inside: bool) -> ExtensionShown | None:
    if extension is None or not (inside or extension.approved):
        return None
    return ExtensionShown(
        working_days=extension.working_days,
        reason=extension.reason if inside else "",
        at=extension.at,
        approved=extension.approved,
        decided_at=extension.decided_at,
    )


def _rating(rating: Rating | None) -> RatingShown | None:
    if rating is None:
        return None
    return RatingShown(
        level=rating.level, contacted=rating.contacted, solved=rating.solved, reason=rating.reason, at=rating.at
    )


def _inside(order: WorkOrder, names: Mapping[str, str]) -> InsideShown:
    return InsideShown(
        handler_post=order.handler_post,
        binding=order.binding,
        returns=[_return(one, names) for one in order.returns],
        drafts=[_draft(one) for one in order.drafts],
    )


def _return(request: ReturnRequest, names: Mapping[str, str]) -> ReturnShown:
    return ReturnShown(
        office_id=request.office_id,
        office=names.get(request.office_id, ""),
        reason=request.reason,
        proposed_office_id=request.proposed_office_id,
        at=request.at,
    )


def _draft(version: DraftVersion) -> DraftVersionShown:
    return DraftVersionShown(
        at=version.at,
        post=version.post,
        parts=_parts(version.parts),
        promises=_promises(version.promises),
        reviewed=bool(version.reviewed_by),
        comment=version.comment,
        comment_by=version.comment_by,
    )
