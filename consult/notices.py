"""What a writer is told, step by step (告知): one outbox entry for each, delivered by mailbox message and SMS.

The entry names the letter, the step and who acted; the words are put in when it is delivered, in the reader's language,
from ``consult/notices.json``. An SMS says who wrote and when, and nothing of the content: the post words it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from minxin.consult.records import Letter, Share, WorkOrder
from minxin.core.changes import OutboxEntry
from minxin.core.clock import SHANGHAI

CHANNEL = "notice"


class Notice(StrEnum):
    """The steps that a writer is told of."""

    RECEIVED = "received"
    ROUTED = "routed"
    SIGNED_FOR = "signed_for"
    RETURNED = "returned"
    MOVED = "moved"
    PAPERS_ASKED = "papers_asked"
    PAPERS_SUPPLIED = "papers_supplied"
    EXTENDED = "extended"
    REDATED = "redated"
    COMPLEX = "complex"
    ANSWERED = "answered"
    REDONE = "redone"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class NoticeText(Struct, frozen=True):
    """One notice in one language.

    ``sms`` names the template of the short message, empty when the step is told in the mailbox only.
    """

    subject: str
    text: str
    sms: str = ""


_decoder = msgspec.json.Decoder(dict[Notice, dict[str, NoticeText]])


def notice(
    letter: Letter,
    step: Notice,
    at: datetime,
    *,
    order: WorkOrder | None,
    office_id: str | None,
    data: dict[str, Any],
) -> OutboxEntry:
    """Return the outbox entry that tells the writer of the step.

    The same step of the same work order at the same instant is told once.
    """
    payload = {
        "letter_id": letter.id,
        "writer_id": letter.writer_id,
        "step": step.value,
        "at": at.isoformat(),
        "office_id": office_id,
        "order_id": order.id if order else None,
        "data": data,
    }
    about = order.number if order and order.share is not Share.WHOLE else letter.id
    return OutboxEntry(CHANNEL, f"{about}:{step}:{int(at.timestamp())}", payload)


def render(step: Notice, language: str, at: datetime, **words: object) -> NoticeText:
    """Return the notice's words: every ``{name}`` of the template is among ``words``; ``time`` is filled in here."""
    template = _templates()[step][language if language in ("zh", "en") else "zh"]
    words["time"] = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return NoticeText(template.subject.format(**words), template.text.format(**words), template.sms)


@cache
def _templates() -> dict[Notice, dict[str, NoticeText]]:
    path = Path(__file__).with_name("notices.json")
    return _decoder.decode(path.read_bytes())
