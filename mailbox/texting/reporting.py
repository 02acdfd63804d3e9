"""Delivery reports (状态报告): what the provider says became of what it took."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError
from minxin.mailbox.texting.ports import DeliveryReport, SmsGateway, TextingStore
from minxin.mailbox.texting.records import DeliveryState

TRIES: Final = 3
UNCLAIMED_MOST: Final = 10_000
UNCLAIMED_FOR: Final = timedelta(minutes=10)


class SmsReports:
    """Collects reports and keeps them with what was sent.

    A report may overtake the commit of the sending: one that names nothing known is kept for a while.
    """

    def __init__(self, store: TextingStore, clock: Clock, gateway: SmsGateway) -> None:
        self._store = store
        self._clock = clock
        self._gateway = gateway
        self._unclaimed: dict[str, DeliveryReport] = {}
        self._waiting_since = clock.now()

    async def collect(self) -> None:
        """Take what came since the last time; raises ``UnavailableError`` when the provider does not answer."""
        came = {report.reference: report for report in await self._gateway.reports() if report.reference}
        waiting = self._unclaimed | came
        self._unclaimed = {}
        now = self._clock.now()
        for reference, report in waiting.items():
            if not await self._keep(report) and len(self._unclaimed) < UNCLAIMED_MOST:
                self._unclaimed[reference] = report
        if came or not self._unclaimed:
            self._waiting_since = now
        elif now - self._waiting_since > UNCLAIMED_FOR:
            self._unclaimed = {}

    async def _keep(self, report: DeliveryReport) -> bool:
        for _ in range(TRIES):
            delivery = await self._store.sms_by_reference(report.reference)
            if delivery is None:
                return False
            if delivery.state is not DeliveryState.SENT:
                return True
            state = DeliveryState.DELIVERED if report.delivered else DeliveryState.FAILED
            payload = {} if report.delivered else delivery.payload
            told = replace(delivery, state=state, reason=report.reason, at=self._clock.now(), payload=payload)
            try:
                await self._store.commit(Changes(puts=[told]))
            except ConflictError:
                continue
            return True
        return True
