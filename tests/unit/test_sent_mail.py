"""Mail as it is written for others: nothing that somebody types becomes a header, an address or a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minxin.core.errors import InvalidInputError
from minxin.mailbox.mail.records import Box, BoxKind, Person
from minxin.mailbox.mail.sending import Written
from minxin.mailbox.outgoing.written import check_written, recipients_of, write_mail

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)
BOX = Box(
    id="w",
    kind=BoxKind.CITIZEN,
    owner_id="w",
    address="wang@citizen.example",
    created_at=NOON,
    aliases=("w2@citizen.example",),
)
FIELDS = {"from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "mime-version"}
HOSTILE = st.text(max_size=120) | st.sampled_from(
    [
        "a\r\nBcc: x@y.example",
        "a\nSubject: other",
        "\u2028X: y",
        '"\\',
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "a" * 500,
        "\x00\x1b",
        "\ud800",
    ]
)


def written(**fields: object) -> Written:
    given_fields = {"box_id": "w", "to": (Person("", "a@b.example"),), "subject": "", "text": ""} | fields
    return Written(**given_fields)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(subject=HOSTILE, name=HOSTILE, sender=HOSTILE, file=HOSTILE, reply=HOSTILE, text=HOSTILE)
def test_nothing_that_is_typed_becomes_a_field(
    subject: str, name: str, sender: str, file: str, reply: str, text: str
) -> None:
    mail = written(
        to=(Person(name, "a@b.example"),),
        subject=subject,
        text=text,
        html=f"<p>{text}</p>",
        in_reply_to=reply,
        references=(reply, "<ok@x>"),
        files=[(file, "text/plain", b"data")],
    )
    raw, kept = write_mail(mail, Person(sender, BOX.address), "key", NOON)
    read = message_from_bytes(raw, policy=default)

    assert raw == kept
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    assert {field.lower() for field in read.keys()} <= FIELDS | {"content-type"}
    assert [one.addr_spec for one in read["To"].addresses] == ["a@b.example"]
    assert [one.addr_spec for one in read["From"].addresses] == [BOX.address]
    assert len(read.get_all("From", [])) == len(read.get_all("Subject", [])) == 1
    assert "<ok@x>" in read["References"]


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_an_address_with_more_than_an_address_is_refused(typed: str) -> None:
    try:
        found = recipients_of(written(to=(Person("", typed),)))
    except InvalidInputError:
        return
    raw, _ = write_mail(written(to=(Person("", typed),)), Person("", BOX.address), "key", NOON)
    assert len(found) == 1 and len(message_from_bytes(raw, policy=default)["To"].addresses) == 1


def test_a_mail_is_from_an_address_of_the_box_alone() -> None:
    assert check_written(BOX, written()).address == BOX.address
    assert check_written(BOX, written(sender="W2@citizen.example")).address == "w2@citizen.example"
    with pytest.raises(InvalidInputError, match="mail.send.sender"):
        check_written(BOX, written(sender="mayor@citizen.example"))


def test_recipients_with_names_in_chinese_letters_are_written_to() -> None:
    mail = written(to=(Person("王", "王@例子.中国"),))
    raw, _ = write_mail(mail, Person("李", BOX.address), "key", NOON)
    assert "王@xn--fsqu00a.xn--fiqs8s".encode() in raw


def test_everybody_is_written_to_once() -> None:
    people = (Person("", "a@b.example"), Person("x", "A@B.example"), Person("", "c@d.example"))
    assert len(recipients_of(written(to=people, cc=people, bcc=people))) == 2
