"""The header fields of a mail: who, to whom, about what, and whether a program wrote it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from minxin.mailbox.mime.address import Address, parse_addresses
from minxin.mailbox.mime.headers import MAX_FIELD_CHARS, clean_line, field_text, parse_parameters
from minxin.mailbox.mime.parsed import AutoMarks, ParsedMail

MAX_ID_CHARS = 998
MAX_SUBJECT_CHARS = 1_000
MAX_REFERENCES = 100

_MESSAGE_ID = re.compile(r"<([^<>\s]++)>")
_LIST_FIELDS = frozenset({"list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list"})


class Fields:
    """The fields of one header block by lower-case name, as the bytes-preserving strings of the parser."""

    def __init__(self, message: Message[str, str]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._values.setdefault(name.lower(), []).append(str(value)[:MAX_FIELD_CHARS])

    def all(self, name: str) -> list[str]:
        """Every field of that name, in order."""
        return self._values.get(name, [])

    def first(self, name: str) -> str:
        """The first field of that name, or an empty string."""
        return next(iter(self.all(name)), "")

    def word(self, name: str) -> str:
        """The first field of that name as one lower-case line."""
        return clean_line(field_text(self.first(name))).lower()

    def names(self) -> tuple[str, ...]:
        """The names present, once each, in order."""
        return tuple(self._values)


def read_envelope(fields: Fields) -> ParsedMail:
    """A ``ParsedMail`` with the fields of the header and nothing of the body, not yet ``readable``."""
    senders = parse_addresses(fields.first("from"))
    sender = senders[0] if senders else Address("", "")
    message_id, id_problem = _message_id(fields.first("message-id"))
    date, date_problem = _date(fields.first("date"))
    sender_problem = "" if sender.address else "mail.from"
    return ParsedMail(
        readable=False,
        message_id=message_id,
        from_address=sender.address,
        from_name=sender.name,
        to=parse_addresses(", ".join(fields.all("to"))),
        cc=parse_addresses(", ".join(fields.all("cc"))),
        reply_to=parse_addresses(fields.first("reply-to")),
        subject=field_text(fields.first("subject"))[:MAX_SUBJECT_CHARS],
        date=date,
        references=_ids(fields.first("references")),
        in_reply_to=_ids(fields.first("in-reply-to")),
        received_hops=len(fields.all("received")),
        marks=read_marks(fields),
        problems=tuple(problem for problem in (sender_problem, id_problem, date_problem) if problem),
    )


def read_marks(fields: Fields) -> AutoMarks:
    """The marks of automatic mail (RFC 3834, RFC 2369, RFC 6522, and the habits of Exchange)."""
    content_type, parameters = parse_parameters(fields.first("content-type"))
    notice = parameters.get("report-type", "").lower() in ("delivery-status", "disposition-notification")
    return AutoMarks(
        auto_submitted=fields.word("auto-submitted").partition(";")[0].strip(),
        precedence=fields.word("precedence"),
        list_fields=tuple(name for name in fields.names() if name in _LIST_FIELDS),
        suppress=fields.word("x-auto-response-suppress").removeprefix("none"),
        loops=tuple(clean_line(field_text(value)) for value in fields.all("x-loop")),
        is_report=notice or content_type in ("multipart/report", "message/delivery-status"),
        null_return_path=re.sub(r"\s", "", fields.first("return-path")) == "<>",
    )


def _ids(value: str) -> tuple[str, ...]:
    ids = [clean_line(field_text(found)) for found in _MESSAGE_ID.findall(value)]
    return tuple(one for one in ids if one and len(one) <= MAX_ID_CHARS)[-MAX_REFERENCES:]


def _message_id(value: str) -> tuple[str, str]:
    ids = _ids(value)
    return (ids[0], "") if ids else ("", "mail.message_id")


def _date(value: str) -> tuple[datetime | None, str]:
    """A Date field in UTC; a time without a zone is taken as UTC (RFC 5322 section 3.3: -0000)."""
    try:
        parsed = parsedate_to_datetime(field_text(value)[:100])
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC), ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return None, "mail.date"
