"""The table of moves: what leads from one state of a work order to another, and who may do it.

Whatever is not in the table is refused with a sentence. ``Move`` values are also the names in the JSON API and in the
events.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.records import OPEN_STATES, OrderState, WorkOrder
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.errors import IllegalMoveError

S = OrderState


class Move(StrEnum):
    """Everything that can be done to a work order."""

    DISPATCH = "dispatch"  # 派单
    SPLIT = "split"  # 拆分派单
    REFUSE = "refuse"  # 不予受理
    SIGN_FOR = "sign_for"  # 签收
    RETURN = "return"  # 退回
    RULE = "rule"  # 裁定
    ASK_PAPERS = "ask_papers"  # 要求补充材料
    SUPPLY_PAPERS = "supply_papers"  # 补充材料
    ASK_EXTENSION = "ask_extension"  # 申请延期
    DECIDE_EXTENSION = "decide_extension"  # 审批延期
    MARK_COMPLEX = "mark_complex"  # 认定复杂事项
    SUBMIT = "submit"  # 送审
    SEND_BACK = "send_back"  # 退回修改
    APPROVE = "approve"  # 审核通过
    SIGN_OFF = "sign_off"  # 签发
    RATE = "rate"  # 评价, 回访
    CLOSE = "close"  # 办结
    WITHDRAW = "withdraw"  # 撤回
    REMIND = "remind"  # 催办
    UNSEAL = "unseal"  # 转一般件


class MoveRule(Struct, frozen=True):
    """From which states, to which (None: it stays), and by whom.

    ``own_office`` binds the roles to the work order's present office; ``redo_roles`` may do it from any office when the
    answer is given a second time; ``writer`` and ``system`` allow the letter's writer and the house itself.
    """

    sources: frozenset[OrderState]
    target: OrderState | None
    roles: frozenset[Role] = frozenset()
    own_office: bool = False
    writer: bool = False
    system: bool = False
    redo_roles: frozenset[Role] = frozenset()


def _rule(
    sources: set[OrderState],
    target: OrderState | None,
    *roles: Role,
    own_office: bool = False,
    writer: bool = False,
    system: bool = False,
    redo_roles: tuple[Role, ...] = (),
) -> MoveRule:
    return MoveRule(frozenset(sources), target, frozenset(roles), own_office, writer, system, frozenset(redo_roles))


CENTRE: Final = (Role.CLERK, Role.MANAGER)
BEFORE_OFFICE: Final = {S.TO_DISPATCH, S.TO_SIGN, S.RETURNED}

TABLE: Final[dict[Move, MoveRule]] = {
    Move.DISPATCH: _rule({S.TO_DISPATCH}, S.TO_SIGN, *CENTRE, system=True),
    Move.SPLIT: _rule({S.TO_DISPATCH}, S.TO_SIGN, *CENTRE, system=True),
    Move.REFUSE: _rule({S.TO_DISPATCH, S.RETURNED}, S.CANCELLED, *CENTRE),
    Move.SIGN_FOR: _rule({S.TO_SIGN}, S.IN_PROGRESS, Role.HANDLER, Role.DISCIPLINE, own_office=True),
    Move.RETURN: _rule({S.TO_SIGN, S.IN_PROGRESS}, S.RETURNED, Role.HANDLER, own_office=True),
    Move.RULE: _rule({S.RETURNED}, S.TO_SIGN, *CENTRE),
    Move.ASK_PAPERS: _rule({S.IN_PROGRESS}, S.WAITING, Role.HANDLER, Role.DISCIPLINE, own_office=True),
    Move.SUPPLY_PAPERS: _rule({S.WAITING}, S.IN_PROGRESS, Role.CLERK, writer=True),
    Move.ASK_EXTENSION: _rule({S.IN_PROGRESS}, None, Role.HANDLER, own_office=True),
    Move.DECIDE_EXTENSION: _rule(set(OPEN_STATES), None, *CENTRE),
    Move.MARK_COMPLEX: _rule(set(OPEN_STATES), None, *CENTRE),
    Move.SUBMIT: _rule({S.IN_PROGRESS}, S.IN_REVIEW, Role.HANDLER, Role.DISCIPLINE, own_office=True),
    Move.SEND_BACK: _rule(
        {S.IN_REVIEW, S.TO_SIGN_OFF}, S.IN_PROGRESS, Role.REVIEWER, Role.SIGNER, Role.DISCIPLINE, own_office=True
    ),
    Move.APPROVE: _rule({S.IN_REVIEW}, S.TO_SIGN_OFF, Role.REVIEWER, Role.DISCIPLINE, own_office=True),
    Move.SIGN_OFF: _rule(
        {S.TO_SIGN_OFF},
        S.ANSWERED,
        Role.SIGNER,
        Role.DISCIPLINE,
        own_office=True,
        redo_roles=(Role.MANAGER,),
    ),
    Move.RATE: _rule({S.ANSWERED}, S.CLOSED, Role.CALLER, writer=True),
    Move.CLOSE: _rule({S.ANSWERED}, S.CLOSED, system=True),
    Move.WITHDRAW: _rule(set(OPEN_STATES), S.CANCELLED, writer=True),
    Move.REMIND: _rule(set(OPEN_STATES), None, *CENTRE, writer=True),
    Move.UNSEAL: _rule({S.TO_SIGN, S.IN_PROGRESS}, S.TO_DISPATCH, Role.DISCIPLINE, own_office=True),
}


def target_of(order: WorkOrder, move: Move, actor: Actor, writer_id: str) -> OrderState:
    """Return the state that the move leads to.

    Raises ``IllegalMoveError`` with ``moves.state`` when the present state does not allow it, and with ``moves.actor``
    when the state would but the actor may not.
    """
    rule = TABLE[move]
    if order.state not in rule.sources:
        raise IllegalMoveError("moves.state", move=move, state=order.state)
    if not _may(rule, order, actor, writer_id):
        raise IllegalMoveError("moves.actor", move=move, state=order.state)
    return rule.target or order.state


def open_moves(order: WorkOrder, actor: Actor, writer_id: str) -> tuple[Move, ...]:
    """Return the moves that the actor can make now, in the order of the table: what a page shows as buttons."""
    return tuple(
        move for move, rule in TABLE.items() if order.state in rule.sources and _may(rule, order, actor, writer_id)
    )


def _may(rule: MoveRule, order: WorkOrder, actor: Actor, writer_id: str) -> bool:
    if actor.id == SYSTEM.id:
        return rule.system
    if actor.id == writer_id:
        return rule.writer
    if order.sealed and not actor.is_a(Role.DISCIPLINE):
        return False
    if order.redo is not None and actor.is_a(*rule.redo_roles):
        return True
    if rule.own_office and actor.office_id != order.office_id:
        return False
    return actor.is_a(*rule.roles)
