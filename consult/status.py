"""What a writer is shown: one stage for the letter, and a timeline of who did what (办理进度).

People outside an office see the office and the post, never a colleague's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from minxin.consult.records import Letter, LetterState, OrderState, WorkOrder
from minxin.core.audit import SealedEvent


class Stage(StrEnum):
    """The one word for where a letter is."""

    RECEIVED = "received"  # 已收到
    TO_DISPATCH = "to_dispatch"  # 待派
    TO_SIGN = "to_sign"  # 待签收
    IN_PROGRESS = "in_progress"  # 办理中
    RETURNED = "returned"  # 重新确定承办单位
    WAITING = "waiting"  # 等待您补充材料
    ANSWERED = "answered"  # 已答复，请您评价
    REDONE = "redone"  # 重办中
    CLOSED = "closed"  # 办结
    REFUSED = "refused"  # 不予受理
    PETITION = "petition"  # 转信访
    REDIRECTED = "redirected"  # 引导其他渠道
    WITHDRAWN = "withdrawn"  # 已撤回
    JOINED = "joined"  # 并入


# What the writer is not shown: the office's own drafts and comments, and the machine's inner steps.
_PUBLIC_EVENTS = frozenset(
    {
        "received",
        "split",
        "routed",
        "signed_for",
        "returned",
        "papers_asked",
        "papers_supplied",
        "extension_decided",
        "redated",
        "marked_complex",
        "answered",
        "rated",
        "redone",
        "closed",
        "refused",
        "withdrawn",
        "reminded",
        "published",
    }
)
_ENDED = {
    LetterState.REFUSED: Stage.REFUSED,
    LetterState.PETITION: Stage.PETITION,
    LetterState.REDIRECTED: Stage.REDIRECTED,
    LetterState.WITHDRAWN: Stage.WITHDRAWN,
    LetterState.JOINED: Stage.JOINED,
    LetterState.CLOSED: Stage.CLOSED,
}
_BY_ORDER = {
    OrderState.TO_DISPATCH: Stage.TO_DISPATCH,
    OrderState.TO_SIGN: Stage.TO_SIGN,
    OrderState.RETURNED: Stage.RETURNED,
    OrderState.WAITING: Stage.WAITING,
    OrderState.ANSWERED: Stage.ANSWERED,
    OrderState.CLOSED: Stage.CLOSED,
    OrderState.CANCELLED: Stage.CLOSED,
}
# Of several work orders the one that asks most of the writer speaks for the letter.
_PRECEDENCE = (
    Stage.WAITING,
    Stage.RETURNED,
    Stage.TO_DISPATCH,
    Stage.TO_SIGN,
    Stage.REDONE,
    Stage.IN_PROGRESS,
    Stage.ANSWERED,
    Stage.CLOSED,
)


class TimelineEntry(Struct, frozen=True):
    """One step of the timeline: ``kind`` is the event's name, ``office_id`` and ``post`` say who acted."""

    at: datetime
    kind: str
    office_id: str | None
    post: str
    data: dict[str, Any]


def stage_of(letter: Letter, orders: Sequence[WorkOrder]) -> Stage:
    """Return the letter's stage from its state and its work orders."""
    if letter.state in _ENDED:
        return _ENDED[letter.state]
    stages = {order_stage(order) for order in orders}
    return next((stage for stage in _PRECEDENCE if stage in stages), Stage.RECEIVED)


def order_stage(order: WorkOrder) -> Stage:
    """Return one work order's stage; what goes on inside the office is one stage to those outside."""
    inside = Stage.REDONE if order.redo else Stage.IN_PROGRESS
    return _BY_ORDER.get(order.state, inside)


def is_public(kind: str) -> bool:
    """Say whether people outside an office are told of such an event."""
    return kind in _PUBLIC_EVENTS


def timeline(events: Iterable[SealedEvent]) -> list[TimelineEntry]:
    """Return the steps that the writer is shown, oldest first."""
    return [
        TimelineEntry(event.at, event.kind, event.office_id, str(event.data.get("post", "")), event.data)
        for event in (sealed.event for sealed in events)
        if is_public(event.kind)
    ]
