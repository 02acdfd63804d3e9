"""What an answer begins with (回复、转发): to whom it goes, its subject, and the words that it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.records import Box, Person
from minxin.mailbox.mail.written import Typed, WrittenMail, line_of
from minxin.mailbox.sentences import sentence

MOST_REFERENCES: Final = 50
QUOTED_CHARS: Final = 50_000
# What programs put before a subject, in the languages that come here; each once more with every answer.
_MARKS: Final = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg|回复|答复|转发)\s*[:：])+\s*", re.IGNORECASE)


class Way(StrEnum):
    """How a mail is gone on with."""

    REPLY = "reply"
    REPLY_ALL = "reply_all"
    FORWARD = "forward"


def begin_answer(mail: WrittenMail, way: Way, box: Box, language: str, signature: str = "") -> Typed:
    """Return the fields that an answer begins with.

    References and In-Reply-To follow RFC 5322, section 3.6.4; a forwarded mail is named as a reference alone, since
    nobody answers it.
    """
    named = (*mail.references, *([mail.in_reply_to] if mail.in_reply_to and not mail.references else []))
    chain = tuple(dict.fromkeys((*named, *([mail.message_id] if mail.message_id else []))))
    subject = _MARKS.sub("", mail.subject).strip()
    if way is Way.FORWARD:
        text = _signed(signature) + _forwarded(mail, language)
        return Typed(subject=f"Fwd: {subject}", text=text, references=chain[-MOST_REFERENCES:])
    to, cc = _recipients(mail, way, box)
    return Typed(
        to=line_of(to),
        cc=line_of(cc),
        subject=f"Re: {subject}",
        text=_signed(signature) + _quoted(mail, language),
        in_reply_to=mail.message_id,
        references=chain[-MOST_REFERENCES:],
    )


def begin_new(signature: str) -> Typed:
    """Return the fields that a new mail begins with."""
    return Typed(text=_signed(signature))


def _recipients(mail: WrittenMail, way: Way, box: Box) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    own = {box.address, *box.aliases}
    senders = mail.reply_to or (mail.sender,)
    # Who goes on with what he wrote himself writes to the same people once more.
    to = mail.to if all(one.address.lower() in own for one in senders) else senders
    to = tuple(one for one in to if one.address)
    if way is Way.REPLY:
        return to, ()
    known = own | {one.address.lower() for one in to}
    others = {one.address.lower(): one for one in (*mail.to, *mail.cc) if one.address.lower() not in known}
    others.pop("", None)
    return to, tuple(others.values())


def _signed(signature: str) -> str:
    """Return an empty beginning with the signature below it, after the mark that programs know (RFC 3676, 4.3)."""
    return f"\n\n-- \n{signature}\n" if signature else "\n"


def _quoted(mail: WrittenMail, language: str) -> str:
    lines = mail.text[:QUOTED_CHARS].rstrip().split("\n")
    marked = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
    return f"\n{_intro('mail.quote.wrote', mail, language)}\n{marked}\n"


def _forwarded(mail: WrittenMail, language: str) -> str:
    return f"\n{_intro('mail.quote.forwarded', mail, language)}\n\n{mail.text.rstrip()}\n"


def _intro(key: str, mail: WrittenMail, language: str) -> str:
    at = f"{mail.date.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if mail.date else ""
    words = {"at": at, "sender": _line((mail.sender,)), "to": _line(mail.to), "subject": mail.subject}
    return sentence(key, language, **words)


def _line(people: Sequence[Person]) -> str:
    return line_of([one for one in people if one.address or one.name])
