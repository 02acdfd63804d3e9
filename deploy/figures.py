"""Figures of the whole city for Prometheus (监控指标), read from the store when they are asked for.

Every process that is asked gives the same of these, so a dashboard takes their maximum and never their sum. What one
process counts about itself is in ``core/meters.py``. Sealed letters are in none of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, TypeVar

from prometheus_client.core import GaugeMetricFamily

from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.loads import OfficeLoad
from minxin.consult.search.service import SearchHealth
from minxin.core.clock import Clock
from minxin.core.errors import MinxinError
from minxin.core.fresh import Fresh
from minxin.core.health import Condition, Health
from minxin.deploy.health import IndexWatch
from minxin.deploy.waiting import Wait, Waiting
from minxin.mailbox.outgoing.ports import QueueFigures
from minxin.mailbox.texting.records import DeliveryState

FRESH: Final = timedelta(seconds=10)
_Label = TypeVar("_Label", bound=str)
_CONDITIONS: Final = {Condition.OK: 0, Condition.DEGRADED: 1, Condition.FAILED: 2}


class FigureReads(Protocol):
    """The named queries behind the figures."""

    async def office_loads(self, now: datetime, day_ends: datetime) -> list[OfficeLoad]: ...

    async def outgoing_figures(self) -> QueueFigures: ...

    async def sms_counts(self) -> dict[DeliveryState, int]: ...

    async def count_sessions(self, now: datetime) -> int: ...


class CityFigures:
    """Reads the figures, at most once in :data:`FRESH` however many ask; ``index`` in a process that searches."""

    def __init__(self, store: FigureReads, waiting: Waiting, clock: Clock, index: IndexWatch | None = None) -> None:
        self._store = store
        self._waiting = waiting
        self._clock = clock
        self._index = index
        self._kept: Fresh[list[GaugeMetricFamily]] = Fresh(FRESH)

    async def read(self) -> Sequence[GaugeMetricFamily]:
        """Return the figures; none while the store does not answer, which :func:`conditions` tells."""
        try:
            return await self._kept.get("figures", self._read)
        except MinxinError:
            return ()

    async def _read(self) -> list[GaugeMetricFamily]:
        now = self._clock.now()
        day_ends = day_begins(local_day(now) + timedelta(days=1))
        return [
            *loads(await self._store.office_loads(now, day_ends)),
            *queues(await self._waiting.look()),
            *outgoing(await self._store.outgoing_figures(), now),
            *await self._of_index(),
            _gauge("minxin_sms", "Short messages by what became of them", "state", await self._store.sms_counts()),
            GaugeMetricFamily(
                "minxin_sessions", "Log-ins that have not expired", value=await self._store.count_sessions(now)
            ),
        ]

    async def _of_index(self) -> list[GaugeMetricFamily]:
        try:
            return index(await self._index.look()) if self._index is not None else []
        except TimeoutError:
            return []


def index(found: SearchHealth) -> list[GaugeMetricFamily]:
    """Return how far the index of letters is behind, and while it answers how large it is."""
    told = [
        GaugeMetricFamily("minxin_index_waiting", "Letters that wait to be indexed", value=found.behind.waiting),
        GaugeMetricFamily("minxin_index_age_seconds", "Since when the oldest waits", value=found.lag.total_seconds()),
    ]
    if found.index is not None:
        told += [
            GaugeMetricFamily("minxin_index_entries", "Entries of the index", value=found.index.entries),
            GaugeMetricFamily("minxin_index_size_bytes", "Size of the index", value=found.index.size_bytes),
        ]
    return told


def loads(found: Iterable[OfficeLoad]) -> list[GaugeMetricFamily]:
    """Return the open work orders by office and state, and by office those over their limit or due today."""
    open_now = GaugeMetricFamily("minxin_orders_open", "Open work orders", labels=("office", "state"))
    overdue: dict[str, int] = {}
    today: dict[str, int] = {}
    for load in found:
        office = load.office_id or "none"
        open_now.add_metric((office, load.state.value), load.count)
        overdue[office] = overdue.get(office, 0) + load.overdue
        today[office] = today.get(office, 0) + load.due_today
    return [
        open_now,
        _gauge("minxin_orders_overdue", "Open work orders over the limit that runs", "office", overdue),
        _gauge("minxin_orders_due_today", "Open work orders whose limit ends today", "office", today),
    ]


def queues(found: Iterable[Wait]) -> list[GaugeMetricFamily]:
    """Return what waits in the queues and for how long it is late."""
    labels = ("queue", "kind")
    waiting = GaugeMetricFamily("minxin_queue_waiting", "Work that waits or is in hand", labels=labels)
    age = GaugeMetricFamily("minxin_queue_age_seconds", "For how long the oldest due work waits", labels=labels)
    failed = GaugeMetricFamily("minxin_queue_quarantined", "Work that failed for good", labels=labels)
    for one in found:
        names = (one.queue.value, one.kind)
        waiting.add_metric(names, one.waiting)
        age.add_metric(names, one.late.total_seconds())
        failed.add_metric(names, one.quarantined)
    return [waiting, age, failed]


def outgoing(found: QueueFigures, now: datetime) -> list[GaugeMetricFamily]:
    """Return the mail to other servers by state, and for how long the oldest waits."""
    age = (now - found.oldest).total_seconds() if found.oldest else 0.0
    return [
        _gauge("minxin_outgoing_mail", "Mail to other servers by state", "state", found.counts),
        GaugeMetricFamily("minxin_outgoing_mail_age_seconds", "Since when the oldest mail waits", value=max(0.0, age)),
    ]


def conditions(health: Health) -> GaugeMetricFamily:
    """Return how the parts are: 0 works, 1 degraded, 2 letters can't be taken."""
    found = {part: _CONDITIONS[condition] for part, condition in health.parts.items()}
    return _gauge("minxin_part_condition", "0 works, 1 degraded, 2 letters can't be taken", "part", found)


def disk(data: Path) -> list[GaugeMetricFamily]:
    """Return the room on the disk of the data folder; nothing when it can't be asked."""
    try:
        usage = shutil.disk_usage(data)
    except OSError:
        return []
    return [
        GaugeMetricFamily("minxin_disk_free_bytes", "Room on the disk of the data folder", value=usage.free),
        GaugeMetricFamily("minxin_disk_size_bytes", "Size of the disk of the data folder", value=usage.total),
    ]


def _gauge(name: str, text: str, label: str, values: Mapping[_Label, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value in sorted(values):
        family.add_metric((str(value),), values[value])
    return family
