"""Assigning (派单): a work order and its next office, whoever chose it. Every change of office goes through here."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.notices import Notice
from minxin.consult.records import Assignment, Letter, OrderState, RoutedBy, WorkOrder
from minxin.consult.rulepack import Step
from minxin.core.changes import Changes
from minxin.core.ids import new_id


class RouteTo(Struct, frozen=True):
    """Who chose an office and why: what every change of office has in common."""

    office_id: str
    by: RoutedBy
    reason: str
    probability: float | None = None
    binding: bool = False


def routed(deed: Deed, letter: Letter, order: WorkOrder, route: RouteTo, limits: Limits) -> tuple[WorkOrder, Changes]:
    """Return the work order at its office, and the changes of the move without the work order itself."""
    assignment = Assignment(
        id=new_id(),
        letter_id=letter.id,
        order_id=order.id,
        office_id=route.office_id,
        at=deed.at,
        by=deed.actor.id,
        routed_by=route.by,
        reason=route.reason,
        probability=route.probability,
        sign_due=limits.set(Step.SIGN, letter, deed.at),
        return_due=limits.set(Step.RETURN, letter, deed.at),
        sealed=letter.sealed,
    )
    moved = order.routed_at is not None
    order = replace(
        order,
        state=OrderState.TO_SIGN,
        office_id=route.office_id,
        assignment_id=assignment.id,
        routed_at=order.routed_at or deed.at,
        signed_at=None,
        handler_id=None,
        handler_post="",
        binding=route.binding,
        sign_due=assignment.sign_due,
    )
    changes = write(
        deed,
        letter,
        "routed",
        order=order,
        tell=Notice.MOVED if moved else Notice.ROUTED,
        assignment=assignment.id,
        by=route.by.value,
        sign_due=instant_of(assignment.sign_due),
        answer_due=instant_of(order.answer_due),
    )
    changes.inserts.append(assignment)
    return order, changes
