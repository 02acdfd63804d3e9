"""Puts a mail into a box (投递): pure, one box at a time, what many boxes hold kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.core.changes import Blob, Changes, Job, Usage, blob_of
from minxin.mailbox.mail.holes import split
from minxin.mailbox.mail.keys import mail_usage, stamp_sequence, uid_sequence
from minxin.mailbox.mail.records import MailContent, MailItem, MailText, Person
from minxin.mailbox.mime.address import Address
from minxin.mailbox.mime.parsed import ParsedMail

READ_JOB: Final = "mail.read"
SNIPPET_CHARS: Final = 120
SHOWN_CHARS: Final = 250  # of a name or subject in a list
SHOWN_PEOPLE: Final = 10
LOOKED_UP: Final = 20  # Message-IDs by which a mail finds its conversation, the nearest ones


class Packed(Struct, frozen=True):
    """A mail as it is kept: made once, however many boxes it goes to."""

    content: MailContent
    blobs: tuple[Blob, ...]


class MailFields(Struct, frozen=True, kw_only=True):
    """What a list shows of a mail, and the Message-IDs that it names as what it answers, nearest last.

    ``read`` is False when only the header was looked at: then ``snippet`` and ``files`` are not known yet.
    """

    sender: Person
    to: tuple[Person, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    references: tuple[str, ...] = ()
    snippet: str = ""
    files: int = 0
    read: bool = False


class Incoming(Struct, frozen=True, kw_only=True):
    """A mail on its way into one folder of one box.

    ``text`` is what it says when that is known, else a job reads it. ``most`` is how many bytes the box may hold, None
    for what no full box refuses (notices of the house). The rest is as in :class:`MailItem`.
    """

    item_id: str
    folder_id: str
    packed: Packed
    fields: MailFields
    received_at: datetime
    thread_id: str
    most: int | None
    text: MailText | None = None
    flags: tuple[str, ...] = ()
    opened_at: datetime | None = None
    official: bool = False
    proof: str = ""
    letter_id: str | None = None
    notice_id: str | None = None
    counts_as: str | None = None
    spam: float = 0.0
    why: tuple[str, ...] = ()


def pack(raw: bytes) -> Packed:
    """Return the mail as it is kept; any bytes will do."""
    parts = split(raw)
    skeleton = blob_of(parts.skeleton)
    content = MailContent(
        id=skeleton.id if not parts.holes else hashlib.sha256(raw).hexdigest(),
        skeleton=skeleton.id,
        size_bytes=len(raw),
        holes=parts.holes,
    )
    return Packed(content, (skeleton, *parts.blobs))


def deliver_mail(box_id: str, mail: Incoming) -> Changes:
    """Put a mail into the folder of the box.

    Committing it raises ``QuotaError`` when the box is full, and ``DuplicateError`` when an item with this id is there
    already: a second delivery of the same.
    """
    content, fields = mail.packed.content, mail.fields
    item = MailItem(
        id=mail.item_id,
        box_id=box_id,
        folder_id=mail.folder_id,
        content_id=content.id,
        received_at=mail.received_at,
        size_bytes=content.size_bytes,
        thread_id=mail.thread_id,
        flags=tuple(sorted(mail.flags)),
        opened_at=mail.opened_at,
        sender=fields.sender,
        to=fields.to,
        subject=fields.subject,
        date=fields.date,
        message_id=fields.message_id,
        snippet=fields.snippet,
        files=fields.files,
        read=fields.read,
        official=mail.official,
        proof=mail.proof,
        letter_id=mail.letter_id,
        notice_id=mail.notice_id,
        counts_as=mail.counts_as,
        spam=mail.spam,
        why=mail.why,
    )
    known = mail.text is not None
    return Changes(
        inserts=[item],
        ensures=[content, *([mail.text] if mail.text is not None else [])],
        blobs=list(mail.packed.blobs),
        sequences={item.id: uid_sequence(item.folder_id)},
        stamps={item.id: stamp_sequence(box_id)},
        usages=[Usage(mail_usage(box_id), item.size_bytes, mail.most)],
        jobs=[] if known else [Job(READ_JOB, content.id, {"content_id": content.id})],
    )


def fields_of(mail: ParsedMail) -> MailFields:
    """Return what a list shows of a mail that was read, or whose header was looked at."""
    return MailFields(
        sender=Person(mail.from_name[:SHOWN_CHARS], mail.from_address),
        to=people((*mail.to, *mail.cc)),
        subject=mail.subject[:SHOWN_CHARS],
        date=mail.date,
        message_id=mail.message_id,
        references=(*mail.references, *mail.in_reply_to)[-LOOKED_UP:],
        snippet=snippet_of(mail.text),
        files=sum(not file.inline for file in mail.attachments),
        read=mail.readable,
    )


def people(addresses: Sequence[Address]) -> tuple[Person, ...]:
    """Return the first of the people that a header names, cut to what is shown."""
    return tuple(Person(one.name[:SHOWN_CHARS], one.address) for one in addresses[:SHOWN_PEOPLE])


def snippet_of(text: str) -> str:
    """Return how a text begins, on one line."""
    return " ".join(text[: SNIPPET_CHARS * 4].split())[:SNIPPET_CHARS]


def item_id(box_id: str, key: str) -> str:
    """Return the id of the item about this occasion in this box, by which it is delivered once."""
    return hashlib.sha256(f"{box_id}\0{key}".encode()).hexdigest()[:32]
