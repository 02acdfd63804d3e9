"""What a mail says, for a box: run on hostile bytes in the process that can be killed."""

from __future__ import annotations

from msgspec import Struct

from minxin.mailbox.mail.delivery import MailFields, fields_of, people
from minxin.mailbox.mail.folded import with_words
from minxin.mailbox.mail.records import MailFile, MailText, Person
from minxin.mailbox.mime.parsed import ParsedMail
from minxin.mailbox.mime.reader import read_head, read_mail
from minxin.mailbox.mime.sanitize import SafeHtml, sanitize_html, sanitize_with_remote_images


class MailRead(Struct, frozen=True):
    """A mail as a box keeps it beside the bytes: what the list shows, and what it says."""

    fields: MailFields
    text: MailText


def read_for_box(raw: bytes, content_id: str) -> MailRead:
    """Read a mail; whatever it is, something comes back."""
    return _read(read_mail(raw), content_id)


def read_head_for_box(head: bytes, content_id: str, problem: str) -> MailRead:
    """Return what the header of a mail says that can't be read, with the ``problem``."""
    return _read(read_head(head, problem), content_id)


def show_html(raw: bytes, files_at: str, remote_images: bool) -> SafeHtml:
    """Return the mail's HTML form, cleaned; its own pictures are at ``files_at`` followed by their place.

    Pictures from elsewhere stay only with ``remote_images``.
    """
    mail = read_mail(raw)
    pictures = {one.content_id: f"{files_at}{place}" for place, one in enumerate(mail.attachments) if one.content_id}
    clean = sanitize_with_remote_images if remote_images else sanitize_html
    return clean(mail.html, pictures)


def _read(mail: ParsedMail, content_id: str) -> MailRead:
    text = MailText(
        id=content_id,
        sender=Person(mail.from_name, mail.from_address),
        subject=mail.subject,
        words="",
        to=people(mail.to),
        cc=people(mail.cc),
        reply_to=people(mail.reply_to),
        text=mail.text,
        html=bool(mail.html),
        files=tuple(MailFile(one.index, one.filename, one.content_type, one.size_bytes) for one in mail.attachments),
        problems=mail.problems,
    )
    return MailRead(fields_of(mail), with_words(text))
