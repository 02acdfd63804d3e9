"""What an answer begins with: to whom it goes, its subject, its place in the conversation, and the words answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from minxin.mailbox.mail.answers import Way, begin_answer, begin_new
from minxin.mailbox.mail.records import Box, BoxKind, Person
from minxin.mailbox.mail.written import (
    Typed,
    WrittenFile,
    WrittenMail,
    addressees,
    line_of,
    read_written,
    safe_type,
    typed_of,
    write_draft,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
BOX = Box(
    id="w",
    kind=BoxKind.CITIZEN,
    owner_id="w",
    address="wang@citizen.binhai.example",
    aliases=("12345678@citizen.binhai.example",),
    created_at=NOON,
)
LI, ZHAO = Person("李四", "li@home.example"), Person("赵, 六", "zhao@far.example")
MAIL = WrittenMail(
    sender=LI,
    message_id="m2@home.example",
    subject="路灯",
    text="第一行\n> 更早",
    to=(Person("", "12345678@Citizen.binhai.example"), ZHAO),
    cc=(Person("", "copy@far.example"), LI),
    date=NOON,
    references=("m0@x", "m1@x"),
)


def test_a_reply_goes_to_the_sender_and_stays_in_the_conversation() -> None:
    typed = begin_answer(MAIL, Way.REPLY, BOX, "zh")
    assert (typed.to, typed.cc, typed.subject) == ("李四 <li@home.example>", "", "Re: 路灯")
    assert typed.in_reply_to == "m2@home.example"
    assert typed.references == ("m0@x", "m1@x", "m2@home.example")
    assert "2026-03-02 12:00，李四 <li@home.example> 写道：\n> 第一行\n>> 更早\n" in typed.text


def test_a_reply_to_all_leaves_oneself_out_and_names_nobody_twice() -> None:
    typed = begin_answer(MAIL, Way.REPLY_ALL, BOX, "zh")
    assert typed.to == "李四 <li@home.example>"
    assert typed.cc == '"赵, 六" <zhao@far.example>, copy@far.example'


def test_reply_to_is_obeyed_and_who_goes_on_with_his_own_mail_writes_to_the_same_people() -> None:
    elsewhere = replace(MAIL, reply_to=(Person("", "desk@far.example"),))
    assert begin_answer(elsewhere, Way.REPLY, BOX, "en").to == "desk@far.example"
    own = replace(MAIL, sender=Person("", BOX.address), to=(ZHAO,))
    assert begin_answer(own, Way.REPLY, BOX, "en").to == '"赵, 六" <zhao@far.example>'


def test_a_forwarded_mail_answers_nobody_and_says_what_it_was() -> None:
    typed = begin_answer(MAIL, Way.FORWARD, BOX, "zh")
    assert (typed.to, typed.in_reply_to, typed.references[-1]) == ("", "", "m2@home.example")
    assert "发件人：李四 <li@home.example>" in typed.text
    assert typed.text.rstrip().endswith("第一行\n> 更早")


@pytest.mark.parametrize("subject", ["Re: 路灯", "RE：回复: 路灯", "转发：Fwd: 路灯", "答复:路灯"])
def test_marks_before_a_subject_do_not_pile_up(subject: str) -> None:
    assert begin_answer(replace(MAIL, subject=subject), Way.REPLY, BOX, "zh").subject == "Re: 路灯"


def test_the_signature_stands_above_what_is_answered() -> None:
    typed = begin_answer(MAIL, Way.REPLY, BOX, "zh", "王小明")
    assert typed.text.startswith("\n\n-- \n王小明\n")
    assert begin_new("王小明").text == "\n\n-- \n王小明\n"


def test_what_was_typed_comes_back_as_it_was_typed() -> None:
    typed = Typed(
        to="李四 <li@home.example>, 半个", bcc="h@far.example", subject="主题", text="正文", in_reply_to="a@b"
    )
    file = WrittenFile("图.txt", "text/plain", b"x" * 9_000)
    raw = write_draft(typed, [file], Person("", BOX.address), "<k.draft@x.example>", NOON)
    mail = read_written(raw, True)
    assert typed_of(mail) == typed
    assert [(one.name, one.data) for one in mail.files] == [("图.txt", file.data)]
    assert (mail.to, mail.bcc) == ((LI,), (Person("", "h@far.example"),))


def test_a_draft_of_a_mail_program_is_read_by_its_header() -> None:
    raw = b"To: li@home.example\r\nBcc: h@far.example\r\nSubject: x\r\nIn-Reply-To: <a@b>\r\n\r\nwords\r\n"
    typed = typed_of(read_written(raw, False))
    assert (typed.to, typed.bcc, typed.subject, typed.in_reply_to) == ("li@home.example", "h@far.example", "x", "a@b")


@pytest.mark.parametrize(
    "field", [b"X-Minxin-Typed: ?", b"X-Minxin-Typed: bm90IGpzb24=", b"X-Minxin-Typed: " + b"A" * 9]
)
def test_a_broken_field_of_ours_is_no_harm(field: bytes) -> None:
    assert typed_of(read_written(field + b"\r\nTo: a@b.example\r\n\r\nx", False)).to == "a@b.example"


def test_lines_are_read_generously_and_what_is_no_address_is_named() -> None:
    people, wrong = addressees("李四 <li@home.example>，zhao@far.example；half\nLI@home.example")
    assert people == (Person("", "LI@home.example"), Person("", "zhao@far.example"))
    assert wrong == ("half",)
    assert addressees(line_of([LI, ZHAO]))[0] == (LI, ZHAO)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("image/png", "image/png"),
        ("text/plain\r\nBcc: x", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("message/rfc822", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_type_that_may_not_stand_in_a_header_is_none(given: str, kept: str) -> None:
    assert safe_type(given) == kept
