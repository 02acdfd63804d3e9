"""What a mail says once it was read: plain data, safe to hand from the reading process to the rest of the house."""

from __future__ import annotations

from datetime import datetime

import msgspec

from minxin.mailbox.mime.address import Address


class AutoMarks(msgspec.Struct, frozen=True):
    """The marks by which programs say that no person wrote this (自动邮件标记), in lower case, empty if absent."""

    auto_submitted: str = ""
    precedence: str = ""
    list_fields: tuple[str, ...] = ()
    suppress: str = ""
    loops: tuple[str, ...] = ()
    is_report: bool = False
    null_return_path: bool = False

    @property
    def automatic(self) -> bool:
        """True when no automatic answer may be sent (RFC 3834 section 2, and what mail loops have taught)."""
        return (
            self.auto_submitted not in ("", "no")
            or self.precedence in ("bulk", "junk", "list", "auto_reply")
            or bool(self.list_fields or self.suppress or self.loops)
            or self.is_report
            or self.null_return_path
        )


class MailAttachment(msgspec.Struct, frozen=True):
    """One part that is no body. ``index`` names it to ``read_part``; ``content_type`` is what the sender claims."""

    index: int
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    inline: bool
    content_id: str


class ParsedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as people read it. All text is clean of control characters; ``html`` is hostile until it is sanitized.

    ``readable`` is False when a limit of the pre-scan was broken: then only the fields of the first header block are
    filled, as far as they could be, and a person must look at the raw bytes. ``problems`` holds catalogue keys.
    ``message_id``, ``references`` and ``in_reply_to`` are without their angle brackets.
    """

    readable: bool
    message_id: str
    from_address: str
    from_name: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    references: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    received_hops: int
    marks: AutoMarks
    text: str = ""
    html: str = ""
    attachments: tuple[MailAttachment, ...] = ()
    problems: tuple[str, ...] = ()
