"""How the parts are, from what was found of them: what keeps letters out, what only makes them late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from minxin.consult.search.records import Backlog, IndexState
from minxin.consult.search.service import SearchHealth
from minxin.core.health import Condition, Health
from minxin.core.store import Queue
from minxin.deploy.health import INDEX_LATE, LATE, MIB, disk_is, index_is, queues_are
from minxin.deploy.waiting import Wait

GIB = 1024 * MIB


def wait(late: timedelta = timedelta(), quarantined: int = 0) -> Wait:
    return Wait(Queue.JOBS, "judge", 1, quarantined, late)


@pytest.mark.parametrize(
    ("free", "size", "found"),
    [
        (50 * GIB, 100 * GIB, Condition.OK),
        (900 * MIB, 100 * GIB, Condition.DEGRADED),
        (63 * MIB, 100 * GIB, Condition.FAILED),
        (2 * MIB, 8 * MIB, Condition.OK),
        (0, 8 * MIB, Condition.FAILED),
    ],
)
def test_room_on_a_disk_is_judged_by_bytes_and_by_its_size(free: int, size: int, found: Condition) -> None:
    assert disk_is(free, size) is found


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        ([], Condition.OK),
        ([wait(), wait(timedelta(minutes=5))], Condition.OK),
        ([wait(LATE + timedelta(seconds=1))], Condition.DEGRADED),
        ([wait(quarantined=1)], Condition.DEGRADED),
    ],
)
def test_work_that_waits_long_or_for_a_person_is_a_degraded_queue(found: list[Wait], condition: Condition) -> None:
    assert queues_are(found) is condition


@pytest.mark.parametrize(
    ("index", "lag", "condition"),
    [
        (IndexState("letters"), timedelta(seconds=20), Condition.OK),
        (IndexState("letters"), INDEX_LATE, Condition.DEGRADED),
        (IndexState(""), timedelta(), Condition.DEGRADED),
        (None, timedelta(), Condition.DEGRADED),
    ],
    ids=["answers", "late", "not made yet", "away"],
)
def test_an_index_that_is_away_or_late_is_degraded(
    index: IndexState | None, lag: timedelta, condition: Condition
) -> None:
    assert index_is(SearchHealth(index, Backlog(), lag, None)) is condition


@pytest.mark.parametrize(
    ("parts", "status", "takes"),
    [
        ((Condition.OK, Condition.OK), "ready", True),
        ((Condition.OK, Condition.DEGRADED), "degraded", True),
        ((Condition.FAILED, Condition.DEGRADED), "unready", False),
    ],
)
def test_letters_are_taken_unless_a_part_failed(parts: tuple[Condition, ...], status: str, takes: bool) -> None:
    health = Health(dict(zip("ab", parts, strict=True)))
    assert (health.status, health.takes_letters) == (status, takes)
