"""Alarms (预警): what managers are told of by SMS beside the page that shows it: of what kind, never of what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from minxin.core.changes import OutboxEntry

CHANNEL: Final = "alarm"


class AlarmKind(StrEnum):
    """What went off; ``messages.json`` of the mailbox names it under ``alarm.<kind>``."""

    HOT_ISSUE = "hot_issue"  # 热点问题
    PRECISION = "precision"  # 自动转办准确率
    QUARANTINE = "quarantine"  # 隔离任务


def alarm(kind: AlarmKind, occasion: str, at: datetime) -> OutboxEntry:
    """Return the word out about one occasion, such as an issue's id; the same occasion at the same instant is one."""
    key = f"{kind}:{occasion}:{int(at.timestamp())}"
    return OutboxEntry(CHANNEL, key, {"kind": kind.value, "at": at.isoformat()})
