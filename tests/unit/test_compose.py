"""Mail that the house writes: the same bytes for the same words, and no word becomes a header of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from minxin.mailbox.mail.compose import Letter, compose
from minxin.mailbox.mail.delivery import fields_of, snippet_of
from minxin.mailbox.mail.folded import folded, search_words
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import MailItem, MailText, Person
from minxin.mailbox.mime.head import look
from minxin.mailbox.mime.reader import read_mail

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)
LETTER = Letter(
    sender=Person("滨海市市长信箱", "notice@gov.binhai.example"),
    to=(Person("王小明", "wang@citizen.binhai.example"),),
    subject="路灯已修好",
    text="您好：\n路灯已修好。\n",
    at=NOON,
    message_id="<one@gov.binhai.example>",
    references=("<zero@gov.binhai.example>",),
    files=[("答复.txt", "text/plain", b"fixed"), ("a.bin", "application/octet-stream", bytes(range(256)) * 40)],
    automatic=True,
)


def test_what_was_written_is_what_is_read() -> None:
    mail = read_mail(compose(LETTER))

    assert (mail.from_name, mail.from_address) == ("滨海市市长信箱", "notice@gov.binhai.example")
    assert (mail.subject, mail.text.strip(), mail.date) == ("路灯已修好", LETTER.text.strip(), NOON)
    assert (mail.message_id, mail.references) == ("one@gov.binhai.example", ("zero@gov.binhai.example",))
    assert [(one.filename, one.size_bytes) for one in mail.attachments] == [("答复.txt", 5), ("a.bin", 10_240)]
    assert mail.marks.automatic
    assert mail.problems == ()


def test_the_same_words_are_the_same_bytes_with_crlf_alone() -> None:
    raw = compose(LETTER)

    assert raw == compose(LETTER)
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n\t\v\f\x1c\x85\u2028 a"))))
def test_a_text_alone_is_written_as_the_library_writes_it(text: str) -> None:
    message = EmailMessage(policy=SMTP)
    message.set_content(text, charset="utf-8", cte="base64")

    assert compose(replace(LETTER, text=text, files=[])).endswith(
        b"\r\nAuto-Submitted: auto-generated\r\n" + bytes(message)
    )


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\u0085", "\x00"])
def test_no_word_becomes_a_header(break_: str) -> None:
    bad = f"x{break_}Bcc: victim@home.example"
    raw = compose(
        replace(
            LETTER,
            subject=bad,
            sender=Person(bad, LETTER.sender.address),
            files=[(f"a{break_}b.txt", "text/plain", b"")],
        )
    )
    message = message_from_bytes(raw, policy=default)

    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "References",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_a_notice_reads_the_same_from_its_bytes() -> None:
    changes = HouseMail("notice@gov.example").notice(
        "box", NOON, key="k", sender="市城管局", subject="答复", text="已办"
    )
    (item,) = changes.inserts
    (_, text) = changes.ensures
    head = fields_of(look(changes.blobs[0].data))
    assert isinstance(item, MailItem)
    assert isinstance(text, MailText)

    assert (item.sender, item.subject, item.message_id, item.date) == (
        head.sender,
        head.subject,
        head.message_id,
        head.date,
    )
    assert "已办" in text.words


def test_one_occasion_is_the_same_bytes_in_every_box() -> None:
    house = HouseMail("notice@gov.example")
    words = {"sender": "市城管局", "subject": "答复", "text": "已办"}
    one, other = (house.notice(box, NOON, key="k", **words) for box in ("a", "b"))

    assert one.blobs == other.blobs
    assert one.inserts[0].id != other.inserts[0].id


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("路燈　ＡＢＣ", ("abc", "路灯")),
        ("  ", ()),
        ("a a A", ("a",)),
        ("停水 三天没有水", ("三天没有水", "停水")),
    ],
)
def test_words_are_looked_for_as_they_are_compared(typed: str, words: tuple[str, ...]) -> None:
    assert search_words(typed) == words


def test_layout_does_not_matter_when_words_are_compared() -> None:
    assert folded("Ｈello\r\n  世界\t\u200b!") == "hello 世界 !"
    assert snippet_of("您好：\n\n  路灯\t坏了") == "您好： 路灯 坏了"
    assert len(snippet_of("x" * 1_000)) == 120
