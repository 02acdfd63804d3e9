"""The city's figures as Prometheus reads them: by office, state and kind of work, and nobody in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from prometheus_client import Metric

from minxin.consult.loads import OfficeLoad
from minxin.consult.records import OrderState
from minxin.core.clock import FixedClock
from minxin.core.errors import UnavailableError
from minxin.core.health import Condition, Health
from minxin.core.store import Queue
from minxin.deploy.figures import CityFigures, conditions, loads, outgoing, queues
from minxin.deploy.waiting import Wait, Waiting
from minxin.mailbox.outgoing.ports import QueueFigures
from minxin.mailbox.outgoing.records import OutgoingState
from minxin.store.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def values(found: Sequence[Metric]) -> dict[tuple[str, ...], float]:
    return {(one.name, *one.labels.values()): one.value for family in found for one in family.samples}


def test_overdue_and_due_today_are_added_up_by_office() -> None:
    found = values(
        loads(
            [
                OfficeLoad("lamps", OrderState.TO_SIGN, 3, 1, 0),
                OfficeLoad("lamps", OrderState.IN_PROGRESS, 4, 1, 2),
                OfficeLoad(None, OrderState.TO_DISPATCH, 5, 0, 1),
            ]
        )
    )
    assert found["minxin_orders_open", "lamps", "in_progress"] == 4
    assert found["minxin_orders_open", "none", "to_dispatch"] == 5
    assert found["minxin_orders_overdue", "lamps"] == 2
    assert found["minxin_orders_due_today", "lamps"] == 2
    assert found["minxin_orders_overdue", "none"] == 0


def test_work_is_told_by_queue_and_kind() -> None:
    late = Wait(Queue.JOBS, "judge", 7, 0, timedelta(minutes=1))
    found = values(queues([late, Wait(Queue.OUTBOX, "sms", 1, 2, timedelta())]))
    assert found["minxin_queue_waiting", "jobs", "judge"] == 7
    assert found["minxin_queue_age_seconds", "jobs", "judge"] == 60
    assert found["minxin_queue_age_seconds", "outbox", "sms"] == 0
    assert found["minxin_queue_quarantined", "outbox", "sms"] == 2


def test_mail_to_others_has_the_age_of_its_oldest() -> None:
    found = values(outgoing(QueueFigures({OutgoingState.WAITING: 2}, NOW - timedelta(hours=1)), NOW))
    assert found["minxin_outgoing_mail", "waiting"] == 2
    assert found["minxin_outgoing_mail_age_seconds",] == 3600


def test_conditions_are_numbers() -> None:
    parts = {"store": Condition.FAILED, "disk": Condition.OK, "judge": Condition.DEGRADED}
    assert sorted(values([conditions(Health(parts))]).values()) == [0, 1, 2]


async def test_a_store_that_is_away_has_no_figures_and_no_error() -> None:
    class Away:
        async def office_loads(self, now: datetime, day_ends: datetime) -> list[OfficeLoad]:
            raise UnavailableError

    away, clock = cast("SqliteStore", Away()), FixedClock(NOW)
    assert await CityFigures(away, Waiting(away, clock), clock).read() == ()
