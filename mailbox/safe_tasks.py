"""What may be run on hostile input in a process that can be killed, and the words that go over the pipes.

The child handles hostile bytes and may be turned, so its answers are decoded to the declared type and nothing else:
msgspec, never pickle.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

import msgspec

from minxin.core.tables import table_rows
from minxin.mailbox.authenticity.dkim import check_signatures
from minxin.mailbox.disk.pdftext import pdf_text
from minxin.mailbox.files import clean_upload
from minxin.mailbox.images import reencode
from minxin.mailbox.mail.texts import read_for_box, read_head_for_box, show_html
from minxin.mailbox.mail.written import read_written
from minxin.mailbox.mime.delivery_report import read_delivery_report
from minxin.mailbox.mime.reader import read_head, read_mail, read_part
from minxin.mailbox.mime.sanitize import sanitize_html

SAFE_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    read_mail,
    read_delivery_report,
    read_head,
    read_part,
    read_for_box,
    read_head_for_box,
    show_html,
    read_written,
    sanitize_html,
    clean_upload,
    reencode,
    pdf_text,
    check_signatures,
    table_rows,
)

LENGTH = struct.Struct(">Q")
MAX_FRAME_BYTES = 128 * 1024 * 1024


class Request(msgspec.Struct, frozen=True, array_like=True):
    """One job: ``arguments`` is the msgpack array of the function's arguments."""

    function: str
    limit_s: float
    memory_bytes: int
    arguments: msgspec.Raw


class Done(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The function came back; ``result`` is msgpack."""

    result: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The function raised one of the errors that a person can be told about."""

    error: str
    reason: str
    field: str | None
    params: dict[str, int | float | str]


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Anything else: the name of the exception and nothing of its text, which may quote a letter."""

    exception: str


Reply = Done | Refused | Failed


class Signature(msgspec.Struct, frozen=True):
    """A function of the registry with the types of its arguments and its result."""

    function: Callable[..., Any]
    arguments: Any
    result: Any


@cache
def signatures() -> dict[str, Signature]:
    """The registry by name."""
    found = {}
    for function in SAFE_FUNCTIONS:
        hints = get_type_hints(function)
        result = hints.pop("return")
        found[function.__name__] = Signature(function, tuple[tuple(hints.values())], result)  # type: ignore[misc]
    return found
