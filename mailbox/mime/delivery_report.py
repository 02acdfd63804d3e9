"""What a report of another mail server says (退信, DSN): which mail reached whom or not (RFC 3464). Pure.

Run on hostile bytes in the process that can be killed. What can't be read says nothing, and stays mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from typing import Any, Final

from msgspec import Struct

from minxin.mailbox.mime.headers import clean_line, field_text
from minxin.mailbox.mime.prescan import prescan

MOST_RECIPIENTS: Final = 200
FIELD_CHARS: Final = 500
_ID: Final = re.compile(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class ReportedRecipient(Struct, frozen=True, kw_only=True):
    """One recipient: the addresses by which he was known (lower-case), and what became of the mail."""

    addresses: tuple[str, ...]
    action: str
    status: str
    said: str


class DeliveryStatus(Struct, frozen=True, kw_only=True):
    """A report: the envelope's id that the sender gave, the Message-ID without brackets, either perhaps empty."""

    envelope_id: str = ""
    message_id: str = ""
    recipients: tuple[ReportedRecipient, ...] = ()


def read_delivery_report(raw: bytes) -> DeliveryStatus:
    """Read a report; one without recipients is none."""
    if prescan(raw).broken:
        return DeliveryStatus()
    message = BytesParser(policy=compat32).parsebytes(raw)
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return DeliveryStatus()
    parts = _children(message)
    blocks = next((_children(one) for one in parts if one.get_content_type() == "message/delivery-status"), [])
    if not blocks:
        return DeliveryStatus()
    found = (_recipient(block) for block in blocks[1 : MOST_RECIPIENTS + 1])
    return DeliveryStatus(
        envelope_id=_field(blocks[0], "original-envelope-id"),
        message_id=next((one for part in parts if (one := _message_id(part))), ""),
        recipients=tuple(one for one in found if one.addresses),
    )


def _recipient(block: Message[Any, Any]) -> ReportedRecipient:
    kinds = (_field(block, name) for name in ("original-recipient", "final-recipient"))
    addresses = (value.rpartition(";")[2].strip().strip("<>").lower() for value in kinds)
    status = _STATUS.search(_field(block, "status"))
    return ReportedRecipient(
        addresses=tuple(dict.fromkeys(one for one in addresses if "@" in one)),
        action=_field(block, "action").lower(),
        status=status[0] if status else "",
        said=_field(block, "diagnostic-code").partition(";")[2].strip(),
    )


def _message_id(part: Message[Any, Any]) -> str:
    """Return the Message-ID of the mail that a report brings back, whole or only its header."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return next((_bare(_field(one, "message-id")) for one in _children(part)), "")
    if kind in ("text/rfc822-headers", "message/rfc822-headers"):
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        return _bare(_field(HeaderParser(policy=compat32).parsestr(text.lstrip("\r\n")), "message-id"))
    return ""


def _bare(value: str) -> str:
    found = _ID.search(value)
    return found[1] if found else ""


def _field(message: Message[Any, Any], name: str) -> str:
    return clean_line(field_text(str(message.get(name, ""))[:FIELD_CHARS]))


def _children(message: Message[Any, Any]) -> list[Message[Any, Any]]:
    return list(_only_messages(message.get_payload())) if message.is_multipart() else []


def _only_messages(payload: object) -> Iterator[Message[Any, Any]]:
    for one in payload if isinstance(payload, list) else ():
        if isinstance(one, Message):
            yield one
