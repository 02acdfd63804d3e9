"""The table of moves, looked at as a whole: every pair of state and move, and every role."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.office import CALLER, CLERK, DISCIPLINE, HANDLER, MANAGER, SIGNER, WRITER, routed

from minxin.consult.access import may_see
from minxin.consult.moves import TABLE, Move, open_moves, target_of
from minxin.consult.records import OrderState
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.errors import IllegalMoveError

ALL_ROLES = Actor("all", frozenset(Role) - {Role.CITIZEN}, "water", "全能")


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", OrderState)
def test_move_from_a_state_outside_the_table_is_refused(state: OrderState, move: Move) -> None:
    order = replace(routed().order, state=state)
    rule = TABLE[move]
    if state in rule.sources and rule.roles:
        assert target_of(order, move, ALL_ROLES, "writer") is (rule.target or state)
    elif state not in rule.sources:
        with pytest.raises(IllegalMoveError, match=r"moves\.state"):
            target_of(order, move, ALL_ROLES, "writer")


def test_every_state_but_the_last_two_leads_somewhere() -> None:
    sources = frozenset().union(*(rule.sources for rule in TABLE.values()))
    assert frozenset(OrderState) - sources == {OrderState.CLOSED, OrderState.CANCELLED}


def test_buttons_of_a_letter_to_sign_for() -> None:
    order = routed().order
    assert open_moves(order, HANDLER, "writer") == (Move.SIGN_FOR, Move.RETURN)
    assert open_moves(order, WRITER, "writer") == (Move.WITHDRAW, Move.REMIND)
    assert open_moves(order, SIGNER, "writer") == ()
    assert open_moves(order, CLERK, "writer") == (Move.DECIDE_EXTENSION, Move.MARK_COMPLEX, Move.REMIND)


def test_nobody_but_the_discipline_desk_moves_a_sealed_letter() -> None:
    order = routed(denounces=True).order
    for actor in (CLERK, MANAGER, HANDLER, replace(HANDLER, office_id="jiwei")):
        assert open_moves(order, actor, "writer") == ()
    assert Move.SIGN_FOR in open_moves(order, DISCIPLINE, "writer")


def test_house_itself_only_dispatches_splits_up_and_closes() -> None:
    assert [move for move, rule in TABLE.items() if rule.system] == [Move.DISPATCH, Move.SPLIT, Move.CLOSE]
    with pytest.raises(IllegalMoveError, match=r"moves\.actor"):
        target_of(routed().order, Move.SIGN_FOR, SYSTEM, "writer")


def test_only_those_who_have_to_do_with_a_letter_see_it() -> None:
    case = routed()
    stranger = replace(HANDLER, office_id="roads")
    seen = [actor.id for actor in (WRITER, CLERK, MANAGER, HANDLER, SIGNER) if may_see(actor, case.letter, case.order)]
    assert seen == ["writer", "clerk", "manager", "handler", "signer"]
    for actor in (stranger, CALLER, DISCIPLINE, Actor("admin", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}))):
        assert not may_see(actor, case.letter, case.order)


def test_sealed_letter_is_seen_by_its_writer_and_the_discipline_desk_alone() -> None:
    case = routed(denounces=True)
    for actor in (CLERK, MANAGER, HANDLER, SIGNER, CALLER):
        assert not may_see(actor, case.letter, case.order)
    assert may_see(WRITER, case.letter, case.order)
    assert may_see(DISCIPLINE, case.letter, case.order)
