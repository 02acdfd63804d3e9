from __future__ import annotations

import pytest

from minxin.core.errors import InvalidInputError
from minxin.mailbox.meetings.records import StaffGroup
from minxin.mailbox.meetings.tree import check_no_circle, holders_of, members_of, reached


def group(name: str, *members: str, holds: tuple[str, ...] = ()) -> StaffGroup:
    return StaffGroup(id=name, office_id="o", name=name, members=members, subgroups=holds)


GROUPS = {
    one.id: one
    for one in (
        group("all", "chief", holds=("roads", "parks", "gone")),
        group("roads", "li", "wang"),
        group("parks", "wang", "zhao", holds=("trees",)),
        group("trees", "qian"),
    )
}


def test_group_reaches_everybody_in_its_groups_once() -> None:
    assert members_of(GROUPS, ["all"]) == ["chief", "li", "qian", "wang", "zhao"]
    assert members_of(GROUPS, ["roads", "parks"]) == ["li", "qian", "wang", "zhao"]
    assert members_of(GROUPS, ["gone"]) == []


@pytest.mark.parametrize(("changed", "holds"), [("trees", ["trees"]), ("trees", ["parks"]), ("trees", ["all"])])
def test_group_can_not_hold_itself_at_any_depth(changed: str, holds: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_no_circle(GROUPS, changed, holds)
    assert (caught.value.reason, caught.value.field) == ("groups.circle", "subgroups")


def test_two_groups_may_hold_the_same_one() -> None:
    check_no_circle(GROUPS, "roads", ["trees"])


def test_circle_that_was_stored_all_the_same_ends() -> None:
    bad = {"a": group("a", "x", holds=("b",)), "b": group("b", "y", holds=("a",))}
    assert reached(bad, ["a"]) == {"a", "b"}
    assert members_of(bad, ["a"]) == ["x", "y"]


def test_holders_are_those_that_hold_it_directly() -> None:
    assert [one.id for one in holders_of(list(GROUPS.values()), "trees")] == ["parks"]
