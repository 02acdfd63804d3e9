"""A person's mail comes into a box (收信): which folder it goes to, and what follows from that. Pure.

Every mail of a person goes this one way, from outside and from another box of the house alike; notices of the house
itself do not (``house.py``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.core.changes import Changes, Job
from minxin.mailbox.authenticity.proof import FAILED, IMITATES, VERIFIED_OFFICE
from minxin.mailbox.mail.delivery import Incoming, MailFields, Packed, deliver_mail
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import Box, FolderRole, MailText
from minxin.mailbox.mail.settings import BoxSettings, is_blocked
from minxin.mailbox.outgoing.records import report_job
from minxin.mailbox.spam.lessons import Taught, word_on

VACATION_JOB: Final = "mail.vacation"


class Arrived(Struct, frozen=True, kw_only=True):
    """A person's mail that arrived for one box.

    ``item_id`` is made of the mail and the box (``delivery.item_id``), so that a resend is refused as
    ``DuplicateError``. ``most`` is how many bytes the box may hold. ``sender`` is the address that the mail says it is
    from, in lower case. ``junk`` says that it is taken for spam, ``automatic`` that no program may answer it (RFC 3834
    section 2), ``report`` that another server tells what became of a mail. ``text`` is what it says when that is known,
    else a job reads it. ``proof``, ``spam`` and ``why`` are as in ``MailItem``.
    """

    item_id: str
    packed: Packed
    fields: MailFields
    thread_id: str
    most: int
    sender: str
    proof: str = ""
    spam: float = 0.0
    why: tuple[str, ...] = ()
    junk: bool = False
    automatic: bool = False
    report: bool = False
    text: MailText | None = None


def receive_mail(
    box: Box, settings: BoxSettings | None, mail: Arrived, now: datetime, notice: Changes | None = None
) -> Changes:
    """Put the mail into the inbox, or into the junk folder (垃圾邮件).

    There goes what is taken for spam, and whose sender is blocked or was called junk. A sender who was called wanted is
    believed, but nobody who only bears his address. From the inbox follow the ``notice`` that tells the owner who wrote
    (``arrival_notices.py``), and the vacation notice when one is set. Committing raises ``QuotaError`` when the box is
    full, ``DuplicateError`` when the mail is there already.
    """
    junk = _is_junk(settings, mail)
    role = FolderRole.JUNK if junk else FolderRole.INBOX
    changes = deliver_mail(
        box.id,
        Incoming(
            item_id=mail.item_id,
            folder_id=role_folder(box.id, role),
            packed=mail.packed,
            fields=mail.fields,
            received_at=now,
            thread_id=mail.thread_id,
            most=mail.most,
            text=mail.text,
            proof=mail.proof,
            spam=mail.spam,
            why=mail.why,
        ),
    )
    if mail.report:
        changes += Changes(jobs=[report_job(mail.item_id)])
    if junk:
        return changes
    if notice is not None:
        changes += notice
    if settings is not None and settings.vacation is not None and not mail.automatic:
        changes += Changes(jobs=[Job(VACATION_JOB, mail.item_id, {"item_id": mail.item_id})])
    return changes


def _is_junk(settings: BoxSettings | None, mail: Arrived) -> bool:
    if is_blocked(settings, mail.sender):
        return True
    word = word_on(settings, mail.sender)
    if word is Taught.WANTED and mail.proof not in (FAILED, IMITATES):
        return False
    return mail.junk or (word is Taught.JUNK and mail.proof != VERIFIED_OFFICE)
