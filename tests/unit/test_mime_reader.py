"""What a whole mail says."""

from __future__ import annotations

import pytest

from minxin.core.errors import NotFoundError
from minxin.mailbox.mime.envelope import Fields, read_marks
from minxin.mailbox.mime.reader import read_mail, read_part

LETTER = b"""From: =?utf-8?B?6LW1?= <zhao@example.cn>
To: mayor@city.example
Cc: b@example.cn
Subject: =?utf-8?B?5YGc5rC0?=
Message-ID: <1@example.cn>
In-Reply-To: <0@city.example>
References: <a@city.example> <0@city.example>
Date: Thu, 12 Feb 2026 09:00:00 +0800
Received: one
Received: two
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

plain words
--a
Content-Type: text/html; charset=utf-8

<p>html <b>words</b><script>bad()</script></p>
--a--
--m
Content-Type: image/png; name="../x.png"
Content-Transfer-Encoding: base64
Content-ID: <pic@x>

iVBORw0KGgo=
--m
Content-Type: message/rfc822

Subject: inner

inner text
--m--
"""


def test_a_letter_is_read_whole() -> None:
    mail = read_mail(LETTER)
    assert mail.readable
    assert (mail.from_name, mail.from_address, mail.subject) == ("赵", "zhao@example.cn", "停水")
    assert (mail.message_id, mail.in_reply_to) == ("1@example.cn", ("0@city.example",))
    assert mail.references == ("a@city.example", "0@city.example")
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-02-12T01:00:00+00:00"
    assert (mail.text, mail.received_hops, mail.problems) == ("plain words", 2, ())
    assert "<b>words</b>" in mail.html
    assert not mail.marks.automatic
    picture, inner = mail.attachments
    assert (picture.filename, picture.content_id, picture.inline, picture.size_bytes) == ("x.png", "pic@x", True, 8)
    assert (inner.filename, inner.content_type) == ("attachment-3.eml", "message/rfc822")
    assert read_part(LETTER, inner.index).rstrip() == b"Subject: inner\n\ninner text"


def test_a_part_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        read_part(LETTER, 99)


def test_html_alone_becomes_text() -> None:
    mail = read_mail(
        b"Content-Type: text/html\n\n<style>p{}</style><p>one</p><p>two &lt;three&gt;<br>four&#9999999999;</p>"
    )
    assert mail.text == "one\n\ntwo <three>\nfour\ufffd"


def test_a_bomb_is_unreadable_but_says_who_and_what() -> None:
    bomb = b"From: a@b.cn\nSubject: boom\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2_000
    mail = read_mail(bomb)
    assert not mail.readable
    assert (mail.from_address, mail.subject, mail.text) == ("a@b.cn", "boom", "")
    assert mail.problems[0] == "mail.parts"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk", "Precedence: Junk",
        "Precedence: list", "List-Id: <a.b>", "List-Unsubscribe: <mailto:a@b>", "X-Auto-Response-Suppress: All",
        "X-Loop: us", "Return-Path: <>", "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    ],
)  # fmt: skip
def test_automatic_mail_is_known_by_its_marks(header: str) -> None:
    assert read_mail(f"{header}\nSubject: x\n\nbody".encode()).marks.automatic


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "X-Auto-Response-Suppress: None", "Return-Path: <a@b.cn>"])
def test_a_persons_mail_is_not_taken_for_automatic(header: str) -> None:
    assert not read_mail(f"{header}\nSubject: x\n\nbody".encode()).marks.automatic


def test_marks_are_read_from_the_first_header_block_only() -> None:
    from email.message import Message

    assert not read_marks(Fields(Message())).automatic
