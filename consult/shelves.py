"""Shelves (待办分类): the lists of work on each role's desk. The same rules as the access door, as filters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.ports import QueueFilter
from minxin.consult.records import OPEN_STATES, OrderState
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError


class Shelf(StrEnum):
    """The lists by the name that is in the address and in the catalogue."""

    OPEN = "open"  # 本单位在办
    TO_SIGN = "to_sign"  # 待签收
    IN_PROGRESS = "in_progress"  # 办理中
    DUE_SOON = "due_soon"  # 两个工作日内到期
    OVERDUE = "overdue"  # 已超期
    WAITING = "waiting"  # 等待补充材料
    RETURNED = "returned"  # 退回待裁定
    IN_REVIEW = "in_review"  # 待审核
    TO_SIGN_OFF = "to_sign_off"  # 待签发
    REDONE = "redone"  # 重办
    ANSWERED = "answered"  # 已答复
    TO_DISPATCH = "to_dispatch"  # 待派
    TO_RULE = "to_rule"  # 退回待裁定, of all offices
    EXTENSIONS = "extensions"  # 延期待批
    REDONE_TO_SIGN = "redone_to_sign"  # 重办待签发
    ALL_OPEN = "all_open"  # 全部在办
    ALL_OVERDUE = "all_overdue"  # 全部超期
    ALL_ANSWERED = "all_answered"  # 全部已答复
    FOLLOW_UP = "follow_up"  # 待回访
    SEALED = "sealed"  # 密件


class Moments(Struct, frozen=True):
    """What "overdue" and "due soon" are counted from; ``soon`` is the end of the last day that is soon."""

    now: datetime
    soon: datetime


_OPEN: Final = tuple(sorted(OPEN_STATES))
_FILTERS: Final[dict[Shelf, QueueFilter]] = {
    Shelf.OPEN: QueueFilter(_OPEN),
    Shelf.TO_SIGN: QueueFilter((OrderState.TO_SIGN,)),
    Shelf.IN_PROGRESS: QueueFilter((OrderState.IN_PROGRESS,)),
    Shelf.DUE_SOON: QueueFilter(_OPEN),
    Shelf.OVERDUE: QueueFilter(_OPEN),
    Shelf.WAITING: QueueFilter((OrderState.WAITING,)),
    Shelf.RETURNED: QueueFilter((OrderState.RETURNED,)),
    Shelf.IN_REVIEW: QueueFilter((OrderState.IN_REVIEW,)),
    Shelf.TO_SIGN_OFF: QueueFilter((OrderState.TO_SIGN_OFF,)),
    Shelf.REDONE: QueueFilter(_OPEN, redone=True),
    Shelf.ANSWERED: QueueFilter((OrderState.ANSWERED,)),
    Shelf.TO_DISPATCH: QueueFilter((OrderState.TO_DISPATCH,)),
    Shelf.TO_RULE: QueueFilter((OrderState.RETURNED,)),
    Shelf.EXTENSIONS: QueueFilter(_OPEN, extension_waits=True),
    Shelf.REDONE_TO_SIGN: QueueFilter((OrderState.TO_SIGN_OFF,), redone=True),
    Shelf.ALL_OPEN: QueueFilter(_OPEN),
    Shelf.ALL_OVERDUE: QueueFilter(_OPEN),
    Shelf.ALL_ANSWERED: QueueFilter((OrderState.ANSWERED,)),
    Shelf.FOLLOW_UP: QueueFilter((OrderState.ANSWERED,)),
    Shelf.SEALED: QueueFilter(tuple(sorted(OrderState)), sealed=True),
}
_OFFICE: Final = (
    Shelf.OPEN,
    Shelf.TO_SIGN,
    Shelf.IN_PROGRESS,
    Shelf.DUE_SOON,
    Shelf.OVERDUE,
    Shelf.IN_REVIEW,
    Shelf.TO_SIGN_OFF,
    Shelf.RETURNED,
    Shelf.WAITING,
    Shelf.REDONE,
    Shelf.ANSWERED,
)
_CENTRE: Final = (
    Shelf.TO_DISPATCH,
    Shelf.TO_RULE,
    Shelf.EXTENSIONS,
    Shelf.REDONE_TO_SIGN,
    Shelf.ALL_OVERDUE,
    Shelf.ALL_OPEN,
    Shelf.ALL_ANSWERED,
)


def shelves_of(actor: Actor) -> tuple[Shelf, ...]:
    """Return the actor's shelves in the order of the desk; none for who has no letters on a desk."""
    found: list[Shelf] = []
    if actor.is_a(*OFFICE_ROLES) and actor.office_id is not None:
        found += _OFFICE
    if actor.is_a(Role.CLERK, Role.MANAGER):
        found += [shelf for shelf in _CENTRE if shelf is not Shelf.REDONE_TO_SIGN or actor.is_a(Role.MANAGER)]
    if actor.is_a(Role.CALLER):
        found.append(Shelf.FOLLOW_UP)
    if actor.is_a(Role.DISCIPLINE):
        found.append(Shelf.SEALED)
    return tuple(found)


def first_shelf(actor: Actor) -> Shelf:
    """Return the shelf that the actor's day begins with; raises ``NotFoundError`` for who has none."""
    shelves = shelves_of(actor)
    begins = {Role.SIGNER: Shelf.TO_SIGN_OFF, Role.REVIEWER: Shelf.IN_REVIEW}
    for role, shelf in begins.items():
        if actor.is_a(role) and not actor.is_a(Role.HANDLER) and shelf in shelves:
            return shelf
    if not shelves:
        raise NotFoundError
    return shelves[0]


def filter_of(actor: Actor, shelf: Shelf, moments: Moments) -> QueueFilter:
    """Return what the shelf holds for the actor; raises ``NotFoundError`` for a shelf that is not his."""
    if shelf not in shelves_of(actor):
        raise NotFoundError
    wanted = _FILTERS[shelf]
    if shelf in _OFFICE:
        wanted = replace(wanted, office_id=actor.office_id)
    if shelf is Shelf.DUE_SOON:
        return replace(wanted, due_from=moments.now, due_before=moments.soon)
    if shelf in (Shelf.OVERDUE, Shelf.ALL_OVERDUE):
        return replace(wanted, due_before=moments.now)
    return wanted
