"""One mail of the house for many boxes (群发): written, packed and read once, then put into box after box. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct

from minxin.core.changes import Changes
from minxin.mailbox.mail.compose import Letter, compose
from minxin.mailbox.mail.delivery import (
    SHOWN_CHARS,
    Incoming,
    MailFields,
    Packed,
    deliver_mail,
    item_id,
    pack,
    snippet_of,
)
from minxin.mailbox.mail.folded import with_words
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FolderRole, MailFile, MailText
from minxin.mailbox.mime.filename import safe_filename

AT_ONCE = 50  # boxes in one commit, so that a letter's commit waits for no more


class Circular(Struct, frozen=True, kw_only=True):
    """A mail as every box gets it. ``key`` names the occasion: no box gets one twice.

    ``notice_id`` is the official notice that it is.
    """

    key: str
    packed: Packed
    fields: MailFields
    text: MailText
    notice_id: str | None = None


class Place(Struct, frozen=True):
    """A box that gets it; ``counts_as`` is the area on whose counters it counts, None for none."""

    box_id: str
    counts_as: str | None = None


def circular(key: str, letter: Letter, notice_id: str | None = None) -> Circular:
    """Return the letter as it goes to every box."""
    packed = pack(compose(letter))
    return Circular(
        key=key,
        packed=packed,
        fields=letter_fields(letter),
        text=letter_text(packed.content.id, letter),
        notice_id=notice_id,
    )


def spread(mail: Circular, places: Iterable[Place], now: datetime, kept: Collection[str] = ()) -> Changes:
    """Put the mail into the inbox of each box; a full one takes it too, and counts it.

    ``kept`` are ids of blobs that the store surely has and that need not be brought again. Committing raises
    ``DuplicateError``, and delivers to nobody, when one of the boxes has it already.
    """
    changes = Changes()
    for place in places:
        one = deliver_mail(place.box_id, _incoming(mail, place, now))
        changes.inserts += one.inserts
        changes.sequences |= one.sequences
        changes.stamps |= one.stamps
        changes.usages += one.usages
    if changes.inserts:
        changes.ensures = [mail.packed.content, mail.text]
        changes.blobs = [blob for blob in mail.packed.blobs if blob.id not in kept]
    return changes


def _incoming(mail: Circular, place: Place, now: datetime) -> Incoming:
    made = item_id(place.box_id, mail.key)
    return Incoming(
        item_id=made,
        folder_id=role_folder(place.box_id, FolderRole.INBOX),
        packed=mail.packed,
        fields=mail.fields,
        received_at=now,
        thread_id=made,
        most=None,
        text=mail.text,
        official=True,
        notice_id=mail.notice_id,
        counts_as=place.counts_as,
    )


def letter_fields(letter: Letter) -> MailFields:
    """Return what a list shows of a mail that the house writes."""
    return MailFields(
        sender=letter.sender,
        to=letter.to,
        subject=letter.subject[:SHOWN_CHARS],
        date=letter.at,
        message_id=letter.message_id.strip("<>"),
        snippet=snippet_of(letter.text),
        files=len(letter.files),
        read=True,
    )


def letter_text(content_id: str, letter: Letter) -> MailText:
    """Return what the mail says, as reading it again would find it: the body is part 0."""
    files = tuple(
        MailFile(place, safe_filename(name), content_type, len(data))
        for place, (name, content_type, data) in enumerate(letter.files, start=1)
    )
    text = MailText(
        id=content_id,
        sender=letter.sender,
        subject=letter.subject,
        words="",
        to=letter.to,
        reply_to=letter.reply_to,
        text=letter.text,
        files=files,
    )
    return with_words(text)
