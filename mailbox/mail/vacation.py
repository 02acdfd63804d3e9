"""Whether a mail is answered by a box's vacation notice (自动回复): a pure decision over what its header says.

RFC 3834 and what mail loops have taught: only a person who wrote to this very box by name is answered. When in doubt
nothing is sent, since a notice that is missing hurts nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from email.message import Message
from email.policy import compat32
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import Box, BoxKind, BoxState, FolderRole, MailItem
from minxin.mailbox.mail.settings import BoxSettings, is_away, is_blocked
from minxin.mailbox.mime.address import parse_addresses
from minxin.mailbox.mime.envelope import Fields, read_envelope
from minxin.mailbox.mime.head import FIELD_MAX, HEAD_BYTES, LINES_MAX, header_block, header_fields

FRESH: Final = timedelta(days=1)  # what waited longer to be answered is old news
AUTO_MARK: Final = ".auto"  # ends the name in the Message-ID of whatever was answered by a program here
LOOK_BYTES: Final = HEAD_BYTES + 1  # one more than is looked at: so it is seen whether the header ends

_LONG: Final = frozenset({"to", "cc", "references"})
_MARKS: Final = frozenset(
    "auto-submitted content-type date from in-reply-to message-id precedence return-path x-auto-response-suppress"
    " x-loop".split()
)
# What programs write of themselves without a standard; that they are there at all is enough.
_HABITS: Final = frozenset(
    "feedback-id x-autorespond x-autoreply x-autoreply-from x-auto-reply x-cron-env x-failed-recipients x-mailing-list"
    " x-precedence x-vacation".split()
)
_BULK: Final = frozenset({"auto_reply", "auto-reply", "bulk", "junk", "list"})
# RFC 3834, 2: the names of programs, and of those who look after lists.
_PROGRAM: Final = re.compile(
    r"(?:mailer-daemon|postmaster|daemon|uucp|hostmaster|listserv|majordomo|mailman|noreply|no-reply|no_reply"
    r"|donotreply|do-not-reply|do_not_reply|auto|autoreply|auto-reply|notifications?|bounces?|owner|request"
    r"|(?:owner|bounces?|noreply|no-reply|mailer-daemon)[-+_=.].*|.*[-_](?:owner|request|bounces?|noreply|confirm)(?:[+=].*)?)",
    re.DOTALL,
)


class Silence(StrEnum):
    """Why a mail is not answered, for tests and for whoever asks why."""

    NOT_AWAY = "not away"
    CLOSED = "box is closed"
    OLD = "old"
    FOLDER = "not in the inbox"
    OFFICIAL = "the house's own notice"
    HEADER = "unreadable header"
    NO_SENDER = "no sender"
    PROGRAM = "from a program"
    MARKED = "marked as automatic"
    OURSELVES = "from this box or the house"
    LOOP = "answers an automatic answer"
    BLOCKED = "blocked"
    NOT_NAMED = "box is not named"
    ANSWERED = "answered before"


class Heard(Struct, frozen=True, kw_only=True):
    """What the header of a mail says, as far as it decides on an answer; addresses are lower-case.

    ``return_path`` is None when there is none, as in mail that never left the house. Message-IDs have no brackets.
    """

    whole: bool
    return_path: str | None
    senders: tuple[str, ...]
    recipients: frozenset[str]
    marked: bool
    message_id: str
    references: tuple[str, ...]
    date: datetime | None


def hear(head: bytes) -> Heard:
    """Read what decides from the first :data:`LOOK_BYTES` of a mail, or all; linear, any bytes will do."""
    block, _, whole = header_block(head)
    message: Message[str, str] = Message(policy=compat32)
    lines, habits = 0, False
    for name, value, count in header_fields(block):
        lines += count
        if lines > LINES_MAX:
            whole = False
            break
        habits = habits or name in _HABITS or name.startswith("list-")
        if name in _MARKS or name in _LONG:
            cut = FIELD_MAX * 8 if name in _LONG else FIELD_MAX
            message.set_raw(name, value[:cut].decode("ascii", "surrogateescape"))
    fields = Fields(message)
    envelope = read_envelope(fields)
    return Heard(
        whole=whole,
        return_path=_return_path(fields),
        senders=tuple(one.address.lower() for field in fields.all("from")[:5] for one in parse_addresses(field)),
        recipients=frozenset(one.address.lower() for one in (*envelope.to, *envelope.cc) if one.address),
        marked=habits or envelope.marks.automatic or _marked(fields),
        message_id=envelope.message_id,
        references=tuple(dict.fromkeys((*envelope.references, *envelope.in_reply_to))),
        date=envelope.date,
    )


def answer_to(heard: Heard, domains: Domains) -> str:
    """Return the address that an answer goes to, empty for nobody.

    It is the envelope's sender (RFC 3834, 4), who stands in Return-Path; mail that never left the house has none, and
    its sender is who is logged in.
    """
    if heard.return_path is not None:
        return heard.return_path
    if len(heard.senders) != 1 or not domains.has(heard.senders[0].rpartition("@")[2]):
        return ""
    return heard.senders[0]


def silence(
    heard: Heard, item: MailItem, box: Box, settings: BoxSettings | None, domains: Domains, now: datetime
) -> Silence | None:
    """Return why the mail is not answered, None when it is (unless its sender was answered lately)."""
    return (
        _of_the_box(item, box, settings, now)
        or _of_the_sender(heard, box, settings, domains)
        or _of_the_mail(heard, box, now)
    )


def _of_the_box(item: MailItem, box: Box, settings: BoxSettings | None, now: datetime) -> Silence | None:
    vacation = settings.vacation if settings is not None else None
    if not is_away(vacation, now) or not is_away(vacation, item.received_at):
        return Silence.NOT_AWAY
    if box.state is not BoxState.OPEN or box.kind is BoxKind.SYSTEM:
        return Silence.CLOSED
    if item.official:
        return Silence.OFFICIAL
    if item.folder_id != role_folder(box.id, FolderRole.INBOX):
        return Silence.FOLDER
    return Silence.OLD if now - item.received_at > FRESH else None


def _of_the_sender(heard: Heard, box: Box, settings: BoxSettings | None, domains: Domains) -> Silence | None:
    to = answer_to(heard, domains)
    if not to or "@" not in to or len(heard.senders) != 1:
        return Silence.NO_SENDER
    everybody = {to, *heard.senders}
    if any(_PROGRAM.fullmatch(one.partition("@")[0]) for one in everybody):
        return Silence.PROGRAM
    if everybody & {box.address, *box.aliases, domains.house}:
        return Silence.OURSELVES
    return Silence.BLOCKED if any(is_blocked(settings, one) for one in everybody) else None


def _of_the_mail(heard: Heard, box: Box, now: datetime) -> Silence | None:
    if not heard.whole:
        return Silence.HEADER
    if heard.marked:
        return Silence.MARKED
    if any(is_automatic_id(one) for one in (heard.message_id, *heard.references)):
        return Silence.LOOP
    if not _names(heard.recipients, (box.address, *box.aliases)):
        return Silence.NOT_NAMED
    return Silence.OLD if heard.date is not None and now - heard.date > 7 * FRESH else None


def is_automatic_id(message_id: str) -> bool:
    """Say whether a Message-ID is one that a program of this house gives."""
    return message_id.partition("@")[0].lower().endswith(AUTO_MARK)


def _names(recipients: frozenset[str], own: Collection[str]) -> bool:
    return not recipients.isdisjoint(own)


def _return_path(fields: Fields) -> str | None:
    """Return the topmost Return-Path, which is that of our own door, empty for the null sender."""
    values = fields.all("return-path")
    if not values:
        return None
    found = parse_addresses(values[0])
    return found[0].address.lower() if found else ""


def _marked(fields: Fields) -> bool:
    """Say whether any field of a kind marks the mail: who writes one twice does not get round the first."""
    submitted = any(value.partition(";")[0].strip().lower() not in ("", "no") for value in fields.all("auto-submitted"))
    return submitted or any(value.strip().lower() in _BULK for value in fields.all("precedence"))
