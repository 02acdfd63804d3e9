"""Reports of mail that did not arrive: ours, and those of other servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from corpus.odd_mails import odd_mails
from hypothesis import given, settings
from hypothesis import strategies as st
from support.reports import POSTFIX

from minxin.mailbox.mime.delivery_report import DeliveryStatus, ReportedRecipient, read_delivery_report
from minxin.mailbox.mime.reader import read_mail
from minxin.mailbox.outgoing.hearing import heard
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.reports import Fault, Report, reason, write_report

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)


def report(**fields: object) -> Report:
    given_fields = {
        "domain": "citizen.binhai.example",
        "to": "wang@citizen.binhai.example",
        "faults": (Fault("friend@outside.example", "5.1.1", "550 no such user"), Fault("王@home.example", "5.2.2")),
        "head": "Subject: 你好\nMessage-ID: <one@x>\n\nbody".encode(),
        "message_id": "one@x",
        "subject": "你好",
        "arrived_at": NOON,
        "at": NOON,
    } | fields
    return Report(**given_fields)  # type: ignore[arg-type]


def test_our_own_report_is_read_by_people_by_programs_and_by_ourselves() -> None:
    raw = write_report(report())
    read = message_from_bytes(raw, policy=default)
    mail = read_mail(raw)
    told = read_delivery_report(raw)

    assert (read.get_content_type(), read.get_param("report-type")) == ("multipart/report", "delivery-status")
    assert (mail.from_address, mail.problems) == ("mailer-daemon@citizen.binhai.example", ())
    assert "friend@outside.example: 对方没有这个邮箱地址 / there is no such address" in mail.text
    assert mail.marks.automatic and mail.marks.is_report
    assert told.message_id == "one@x"
    assert [(one.addresses, one.action, one.status) for one in told.recipients][0] == (
        ("friend@outside.example",),
        "failed",
        "5.1.1",
    )
    assert b"\n" not in raw.replace(b"\r\n", b"") and "".join(raw.decode()) == raw.decode("ascii")


def test_a_late_mail_is_told_with_until_when_it_is_tried() -> None:
    raw = write_report(report(until=NOON + timedelta(days=3)))
    assert b"Action: delayed\r\n" in raw and b"Will-Retry-Until: Sun, 15 Feb 2026" in raw
    assert "2026-02-15 12:00" in read_mail(raw).text
    assert write_report(report()) == write_report(report()) != raw


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.binary(max_size=300))
def test_whatever_the_other_server_says_is_no_line_of_ours(reply: str, subject: str, head: bytes) -> None:
    hostile = ("=?utf-8?q?=0D=0AAction:_delivered?=", "x\r\nAction: delivered", reply)
    for said in hostile:
        raw = write_report(report(faults=(Fault("a@b.example", "5.0.0", said),), subject=subject, head=head))
        (one,) = read_delivery_report(raw).recipients
        assert (one.action, one.status, one.addresses) == ("failed", "5.0.0", ("a@b.example",))
        assert message_from_bytes(raw, policy=default)["Bcc"] is None


@pytest.mark.parametrize("status", ["5.1.1", "5.2.2", "4.4.1", "5.7.1", "5.0.0", "", "9.9.9", "x"])
def test_every_status_has_words(status: str) -> None:
    assert reason(status, "zh") and reason(status, "en")


def test_the_report_of_another_server_is_read() -> None:
    assert read_delivery_report(POSTFIX) == DeliveryStatus(
        envelope_id="abc123",
        message_id="one@citizen.binhai.example",
        recipients=(
            ReportedRecipient(
                addresses=("friend@outside.example", "friend@inner.example"),
                action="failed",
                status="5.2.2",
                said="552 5.2.2 Mailbox full",
            ),
        ),
    )


def test_a_report_that_brings_the_whole_mail_back_names_it_too() -> None:
    whole = POSTFIX.replace(b"Content-Type: text/rfc822-headers", b"Content-Type: message/rfc822")
    assert read_delivery_report(whole).message_id == "one@citizen.binhai.example"


def test_whatever_is_no_report_says_nothing() -> None:
    for one in odd_mails():
        read_delivery_report(one.raw)
    for raw in (b"", POSTFIX.replace(b"multipart/report", b"multipart/mixed"), POSTFIX[:400]):
        assert read_delivery_report(raw).recipients == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(POSTFIX)), st.binary(max_size=20))
def test_a_damaged_report_is_read_or_not_and_never_fails(at: int, noise: bytes) -> None:
    read_delivery_report(POSTFIX[:at] + noise + POSTFIX[at:])


def sent(recipient: str = "friend@outside.example", state: OutgoingState = OutgoingState.SENT) -> OutgoingMail:
    return OutgoingMail(
        id=recipient,
        box_id="w",
        message_id="one@x",
        content_id="",
        sender="w@x.example",
        recipient=recipient,
        created_at=NOON,
        state=state,
    )


def test_a_report_changes_mail_that_was_sent_and_nothing_else() -> None:
    told = read_delivery_report(POSTFIX)
    (changed,) = heard([sent(), sent("other@outside.example")], told, NOON)

    assert (changed.recipient, changed.state, changed.status) == (
        "friend@outside.example",
        OutgoingState.FAILED,
        "5.2.2",
    )
    assert changed.reply == "552 5.2.2 Mailbox full"
    assert heard([sent(state=OutgoingState.WAITING)], told, NOON) == []
    assert heard([sent("a@x.example"), sent("b@x.example")], told, NOON) == []
    assert [one.recipient for one in heard([sent("alias@outside.example")], told, NOON)] == ["alias@outside.example"]
    assert heard([sent()], read_delivery_report(POSTFIX.replace(b"Action: failed", b"Action: relayed")), NOON) == []
