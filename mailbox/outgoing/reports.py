"""What a sender is told of mail that does not arrive (退信通知, DSN): RFC 3464 in a multipart/report of RFC 6522.

It is put into the sender's own box and never sent to anybody, so that no mail of ours can bounce at a third person.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.header_text import field, one_line, written_ids, written_people, written_text
from minxin.mailbox.mail.records import Person
from minxin.mailbox.mime.head import HEAD_BYTES, header_block
from minxin.mailbox.sentences import sentence

LANGUAGES: Final = ("zh", "en")
SHOWN: Final = 20  # recipients in the words for people; all stand in the part for programs


class Fault(Struct, frozen=True):
    """Why one recipient has not got a mail: an enhanced status (RFC 3463), and what the other server said, if any."""

    recipient: str
    status: str
    reply: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """A report to be written. ``until`` is given while the mail is still tried, and is None when it was given up.

    ``domain`` is where the report comes from, ``head`` the beginning of the mail that it is about.
    """

    domain: str
    to: str
    faults: tuple[Fault, ...]
    head: bytes
    message_id: str
    subject: str
    arrived_at: datetime
    at: datetime
    until: datetime | None = None


def write_report(report: Report) -> bytes:
    """Return the report with CRLF line ends: the same for the same words."""
    name = hashlib.sha256("\0".join((report.message_id, str(report.until), *_lines(report.faults))).encode())
    boundary = name.hexdigest()[:32]
    subject = " / ".join(sentence(f"mail.report.{_kind(report)}.subject", one) for one in LANGUAGES)
    about = written_ids((f"<{report.message_id}>",))
    fields = {
        "From": written_people((Person("邮件系统 Mail system", f"mailer-daemon@{report.domain}"),)),
        "To": written_people((Person("", report.to),)),
        "Subject": written_text(subject),
        "Date": format_datetime(report.at.astimezone(SHANGHAI)),
        "Message-ID": f"<{boundary}.report@{report.domain}>",
        "In-Reply-To": about,
        "References": about,
        "Auto-Submitted": "auto-replied",  # RFC 3834, 5
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"',
    }
    head = b"".join(field(name, value) for name, value in fields.items() if value)
    parts = (
        _part("text/plain; charset=utf-8", _words(report).encode()),
        _part("message/delivery-status", _status(report).encode()),
        _part("text/rfc822-headers; charset=utf-8", _headers(report.head)),
    )
    mark = f"--{boundary}".encode()
    return head + b"\r\n" + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _kind(report: Report) -> str:
    return "failed" if report.until is None else "late"


def _lines(faults: Sequence[Fault]) -> list[str]:
    return [f"{one.recipient} {one.status}" for one in faults]


def _part(content_type: str, content: bytes) -> bytes:
    """Return a part; what is not ASCII goes as base64."""
    head = f"Content-Type: {content_type}\r\n".encode()
    if content.isascii():
        return head + b"\r\n" + content
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded


def _words(report: Report) -> str:
    faults = "\r\n".join(
        f"{one.recipient}: {reason(one.status, 'zh')} / {reason(one.status, 'en')}"
        + (f"\r\n    {one.reply}" if one.reply else "")
        for one in report.faults[:SHOWN]
    )
    until = report.until.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if report.until is not None else ""
    words = {"subject": one_line(report.subject) or "—", "until": until}
    texts = [sentence(f"mail.report.{_kind(report)}.text", one, **words) for one in LANGUAGES]
    return "\r\n\r\n".join((*texts, faults)) + "\r\n"


def _status(report: Report) -> str:
    """Return the part for programs (RFC 3464): only ASCII, one block for each recipient."""
    action = "failed" if report.until is None else "delayed"
    about = {"Reporting-MTA": f"dns; {report.domain}", "Arrival-Date": format_datetime(report.arrived_at)}
    blocks = [_block(about)]
    for one in report.faults:
        kind = "rfc822" if one.recipient.isascii() else "utf-8"
        fields = {
            "Final-Recipient": f"{kind}; {one.recipient}",
            "Action": action,
            "Status": one.status,
            "Diagnostic-Code": f"smtp; {one.reply}" if one.reply else "",
            "Will-Retry-Until": format_datetime(report.until) if report.until is not None else "",
        }
        blocks.append(_block(fields))
    return "\r\n".join(blocks)


def _block(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}: {_ascii(value)}\r\n" for name, value in fields.items() if value)


def _headers(head: bytes) -> bytes:
    """Return the header of the mail that the report is about, whatever stands in it."""
    block, _, _ = header_block(head[:HEAD_BYTES])
    text = block.decode("utf-8", "replace")
    return ("\r\n".join(text.splitlines()) + "\r\n").encode()


def reason(status: str, language: str) -> str:
    """Return in words for people what an enhanced status says (RFC 3463)."""
    return sentence(f"mail.status.{reason_key(status)}", language)


def reason_key(status: str) -> str:
    """Return the name of the sentence for an enhanced status; what is no more than put off is not called refused."""
    kind, _, detail = status.partition(".")
    if kind == "4" and detail.startswith("7.") and detail != "7.5":
        return "other"
    return _REASONS.get(detail) or _REASONS.get(detail.partition(".")[0], "other")


def _ascii(text: str) -> str:
    line = one_line(text)
    return line if line.isascii() else line.encode("unicode_escape").decode("ascii")


_REASONS: Final = {
    "1": "unknown",
    "1.0": "other",
    "1.2": "no_host",
    "1.7": "sender",
    "1.8": "sender",
    "1.10": "no_host",
    "2.1": "closed",
    "2.2": "full",
    "2.3": "too_large",
    "3.4": "too_large",
    "4.1": "no_answer",
    "4.2": "no_answer",
    "4.4": "no_host",
    "4.6": "loop",
    "4.7": "no_answer",
    "6.7": "no_utf8",
    "7": "refused",
    "7.5": "no_tls",
}
