"""The table of moves of official mail: what leads from one state to another, and who may do it.

The one door: every page and operation asks here, and shows as buttons what is allowed. Nobody approves what he wrote
(双人审批), whoever answers for it may stop it, and so may an administrator.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.core.actor import Actor, Role
from minxin.core.errors import IllegalMoveError, NotFoundError
from minxin.mailbox.meetings.groups import ROLES
from minxin.mailbox.official.records import NoticeState, OfficialNotice

S = NoticeState
DECIDING: Final = (Role.REVIEWER, Role.SIGNER)
SEEING: Final = (*ROLES, Role.ADMINISTRATOR)


class Who(StrEnum):
    """What somebody is to a notice."""

    AUTHOR = "author"
    SECOND = "second"  # 审批人: of the same office, a reviewer or signer, not the author
    APPROVER = "approver"  # who approved it
    ADMINISTRATOR = "administrator"


class NoticeMove(StrEnum):
    """Everything that can be done to a notice."""

    WRITE = "write"  # 修改
    SUBMIT = "submit"  # 送审
    TAKE_BACK = "take_back"  # 撤回修改
    APPROVE = "approve"  # 批准发送
    REFUSE = "refuse"  # 不批准
    STOP = "stop"  # 停发
    GO_ON = "go_on"  # 继续发送
    DROP = "drop"  # 删除草稿


class MoveRule(Struct, frozen=True):
    """From which states, to which, and by whom."""

    sources: frozenset[NoticeState]
    target: NoticeState
    who: frozenset[Who]


def _rule(sources: set[NoticeState], target: NoticeState, *who: Who) -> MoveRule:
    return MoveRule(frozenset(sources), target, frozenset(who))


_STOPPERS: Final = (Who.AUTHOR, Who.SECOND, Who.APPROVER, Who.ADMINISTRATOR)
TABLE: Final[dict[NoticeMove, MoveRule]] = {
    NoticeMove.WRITE: _rule({S.DRAFT, S.REFUSED}, S.DRAFT, Who.AUTHOR),
    NoticeMove.SUBMIT: _rule({S.DRAFT}, S.WAITING, Who.AUTHOR),
    NoticeMove.TAKE_BACK: _rule({S.WAITING}, S.DRAFT, Who.AUTHOR),
    NoticeMove.APPROVE: _rule({S.WAITING}, S.APPROVED, Who.SECOND),
    NoticeMove.REFUSE: _rule({S.WAITING}, S.REFUSED, Who.SECOND),
    NoticeMove.STOP: _rule({S.APPROVED, S.SENDING}, S.STOPPED, *_STOPPERS),
    # Whoever may not approve may not undo a stop either.
    NoticeMove.GO_ON: _rule({S.STOPPED}, S.SENDING, Who.SECOND, Who.APPROVER),
    NoticeMove.DROP: _rule({S.DRAFT, S.REFUSED}, S.DRAFT, Who.AUTHOR),
}


def may_see(actor: Actor, notice: OfficialNotice) -> bool:
    """Say whether the notice is the actor's office's, or he is an administrator, who may have to stop it."""
    return _of_office(actor, notice) or actor.is_a(Role.ADMINISTRATOR)


def allowed(actor: Actor, notice: OfficialNotice) -> tuple[NoticeMove, ...]:
    """Return what the actor may do to the notice as it stands, in the order of the table."""
    return tuple(move for move in NoticeMove if _fits(actor, notice, TABLE[move]))


def need(actor: Actor, notice: OfficialNotice, move: NoticeMove) -> NoticeState:
    """Return the state that the move leads to.

    Raises ``NotFoundError`` for who may not see the notice, ``IllegalMoveError`` with ``official.state`` when the state
    does not allow it, ``official.own`` for an author who would decide on his own words, else ``official.actor``.
    """
    if not may_see(actor, notice):
        raise NotFoundError
    rule = TABLE[move]
    if notice.state not in rule.sources:
        raise IllegalMoveError("official.state")
    if not _fits(actor, notice, rule):
        own = rule.who == {Who.SECOND} and actor.id == notice.author_id
        raise IllegalMoveError("official.own" if own else "official.actor")
    return rule.target


def roles_in(actor: Actor, notice: OfficialNotice) -> frozenset[Who]:
    """Return what the actor is to the notice; nothing for who is in another office by now."""
    found = set[Who]()
    if actor.is_a(Role.ADMINISTRATOR):
        found.add(Who.ADMINISTRATOR)
    if not _of_office(actor, notice):
        return frozenset(found)
    if actor.id == notice.author_id:
        found.add(Who.AUTHOR)
    elif actor.is_a(*DECIDING):
        found.add(Who.SECOND)
    if actor.id == notice.decided_by:
        found.add(Who.APPROVER)
    return frozenset(found)


def _fits(actor: Actor, notice: OfficialNotice, rule: MoveRule) -> bool:
    return notice.state in rule.sources and not rule.who.isdisjoint(roles_in(actor, notice))


def _of_office(actor: Actor, notice: OfficialNotice) -> bool:
    return actor.is_a(*ROLES) and actor.office_id == notice.office_id
