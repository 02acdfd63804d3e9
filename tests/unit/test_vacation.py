"""Whom a vacation notice answers: a plain mail of a person and nothing else (RFC 3834)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.records import Box, BoxKind, BoxState, MailItem
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.mail.vacation import LOOK_BYTES, Silence, answer_to, hear, silence

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DOMAINS = Domains("citizen.example", "gov.example")
BOX = Box(
    id="wang",
    kind=BoxKind.CITIZEN,
    owner_id="wang",
    address="wang@citizen.example",
    aliases=("12345678@citizen.example",),
    created_at=NOW,
)
AWAY = BoxSettings(id="wang", vacation=Vacation(subject="出差", text="三月十日回来"), blocked=("spam@far.example",))
ITEM = MailItem(
    id="i",
    box_id="wang",
    folder_id="wang.inbox",
    content_id="c",
    received_at=NOW - timedelta(seconds=5),
    size_bytes=100,
    thread_id="i",
)
PLAIN = {
    "Return-Path": "<lee@far.example>",
    "From": "Lee <lee@far.example>",
    "To": "wang@citizen.example",
    "Subject": "Hello",
    "Date": "Mon, 02 Mar 2026 07:59:00 +0000",
    "Message-ID": "<1@far.example>",
}


def head(**changed: str | None) -> bytes:
    fields = dict(PLAIN)
    for name, value in changed.items():
        field = name.replace("_", "-")
        if value is None:
            del fields[field]
        else:
            fields[field] = value
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\nbody\r\n"


def said(
    raw: bytes, item: MailItem = ITEM, box: Box = BOX, settings: BoxSettings | None = AWAY, now: datetime = NOW
) -> Silence | None:
    return silence(hear(raw), item, box, settings, DOMAINS, now)


def test_a_plain_mail_of_a_person_is_answered_to_its_envelope_sender() -> None:
    raw = head(Return_Path="<lee+back@far.example>")

    assert said(raw) is None
    assert answer_to(hear(raw), DOMAINS) == "lee+back@far.example"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Auto_Submitted": "auto-generated"}, Silence.MARKED),
        ({"Auto_Submitted": 'auto-replied; owner-email="lee@far.example"'}, Silence.MARKED),
        ({"Auto_Submitted": "Auto-Notified"}, Silence.MARKED),
        ({"Precedence": "bulk"}, Silence.MARKED),
        ({"Precedence": "junk"}, Silence.MARKED),
        ({"Precedence": "List"}, Silence.MARKED),
        ({"Precedence": "auto_reply"}, Silence.MARKED),
        ({"List_Id": "<news.far.example>"}, Silence.MARKED),
        ({"List_Unsubscribe": "<mailto:x@far.example>"}, Silence.MARKED),
        ({"List_Archive": "<https://far.example/>"}, Silence.MARKED),
        ({"X_Mailing_List": "news@far.example"}, Silence.MARKED),
        ({"Feedback_ID": "1:2:3"}, Silence.MARKED),
        ({"X_Auto_Response_Suppress": "All"}, Silence.MARKED),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, Silence.MARKED),
        ({"X_Loop": "lee@far.example"}, Silence.MARKED),
        ({"X_Autoreply": "yes"}, Silence.MARKED),
        ({"X_Autorespond": "away"}, Silence.MARKED),
        ({"Content_Type": "multipart/report; report-type=delivery-status; boundary=x"}, Silence.MARKED),
        ({"Content_Type": "multipart/report; report-type=disposition-notification; boundary=x"}, Silence.MARKED),
        ({"Return_Path": "<>"}, Silence.NO_SENDER),
        ({"Return_Path": "nobody"}, Silence.NO_SENDER),
        ({"Return_Path": None}, Silence.NO_SENDER),
        ({"From": None}, Silence.NO_SENDER),
        ({"From": "a@far.example, b@far.example"}, Silence.NO_SENDER),
        ({"Return_Path": "<MAILER-DAEMON@far.example>"}, Silence.PROGRAM),
        ({"From": "Mail Delivery <mailer-daemon@far.example>"}, Silence.PROGRAM),
        ({"From": "postmaster@far.example"}, Silence.PROGRAM),
        ({"From": "no-reply@far.example"}, Silence.PROGRAM),
        ({"From": "billing-noreply@far.example"}, Silence.PROGRAM),
        ({"Return_Path": "<owner-news@far.example>"}, Silence.PROGRAM),
        ({"Return_Path": "<news-owner@far.example>"}, Silence.PROGRAM),
        ({"Return_Path": "<news-request@far.example>"}, Silence.PROGRAM),
        ({"Return_Path": "<news-bounces+wang=citizen.example@far.example>"}, Silence.PROGRAM),
        ({"Return_Path": "<bounce+7f@far.example>"}, Silence.PROGRAM),
        ({"From": "wang@citizen.example"}, Silence.OURSELVES),
        ({"Return_Path": "<12345678@citizen.example>"}, Silence.OURSELVES),
        ({"From": "notice@gov.example"}, Silence.OURSELVES),
        ({"From": "Spam <spam@far.example>"}, Silence.BLOCKED),
        ({"Message_ID": "<7f.auto@citizen.example>"}, Silence.LOOP),
        ({"In_Reply_To": "<7f.auto@citizen.example>"}, Silence.LOOP),
        ({"References": "<1@far.example> <7f.auto@citizen.example> <2@far.example>"}, Silence.LOOP),
        ({"To": "undisclosed-recipients:;"}, Silence.NOT_NAMED),
        ({"To": "everybody@far.example"}, Silence.NOT_NAMED),
        ({"To": None}, Silence.NOT_NAMED),
        ({"Date": "Mon, 02 Feb 2026 07:59:00 +0000"}, Silence.OLD),
    ],
)
def test_nothing_but_a_persons_own_mail_to_this_box_is_answered(fields: dict[str, str | None], reason: Silence) -> None:
    assert said(head(**fields)) is reason


@pytest.mark.parametrize("name", ["Cc", "To"])
@pytest.mark.parametrize("address", ["wang@citizen.example", "WANG@Citizen.example", "12345678@citizen.example"])
def test_the_boxs_addresses_count_wherever_people_are_named(name: str, address: str) -> None:
    assert said(head(**{"To": "x@far.example", name: address})) is None


def test_a_mark_that_stands_twice_is_not_got_round_by_the_first() -> None:
    raw = head().replace(b"Subject:", b"Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\nSubject:")

    assert said(raw) is Silence.MARKED
    assert said(head(Auto_Submitted="no")) is None


def test_the_topmost_return_path_counts_which_our_own_door_wrote() -> None:
    assert said(b"Return-Path: <>\r\n" + head()) is Silence.NO_SENDER


def test_mail_that_never_left_the_house_is_answered_to_who_wrote_it() -> None:
    inside = head(Return_Path=None, From="Li <li@gov.example>")

    assert said(inside) is None
    assert answer_to(hear(inside), DOMAINS) == "li@gov.example"


def test_a_header_that_does_not_end_is_not_answered() -> None:
    raw = head()
    endless = raw[:-8] + b"X-A: 1\r\n" * 10_000

    assert said(endless[:LOOK_BYTES]) is Silence.HEADER


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (replace(ITEM, official=True), Silence.OFFICIAL),
        (replace(ITEM, folder_id="wang.junk"), Silence.FOLDER),
        (replace(ITEM, folder_id="wang.trash"), Silence.FOLDER),
        (replace(ITEM, received_at=NOW - timedelta(days=2)), Silence.OLD),
    ],
)
def test_only_what_just_came_into_the_inbox_is_answered(item: MailItem, reason: Silence) -> None:
    assert said(head(), item=item) is reason


@pytest.mark.parametrize("box", [replace(BOX, state=BoxState.HANDED_OVER), replace(BOX, kind=BoxKind.SYSTEM)])
def test_a_box_of_nobody_answers_nothing(box: Box) -> None:
    assert said(head(), box=box) is Silence.CLOSED


def test_a_notice_answers_from_its_beginning_until_its_end() -> None:
    def at(begins: int, ends: int) -> Silence | None:
        notice = Vacation(subject="s", text="t", begins=NOW + timedelta(hours=begins), ends=NOW + timedelta(hours=ends))
        return said(head(), settings=replace(AWAY, vacation=notice))

    assert at(-1, 1) is None
    assert at(1, 2) is Silence.NOT_AWAY
    assert at(-2, -1) is Silence.NOT_AWAY
    assert said(head(), settings=None) is Silence.NOT_AWAY
    assert said(head(), settings=replace(AWAY, vacation=None)) is Silence.NOT_AWAY


def test_what_came_before_the_notice_began_is_not_answered_when_it_begins() -> None:
    notice = Vacation(subject="s", text="t", begins=NOW)

    assert said(head(), settings=replace(AWAY, vacation=notice)) is Silence.NOT_AWAY


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\xff\xfe\x00", b"From", b":\r\n:\r\n\r\n", b"From: " + b"<" * 5_000])
def test_any_bytes_can_be_asked(raw: bytes) -> None:
    assert said(raw) in (Silence.NO_SENDER, Silence.HEADER)
