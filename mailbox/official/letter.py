"""What arrives (成文): the one mail that every box gets, from the notice as it was approved. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.mailbox.mail.compose import Letter
from minxin.mailbox.mail.records import Person
from minxin.mailbox.official.records import NoticeRun, OfficialNotice
from minxin.mailbox.sentences import sentence

# Every box has the same bytes, so they are in the administration's own language, whatever their reader chose.
LANGUAGE: Final = "zh"


class Sender(Struct, frozen=True):
    """Who sends: the office by its name and the address of its shared box; at ``nobody`` nobody reads what comes."""

    office: Person
    nobody: Person


def number_of(notice: OfficialNotice, run: NoticeRun | None) -> str:
    """Return the number that readers see: the office's own, else ours; before the approval none of ours is known."""
    return notice.document or (run.number if run is not None else sentence("official.number.later", LANGUAGE))


def letter_of(
    notice: OfficialNotice, run: NoticeRun | None, sender: Sender, at: datetime, files: Sequence[tuple[str, str, bytes]]
) -> Letter:
    """Return the mail; it says in its last lines which office wrote, under which number, and whether one may answer.

    It is from the office's own address. No program answers it (RFC 3834 section 2), and a person's answer goes to the
    shared box, or is refused when no answers are wished.
    """
    name = hashlib.sha256(notice.id.encode()).hexdigest()[:32]
    foot = "official.foot" if notice.replies else "official.foot.silent"
    told = sentence(foot, LANGUAGE, office=sender.office.name, number=number_of(notice, run))
    return Letter(
        sender=sender.office,
        to=(),
        reply_to=() if notice.replies else (sender.nobody,),
        subject=notice.subject,
        text=f"{notice.text}\n\n{told}\n",
        at=at,
        message_id=f"<{name}.official@{sender.office.address.rpartition('@')[2]}>",
        files=files,
        automatic=True,
    )


def box_key(notice_id: str) -> str:
    """Return the occasion under which the notice lies in each box."""
    return f"official:{notice_id}"
