"""Whom a box on vacation has answered (已自动回复的人): so that nobody is answered twice within some days."""

from __future__ import annotations

import hashlib
from datetime import datetime

from minxin.core.changes import Record


class VacationAnswer(Record, frozen=True, kw_only=True):
    """The box answered a sender, and does not again before ``expires_at``; the id says both, without the address."""

    box_id: str
    expires_at: datetime


def answer_id(box_id: str, sender: str) -> str:
    """Return the id under which it is kept that the box answered this address."""
    return hashlib.sha256(f"vacation\0{box_id}\0{sender.strip().lower()}".encode("utf-8", "surrogatepass")).hexdigest()
