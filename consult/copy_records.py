"""Parts of a public copy (公开件): what waits for a second person, and what was published before."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class ProposedCopy(Struct, frozen=True):
    """The words that one person proposed to publish."""

    subject: str
    text: str
    answer: str
    proposed_at: datetime
    proposed_by: str


class EarlierAnswer(Struct, frozen=True):
    """An answer that was published before a thing was done again, and when."""

    answer: str
    published_at: datetime
