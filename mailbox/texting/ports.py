"""What short messages need from others: a gateway to a provider, and what the store keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.core.paging import Page, PageRequest
from minxin.core.store import Store
from minxin.mailbox.sms import ShortMessage
from minxin.mailbox.texting.records import DeliveryState, LastNotice, SmsDelivery


class DeliveryReport(Struct, frozen=True):
    """What a provider says became of the message that it gave the ``reference``; ``reason`` is its code."""

    reference: str
    delivered: bool
    reason: str = ""


class SmsGateway(Protocol):
    """Sends short messages (短信网关)."""

    async def send(self, phone: str, message: ShortMessage, key: str) -> str:
        """Hand the message to the provider and return its reference, empty when it gives none.

        At most once for each key where the provider knows keys. Raises ``UnavailableError`` to be tried again,
        ``SmsRefusedError`` for what will never be sent.
        """
        ...

    async def reports(self) -> Sequence[DeliveryReport]:
        """Return the delivery reports (状态报告) that came since the last call; raises ``UnavailableError``."""
        ...


class TextingReads(Protocol):
    """Finds what became of short messages."""

    async def sms_by_reference(self, reference: str) -> SmsDelivery | None:
        """Return the delivery that the provider gave this reference, the last one of several."""
        ...

    async def sms_deliveries(self, state: DeliveryState, page: PageRequest) -> Page[SmsDelivery]:
        """Return the deliveries in the state, newest first."""
        ...

    async def sms_counts(self) -> dict[DeliveryState, int]:
        """Return how many deliveries are in each state; one without any may be missing."""
        ...

    async def expired_sms(self, now: datetime, limit: int) -> list[SmsDelivery | LastNotice]: ...


class TextingStore(Store, TextingReads, Protocol):
    """The store as short messages see it."""
