"""The records of short messages: what became of each, and when somebody was last told of a sender."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from minxin.core.changes import Record


class DeliveryState(StrEnum):
    """What became of a short message after it left the outbox."""

    SENT = "sent"  # 已提交运营商
    DELIVERED = "delivered"  # 已送达
    FAILED = "failed"  # 失败
    REPEATED = "repeated"  # 已重发, a failed one that was put into the outbox again


class SmsDelivery(Record, frozen=True, kw_only=True):
    """What became of the outbox entry with the ``key`` in the channel ``lane``; its id is made from both.

    ``payload`` is the entry's own, with its words sealed: kept until it was delivered, so that it can be sent again. A
    message that is worth nothing later, such as a code, leaves none. ``reference`` is the provider's name of it,
    ``reason`` the provider's code or one of ours, never words.
    """

    lane: str
    key: str
    state: DeliveryState
    at: datetime
    expires_at: datetime
    reference: str = ""
    reason: str = ""
    payload: dict[str, Any] = {}  # noqa: RUF012 - msgspec copies it for each record


class LastNotice(Record, frozen=True, kw_only=True):
    """When somebody was last told that a sender wrote, and by which outbox entry; the id is a blind index of both."""

    key: str
    at: datetime
    expires_at: datetime
