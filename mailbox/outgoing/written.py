"""What somebody wrote (写好的邮件), and the mail that is made of it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.errors import InvalidInputError
from minxin.mailbox.mail.compose import Letter, compose
from minxin.mailbox.mail.records import Box, Person
from minxin.mailbox.mail.vacation import AUTO_MARK
from minxin.mailbox.outgoing.recipients import recipient_address

MOST_REFERENCES: Final = 50
SUBJECT_CHARS: Final = 500
_ID: Final = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,250}")


class Written(Struct, frozen=True, kw_only=True):
    """What somebody wrote. ``files`` are name, content type and bytes; Message-IDs are with or without brackets.

    ``sender`` is one of the box's own addresses, empty for the one it is known by. ``replaces`` is the draft that goes
    when this is sent, ``answers`` the item that is marked as answered, ``forwards`` the one that is marked as passed
    on. ``automatic`` is for what a program writes.
    """

    box_id: str
    to: tuple[Person, ...]
    subject: str
    text: str
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    html: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: Sequence[tuple[str, str, bytes]] = ()
    replaces: str | None = None
    answers: str | None = None
    forwards: str | None = None
    automatic: bool = False
    sender: str = ""


def check_written(box: Box, written: Written) -> Person:
    """Return who it is from, without a name; raises ``InvalidInputError`` for an address that is not the box's."""
    address = (written.sender or box.address).strip().lower()
    if address not in (box.address, *box.aliases):
        raise InvalidInputError("mail.send.sender", field="from", address=address)
    if len(written.subject) > SUBJECT_CHARS:
        raise InvalidInputError("mail.send.subject", field="subject", limit=SUBJECT_CHARS)
    return Person("", address)


def recipients_of(written: Written) -> tuple[str, ...]:
    """Return everybody's address once; raises ``InvalidInputError`` for one that no mail can go to."""
    people = (*written.to, *written.cc, *written.bcc)
    return tuple({address.lower(): address for one in people if (address := recipient_address(one.address))}.values())


def write_mail(written: Written, sender: Person, key: str, now: datetime) -> tuple[bytes, bytes]:
    """Return the mail as recipients get it, and as it is kept: with those whom nobody else is to know (Bcc)."""
    domain = sender.address.rpartition("@")[2]
    name = hashlib.sha256(f"{written.box_id}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    letter = Letter(
        sender=sender,
        to=_wire(written.to),
        cc=_wire(written.cc),
        bcc=_wire(written.bcc),
        subject=_tidy(written.subject),
        text=_tidy(written.text),
        html=_tidy(written.html),
        at=now,
        message_id=f"<{name}{AUTO_MARK if written.automatic else ''}@{domain}>",
        in_reply_to="".join(_ids((written.in_reply_to,))),
        references=_ids(written.references)[-MOST_REFERENCES:],
        files=written.files,
        automatic=written.automatic,
    )
    kept = compose(letter)
    return (compose(replace(letter, bcc=())), kept) if letter.bcc else (kept, kept)


def _wire(people: Sequence[Person]) -> tuple[Person, ...]:
    return tuple(Person(_tidy(one.name), recipient_address(one.address)) for one in people)


def _ids(named: Sequence[str]) -> tuple[str, ...]:
    """Return Message-IDs with their brackets; what is none is left out, since it stands in a header."""
    return tuple(f"<{one}>" for one in (name.strip().strip("<>") for name in named) if _ID.fullmatch(one))


def _tidy(text: str) -> str:
    """Return the text without what is no character: half of a pair, which no program can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
