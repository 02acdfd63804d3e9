"""Groups within groups (通讯组与子组): pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from minxin.core.errors import InvalidInputError
from minxin.mailbox.meetings.records import StaffGroup


def check_no_circle(groups: Mapping[str, StaffGroup], group_id: str, subgroups: Iterable[str]) -> None:
    """Raise ``InvalidInputError("groups.circle")`` when the group would hold itself, at whatever depth."""
    if group_id in reached(groups, subgroups):
        raise InvalidInputError("groups.circle", field="subgroups")


def reached(groups: Mapping[str, StaffGroup], start: Iterable[str]) -> set[str]:
    """Return these groups and all that they hold; one that is not there any more is left out."""
    seen = set[str]()
    waiting = [one for one in start if one in groups]
    while waiting:
        group_id = waiting.pop()
        if group_id not in seen:
            seen.add(group_id)
            waiting += [one for one in groups[group_id].subgroups if one in groups]
    return seen


def members_of(groups: Mapping[str, StaffGroup], chosen: Iterable[str]) -> list[str]:
    """Return everybody in these groups and what they hold, each once, in an order that does not change."""
    found = {member for group_id in reached(groups, chosen) for member in groups[group_id].members}
    return sorted(found)


def holders_of(groups: Collection[StaffGroup], group_id: str) -> list[StaffGroup]:
    """Return the groups that hold this one directly."""
    return [group for group in groups if group_id in group.subgroups]
